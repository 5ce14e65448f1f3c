//! Global transaction ids and the sets of them that a position is made of, in both servers' own text.
//! It must not know: connections or events.

use std::collections::BTreeMap;
use std::fmt;

use super::bytes::{Bytes, Malformed};
use super::table_map::Flavour;

/// A transaction's id, as its server gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source) enum Gtid {
    /// `source:number` or `source:tag:number`.
    MySql { source: String, number: u64 },
    /// `domain-server-sequence`.
    MariaDb { domain: u32, server: u32, sequence: u64 },
}

impl fmt::Display for Gtid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MySql { source, number } => write!(f, "{source}:{number}"),
            Self::MariaDb { domain, server, sequence } => write!(f, "{domain}-{server}-{sequence}"),
        }
    }
}

/// What a GTID event says: the id, and the commit's time in microseconds when it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source) struct Stamp {
    pub gtid: Option<Gtid>,
    pub at: Option<i64>,
}

/// Reads MySQL's GTID event, and the anonymous one, which has the same shape and no id.
///
/// # Errors
/// It ends early.
pub(in crate::source) fn mysql(body: &[u8], anonymous: bool) -> Result<Stamp, Malformed> {
    const WHAT: &str = "gtid event";
    let mut bytes = Bytes(body);
    bytes.u8(WHAT)?;
    let source = uuid(bytes.take(16, WHAT)?);
    let number = bytes.u64(WHAT)?;
    let gtid = (!anonymous).then_some(Gtid::MySql { source, number });
    // Type 2 brings two logical clocks, then the commit's time in 55 bits.
    let timed = bytes.u8(WHAT).is_ok_and(|kind| kind == 2) && bytes.take(16, WHAT).is_ok();
    let at = if timed { bytes.little(7, WHAT).ok().map(|time| time & ((1 << 55) - 1)) } else { None };
    Ok(Stamp { gtid, at: at.and_then(|time| i64::try_from(time).ok()) })
}

/// Reads MySQL's GTID event with a tag: numbered fields in the format of its serialization library.
///
/// # Errors
/// It ends early, or lacks the id.
pub(in crate::source) fn tagged(body: &[u8]) -> Result<Stamp, Malformed> {
    const WHAT: &str = "tagged gtid event";
    let mut bytes = Bytes(body);
    for _version_size_last in 0..3 {
        bytes.varlen(WHAT)?;
    }
    let (mut source, mut tag, mut number, mut at) = (None, String::new(), None, None);
    while !bytes.is_empty() {
        match bytes.varlen(WHAT)? {
            1 => {
                let mut raw = [0; 16];
                for byte in &mut raw {
                    *byte = u8::try_from(bytes.varlen(WHAT)?).map_err(|_| Malformed(WHAT))?;
                }
                source = Some(uuid(&raw));
            }
            2 => number = Some(bytes.varlen(WHAT)? >> 1),
            3 => {
                let length = usize::try_from(bytes.varlen(WHAT)?).map_err(|_| Malformed(WHAT))?;
                let text = std::str::from_utf8(bytes.take(length, WHAT)?).map_err(|_| Malformed(WHAT))?;
                if !is_tag(text) {
                    return Err(Malformed(WHAT));
                }
                tag = text.to_owned();
            }
            6 => at = i64::try_from(bytes.varlen(WHAT)?).ok(),
            _ => {
                bytes.varlen(WHAT)?;
            }
        }
    }
    let (source, number) = source.zip(number).ok_or(Malformed(WHAT))?;
    let source = if tag.is_empty() { source } else { format!("{source}:{tag}") };
    Ok(Stamp { gtid: Some(Gtid::MySql { source, number }), at })
}

/// What the server takes for a tag; any other would not be found again in the text of a set. No tag at all is one too.
fn is_tag(text: &str) -> bool {
    let fits = |byte: u8| byte == b'_' || byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= 32 && text.bytes().all(fits) && !text.starts_with(|first: char| first.is_ascii_digit())
}

