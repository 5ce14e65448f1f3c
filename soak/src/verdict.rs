//! The verdict: what was committed against what a reader sees. Plain functions of the two.
//! It must not know: servers, services, time.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::ledger::Ledger;
use crate::oracle::Change;
use crate::shop::CONTEXTS;
use crate::topics::{Bodies, Record, Records};

/// How much went wrong.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Expected and not there.
    pub lost: usize,
    /// There more often than expected; what was never committed counts too.
    pub twice: usize,
    /// There, but not in its key's order.
    pub out_of_order: usize,
}

impl Tally {
    /// True when nothing did.
    pub fn is_clean(self) -> bool {
        self == Self::default()
    }

    fn add(&mut self, other: Self) {
        self.lost += other.lost;
        self.twice += other.twice;
        self.out_of_order += other.out_of_order;
    }
}

/// What was counted and how it compares.
#[derive(Debug, Default, Clone)]
pub struct Verdict {
    /// Committed row changes.
    pub rows: usize,
    /// Public events that a reader sees.
    pub events: usize,
    /// Different commands on the command topics.
    pub commands: usize,
    /// Records on the command topics beyond the first of each id: they were delivered twice, and are to act once.
    pub repeated: usize,
    /// Records on the topics of dead letters.
    pub dead: usize,
    /// Rows, events and commands together.
    pub tally: Tally,
    /// The first few that are wrong, in words.
    pub wrong: Vec<String>,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, events, commands, repeated, dead, tally, .. } = self;
        let Tally { lost, twice, out_of_order } = tally;
        write!(f, "rows {rows}, events {events}, commands {commands} ({repeated} delivered twice), ")?;
        write!(f, "dead {dead}, lost {lost}, twice {twice}, out of order {out_of_order}")
    }
}

/// What each key's records are to be, and are, in order.
type Streams = BTreeMap<(String, String), Vec<String>>;

/// Compares.
pub(crate) fn judge(ledger: &Ledger, records: &Records, bodies: &Bodies) -> Verdict {
    let mut verdict = Verdict { rows: ledger.rows, ..Verdict::default() };
    for context in CONTEXTS {
        let raw = records.of(&format!("priv_{context}"));
        let public = records.of(&format!("{context}_events"));
        let commands = records.of(&format!("{context}_commands"));
        verdict.events += public.len();
        verdict.dead += records.of(&format!("{context}_dead")).len();
        let changes: Vec<(&Record, Option<Change>)> =
            raw.iter().filter(is_row).map(|record| (record, bodies.change(record))).collect();

        let (expected, seen) = rows(context, ledger, &changes);
        verdict.compare("row", &expected, &seen);
        let (expected, seen) = events(context, &changes, public);
        verdict.compare("event", &expected, &seen);
        verdict.repeats("raw id", raw);
        verdict.scattered(raw);
        verdict.scattered(public);
        verdict.handled(ledger, commands);
    }
    verdict
}

/// True for a raw record that is no end of a transaction which was cut.
pub(crate) fn is_row(record: &&Record) -> bool {
    record.name != "storm.raw.v1.TransactionEnd"
}

/// The committed changes and recorded events of a context, and the raw records.
fn rows(context: &str, ledger: &Ledger, changes: &[(&Record, Option<Change>)]) -> (Streams, Streams) {
    let (mut expected, mut seen) = (Streams::new(), Streams::new());
    let ours = |of: &&(String, String)| of.0 == context;
    for (_, key) in ledger.changes.keys().filter(ours) {
        let made = &ledger.changes[&(context.to_owned(), key.clone())];
        expected.insert((format!("priv_{context}"), key.clone()), made.iter().map(words).collect());
    }
    // Recorded events have an order of their own: nothing says how the outbox and the tables interleave.
    let outbox = format!("priv_{context}, outbox");
    let package = format!("shop.{context}.");
    for ((name, key), times) in ledger.recorded.iter().filter(|((name, _), _)| name.starts_with(&package)) {
        let stream = expected.entry((outbox.clone(), key.clone())).or_default();
        stream.extend(std::iter::repeat_n(name.clone(), *times));
    }
    for (record, change) in changes {
        let (topic, item) = match change {
            Some(change) => (format!("priv_{context}"), words(change)),
            None => (outbox.clone(), record.name.clone()),
        };
        seen.entry((topic, record.key.clone())).or_default().push(item);
    }
    for stream in expected.iter_mut().chain(&mut seen).filter(|((topic, _), _)| *topic == outbox) {
        stream.1.sort();
    }
    (expected, seen)
}

fn words(change: &Change) -> String {
    format!("{} {}: {} -> {}", change.table, change.op, change.was, change.now)
}

/// The events that follow from the raw records, by id in each key's order, and the public ones.
fn events(context: &str, changes: &[(&Record, Option<Change>)], public: &[Record]) -> (Streams, Streams) {
    let (mut expected, mut seen) = (Streams::new(), Streams::new());
    let stream = |key: &str| (format!("{context}_events"), key.to_owned());
    let mut raw_seen = BTreeSet::new();
    for (record, change) in changes {
        // A raw record that stands there twice is one fault, not two.
        if !raw_seen.insert(&record.id) {
            continue;
        }
        let (names, from) = match change {
            Some(change) => (change.events(), None),
            None => (vec![record.name.rsplit('.').next().unwrap_or_default()], Some("outbox")),
        };
        for name in names {
            let capture = from.unwrap_or(name);
            let item = format!("{name} {}/{capture}", record.id);
            expected.entry(stream(&record.key)).or_default().push(item);
        }
    }
    for record in public {
        let name = record.name.rsplit('.').next().unwrap_or_default();
        seen.entry(stream(&record.key)).or_default().push(format!("{name} {}", record.id));
    }
    (expected, seen)
}

impl Verdict {
    fn compare(&mut self, what: &str, expected: &Streams, seen: &Streams) {
        let keys: BTreeSet<_> = expected.keys().chain(seen.keys()).collect();
        let none = Vec::new();
        for key in keys {
            let (want, got) = (expected.get(key).unwrap_or(&none), seen.get(key).unwrap_or(&none));
            if want == got {
                continue;
            }
            let (tally, wrong) = differ(want, got);
            self.tally.add(tally);
            for (how, item) in wrong {
                self.tell(format!("{what} {how}: {} of `{}`: {item}", key.0, key.1));
            }
        }
    }

    /// Ids that stand there more than once. What they carry is compared elsewhere.
    fn repeats(&mut self, what: &str, records: &[Record]) {
        let mut ids = BTreeMap::new();
        for record in records {
            let known = ids.entry(&record.id).or_insert(record);
            if known.body != record.body {
                self.tally.twice += 1;
                self.tell(format!("{what} {} stands for two different records", record.id));
            }
        }
    }

    /// A key's order is that of one partition.
    fn scattered(&mut self, records: &[Record]) {
        let mut places = BTreeMap::new();
        for record in records {
            if *places.entry(&record.key).or_insert(record.partition) != record.partition {
                self.tally.out_of_order += 1;
                self.tell(format!("the key `{}` stands in two partitions", record.key));
            }
        }
    }

    /// Each command that was sent is done.
    fn handled(&mut self, ledger: &Ledger, commands: &[Record]) {
        let ids: BTreeSet<&str> = commands.iter().map(|record| record.id.as_str()).collect();
        let done: BTreeSet<&str> = ledger.done.iter().map(String::as_str).collect();
        self.commands += ids.len();
        self.repeated += commands.len() - ids.len();
        for id in ids.difference(&done) {
            self.tally.lost += 1;
            self.tell(format!("command lost: {id} is in no inbox"));
        }
    }

    /// More that is wrong, found elsewhere.
    pub(crate) fn lost(&mut self, count: usize, what: String) {
        self.tally.lost += count;
        self.tell(what);
    }

    /// As [`Verdict::lost`].
    pub(crate) fn twice(&mut self, count: usize, what: String) {
        self.tally.twice += count;
        self.tell(what);
    }

    fn tell(&mut self, what: String) {
        if self.wrong.len() < 20 {
            self.wrong.push(what);
        }
    }
}

/// How two sequences of one key differ: by count of each item, and then by order.
fn differ(expected: &[String], seen: &[String]) -> (Tally, Vec<(&'static str, String)>) {
    let mut balance: BTreeMap<&str, i64> = BTreeMap::new();
    expected.iter().for_each(|item| *balance.entry(item).or_default() += 1);
    seen.iter().for_each(|item| *balance.entry(item).or_default() -= 1);
    let (mut tally, mut wrong) = (Tally::default(), Vec::new());
    for (item, left) in &balance {
        if *left > 0 {
            tally.lost += *left as usize;
            wrong.push(("lost", (*item).to_owned()));
        }
        if *left < 0 {
            tally.twice += left.unsigned_abs() as usize;
            wrong.push(("too often", (*item).to_owned()));
        }
    }
    let (expected, seen) = (common(expected, seen), common(seen, expected));
    for (want, got) in expected.iter().zip(&seen).filter(|(want, got)| want != got) {
        tally.out_of_order += 1;
        wrong.push(("out of order", format!("{got} where {want} was to be")));
    }
    (tally, wrong)
}

/// The items of the first that the second has too, as often, in the first's order.
fn common<'i>(items: &'i [String], other: &[String]) -> Vec<&'i str> {
    let mut there: BTreeMap<&str, usize> = BTreeMap::new();
    other.iter().for_each(|item| *there.entry(item).or_default() += 1);
    let take = |item: &&'i str| match there.get_mut(item) {
        Some(left) if *left > 0 => {
            *left -= 1;
            true
        }
        _ => false,
    };
    items.iter().map(String::as_str).filter(take).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(expected: &str, seen: &str) -> (usize, usize, usize) {
        let items = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
        let tally = differ(&items(expected), &items(seen)).0;
        (tally.lost, tally.twice, tally.out_of_order)
    }

    #[test]
    fn what_is_lost_doubled_or_moved_is_counted() {
        assert_eq!(tally("abc", "abc"), (0, 0, 0));
        assert_eq!(tally("abc", "ac"), (1, 0, 0));
        assert_eq!(tally("abc", "abbc"), (0, 1, 0));
        assert_eq!(tally("abc", "acb"), (0, 0, 2));
        assert_eq!(tally("abab", "abab"), (0, 0, 0), "the same change may be made again");
        assert_eq!(tally("ab", "abx"), (0, 1, 0), "what was rolled back is there too often");
    }
}