/// Reads MariaDB's GTID event: the id and its flags.
///
/// # Errors
/// It ends early.
pub(in crate::source) fn mariadb(body: &[u8], server: u32) -> Result<(Gtid, u8), Malformed> {
    let mut bytes = Bytes(body);
    let sequence = bytes.u64("gtid event")?;
    let domain = bytes.u32("gtid event")?;
    Ok((Gtid::MariaDb { domain, server, sequence }, bytes.u8("gtid event")?))
}

fn uuid(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
        text.extend([digit(byte >> 4), digit(byte & 15)]);
    }
    text
}

/// All transactions up to a place: MySQL's executed set, or MariaDB's last one of each domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source) enum GtidSet {
    /// By source (with its tag): runs of numbers, both ends included, in order.
    MySql(BTreeMap<String, Vec<(u64, u64)>>),
    MariaDb(BTreeMap<u32, (u32, u64)>),
}

impl GtidSet {
    /// Reads the server's own text. `None` when it is not of that form.
    pub fn parse(text: &str, flavour: Flavour) -> Option<Self> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        match flavour {
            Flavour::MariaDb => {
                let one = |part: &str| {
                    let mut numbers = part.split('-');
                    let domain = numbers.next()?.parse().ok()?;
                    let server = numbers.next()?.parse().ok()?;
                    let sequence = numbers.next()?.parse().ok()?;
                    numbers.next().is_none().then_some((domain, (server, sequence)))
                };
                parts.map(one).collect::<Option<_>>().map(Self::MariaDb)
            }
            Flavour::MySql => {
                let mut set = BTreeMap::<String, Vec<(u64, u64)>>::new();
                for part in parts {
                    let mut words = part.split(':').map(str::trim);
                    let uuid = words.next().filter(|uuid| !uuid.is_empty())?.to_ascii_lowercase();
                    let mut source = uuid.clone();
                    for word in words {
                        if word.starts_with(|first: char| first.is_ascii_digit()) {
                            let (from, to) = word.split_once('-').unwrap_or((word, word));
                            let run: (u64, u64) = (from.parse().ok()?, to.parse().ok()?);
                            set.entry(source.clone()).or_default().push(run);
                        } else if word.is_empty() {
                            return None;
                        } else {
                            source = format!("{uuid}:{word}");
                        }
                    }
                }
                set.values_mut().for_each(|runs| runs.sort_unstable());
                Some(Self::MySql(set))
            }
        }
    }

    /// Adds a transaction.
    pub fn add(&mut self, gtid: &Gtid) {
        match (self, gtid) {
            (Self::MySql(set), Gtid::MySql { source, number }) => match set.get_mut(source) {
                Some(runs) => add(runs, *number),
                None => {
                    set.insert(source.clone(), vec![(*number, *number)]);
                }
            },
            (Self::MariaDb(set), Gtid::MariaDb { domain, server, sequence }) => {
                set.insert(*domain, (*server, *sequence));
            }
            (set, Gtid::MySql { source, number }) => {
                *set = Self::MySql(BTreeMap::from([(source.clone(), vec![(*number, *number)])]));
            }
            (set, Gtid::MariaDb { domain, server, sequence }) => {
                *set = Self::MariaDb(BTreeMap::from([(*domain, (*server, *sequence))]));
            }
        }
    }

    /// MySQL's set as one text a source and tag, which is how a dump is asked for.
    pub fn sources(&self) -> Vec<String> {
        match self {
            Self::MySql(set) => set.iter().map(|(source, runs)| format!("{source}{}", Runs(runs))).collect(),
            Self::MariaDb(_) => Vec::new(),
        }
    }
}

fn add(runs: &mut Vec<(u64, u64)>, number: u64) {
    let at = runs.partition_point(|(_, last)| *last < number);
    if runs.get(at).is_some_and(|(first, _)| *first <= number) {
        return;
    }
    let joins_left = at > 0 && runs[at - 1].1.checked_add(1) == Some(number);
    let joins_right = runs.get(at).is_some_and(|(first, _)| number.checked_add(1) == Some(*first));
    match (joins_left, joins_right) {
        (true, true) => {
            runs[at - 1].1 = runs[at].1;
            runs.remove(at);
        }
        (true, false) => runs[at - 1].1 = number,
        (false, true) => runs[at].0 = number,
        (false, false) => runs.insert(at, (number, number)),
    }
}

struct Runs<'a>(&'a [(u64, u64)]);

impl fmt::Display for Runs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(first, last)| {
            if first == last { write!(f, ":{first}") } else { write!(f, ":{first}-{last}") }
        })
    }
}

impl fmt::Display for GtidSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        match self {
            Self::MySql(set) => {
                let mut last = "";
                for (source, runs) in set {
                    // The server names a source once, and then its tags.
                    let (uuid, tag) = source.split_once(':').unwrap_or((source, ""));
                    match uuid == last {
                        true => write!(f, ":{tag}{}", Runs(runs))?,
                        false => write!(f, "{comma}{source}{}", Runs(runs))?,
                    }
                    (comma, last) = (",", uuid);
                }
            }
            Self::MariaDb(set) => {
                for (domain, (server, sequence)) in set {
                    write!(f, "{comma}{domain}-{server}-{sequence}")?;
                    comma = ",";
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "bbb91718-e63e-11f1-9742-02fc00000001";

    #[test]
    fn a_source_or_tag_without_a_name_is_no_set() {
        assert_eq!(GtidSet::parse(":0,0:0", Flavour::MySql), None);
        assert_eq!(GtidSet::parse(&format!("{A}::1"), Flavour::MySql), None);
    }

    #[test]
    fn a_mysql_set_grows_and_closes_its_gaps() {
        let mut set = GtidSet::parse(&format!("{A}:1-3:5"), Flavour::MySql).expect("a set");
        let gtid = |source: &str, number| Gtid::MySql { source: source.into(), number };
        set.add(&gtid(A, 4));
        assert_eq!(set.to_string(), format!("{A}:1-5"));
        set.add(&gtid(A, 4));
        set.add(&gtid(A, 9));
        set.add(&gtid(A, 8));
        assert_eq!(set.to_string(), format!("{A}:1-5:8-9"));
        set.add(&gtid(&format!("{A}:red"), 1));
        assert_eq!(set.sources(), [format!("{A}:1-5:8-9"), format!("{A}:red:1")]);
        let text = set.to_string();
        assert_eq!(GtidSet::parse(&text, Flavour::MySql), Some(set));
    }

    #[test]
    fn tags_as_the_server_prints_them() {
        let text = format!("{A}:1-2:blue:1-3:red:7,\n{A}:9");
        let set = GtidSet::parse(&text, Flavour::MySql).expect("a set");
        assert_eq!(set.to_string(), format!("{A}:1-2:9:blue:1-3:red:7"));
    }

    #[test]
    fn a_mariadb_set_keeps_the_last_of_each_domain() {
        let mut set = GtidSet::parse("0-11-7,1-12-3", Flavour::MariaDb).expect("a set");
        set.add(&Gtid::MariaDb { domain: 0, server: 13, sequence: 8 });
        assert_eq!(set.to_string(), "0-13-8,1-12-3");
        assert_eq!(GtidSet::parse("0-11", Flavour::MariaDb), None);
        assert_eq!(GtidSet::parse("", Flavour::MariaDb).map(|set| set.to_string()), Some(String::new()));
    }

    #[test]
    fn a_gtid_event_tells_its_time() {
        let mut body = vec![1];
        body.extend(0..16);
        body.extend(7u64.to_le_bytes());
        body.push(2);
        body.extend([0; 16]);
        body.extend(&1_790_000_000_123_456u64.to_le_bytes()[..7]);
        let stamp = mysql(&body, false).expect("whole");
        assert_eq!(
            stamp.gtid.map(|gtid| gtid.to_string()).as_deref(),
            Some("00010203-0405-0607-0809-0a0b0c0d0e0f:7")
        );
        assert_eq!(stamp.at, Some(1_790_000_000_123_456));
        assert!(mysql(&body[..20], false).is_err());
        assert_eq!(mysql(&body[..25], true).map(|stamp| (stamp.gtid, stamp.at)), Ok((None, None)));
    }
}
