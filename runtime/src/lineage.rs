//! Where a record comes from: one packed header, so that a filter that reads `ce_type` never pays for it.
//! It must not know: Kafka.

use std::fmt::Write;

use uuid::Uuid;

/// The causes of a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lineage {
    /// The same for everything that followed from one beginning: the id of the transaction or command that began it.
    pub correlation: String,
    /// The id of what caused this directly: a command for an event, an event for a command. Empty at the beginning.
    pub causation: String,
    /// W3C trace context.
    pub traceparent: String,
    /// How many commands lie between the beginning and here.
    pub hop: u32,
}

impl Lineage {
    /// The beginning of a chain.
    pub fn beginning(id: &str) -> Self {
        Self { correlation: id.into(), causation: String::new(), traceparent: traceparent(id, id), hop: 0 }
    }

    /// The beginning of a chain that an actor starts; a W3C trace context of the caller's goes on.
    pub(crate) fn asked(id: &str, traceparent: Option<&str>) -> Self {
        match traceparent.map(str::trim).filter(|text| is_traceparent(text)) {
            None => Self::beginning(id),
            Some(caller) => {
                let (trace, flags) = (&caller[3..35], &caller[53..55]);
                let traceparent = format!("00-{trace}-{:016x}-{flags}", span(id));
                Self { correlation: id.into(), causation: String::new(), traceparent, hop: 0 }
            }
        }
    }

    /// What follows from `cause`, under an id of its own. `hop` is counted by the caller.
    pub fn following(&self, cause: &str, id: &str, hop: u32) -> Self {
        let correlation = self.correlation.clone();
        let traceparent = self.traceparent_of(id);
        Self { correlation, causation: cause.into(), traceparent, hop }
    }

    /// The same causes, with a place of its own in the trace: where a command is carried out.
    pub(crate) fn carried_out(&self, id: &str) -> Self {
        Self { traceparent: self.traceparent_of(&format!("{id}/carried out")), ..self.clone() }
    }

    /// The trace goes on with a span for `id`.
    fn traceparent_of(&self, id: &str) -> String {
        match self.traceparent.split('-').nth(1).filter(|trace| trace.len() == 32) {
            Some(trace) => {
                let mut text = ["00-", trace, "-"].concat();
                text.extend(hex(span(id)).map(char::from));
                text + "-01"
            }
            None => traceparent(&self.correlation, id),
        }
    }

    /// The header's value: the four parts joined by `|`; `%` and `|` within them as `%25` and `%7C`.
    pub fn pack(&self) -> String {
        let parts = [&self.correlation, &self.causation, &self.traceparent];
        let mut text = String::with_capacity(parts.iter().map(|part| part.len() + 1).sum::<usize>() + 2);
        for part in parts {
            if part.bytes().any(|byte| matches!(byte, b'%' | b'|')) {
                text.push_str(&part.replace('%', "%25").replace('|', "%7C"));
            } else {
                text.push_str(part);
            }
            text.push('|');
        }
        // Writing to a string does not fail.
        let _ = write!(text, "{}", self.hop);
        text
    }

    /// The parts of a header's value, or nothing when it is not one: lineage is for people, a record is never refused
    /// for it.
    pub fn unpack(text: &str) -> Option<Self> {
        let mut parts = text.split('|');
        let mut part = || {
            let part = parts.next()?;
            let is_plain = !part.as_bytes().contains(&b'%');
            Some(if is_plain { part.to_owned() } else { part.replace("%7C", "|").replace("%25", "%") })
        };
        let (correlation, causation, traceparent) = (part()?, part()?, part()?);
        let hop = part()?.parse().ok()?;
        // Whoever keeps a lineage may keep one more word beside it.
        parts.nth(1).is_none().then_some(Self { correlation, causation, traceparent, hop })
    }
}

/// The lineage of an event of a record that has this one: the same causes, and a place of its own in the trace. The event's
/// id comes in pieces. Appends the header's value to `to`.
pub(crate) fn passed_on(lineage: &str, id: [&str; 3], to: &mut Vec<u8>) {
    let Some((correlation, causation, trace, hop)) = plain(lineage) else {
        let lineage = Lineage::unpack(lineage).unwrap_or_default();
        let lineage = lineage.following(&lineage.causation, &id.concat(), lineage.hop);
        return to.extend_from_slice(lineage.pack().as_bytes());
    };
    let parts = [correlation, "|", causation, "|00-", trace, "-"];
    parts.iter().for_each(|part| to.extend_from_slice(part.as_bytes()));
    to.extend_from_slice(&hex(spelled(&id)));
    to.extend_from_slice(b"-01|");
    to.extend_from_slice(hop.as_bytes());
}

/// Correlation, causation, trace and hop of a lineage that has nothing unusual about it.
fn plain(text: &str) -> Option<(&str, &str, &str, &str)> {
    let mut parts = text.splitn(6, '|');
    let (correlation, causation, traceparent, hop) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let trace = traceparent.split('-').nth(1).filter(|trace| trace.len() == 32)?;
    // One word more may be kept behind it, which is not the event's.
    let is_one = hop.parse::<u32>().is_ok() && parts.nth(1).is_none() && !text.contains('%');
    is_one.then_some((correlation, causation, trace, hop))
}

/// A number as sixteen small hexadecimal digits.
fn hex(number: u64) -> [u8; 16] {
    std::array::from_fn(|digit| b"0123456789abcdef"[(number >> (60 - 4 * digit)) as usize & 15])
}

/// A trace for `correlation` with a span for `id`: the same after any replay.
fn traceparent(correlation: &str, id: &str) -> String {
    let trace = Uuid::new_v5(&Uuid::NAMESPACE_OID, correlation.as_bytes());
    format!("00-{:032x}-{:016x}-01", trace.as_u128(), span(id))
}

/// `00-<32>-<16>-<2>` in small hexadecimal, ids not zero; of a later version at least that.
fn is_traceparent(text: &str) -> bool {
    let hex = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let is_id = |part: &str| hex(part) && part.bytes().any(|b| b != b'0');
    let mut parts = text.splitn(5, '-');
    let mut part = |length: usize| parts.next().filter(|part| part.len() == length).unwrap_or_default();
    let (version, trace, parent, flags) = (part(2), part(32), part(16), part(2));
    let known = hex(version) && version != "ff" && (version != "00" || parts.next().is_none());
    known && !version.is_empty() && is_id(trace) && is_id(parent) && hex(flags) && !flags.is_empty()
}

/// A span's number: FNV-1a over its id, mixed so that ids which differ at their end differ everywhere. Each record has one:
/// a cryptographic digest would cost more than all else that is written of its lineage.
fn span(id: &str) -> u64 {
    spelled(&[id])
}

/// The same of an id in pieces.
fn spelled(id: &[&str]) -> u64 {
    let add = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let mut hash = id.iter().fold(0xcbf2_9ce4_8422_2325, |hash, piece| piece.bytes().fold(hash, add));
    for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
        hash = (hash ^ (hash >> 33)).wrapping_mul(factor);
    }
    // Zero is no span.
    (hash ^ (hash >> 33)).max(1)
}

#[cfg(test)]
mod tests {
    use super::Lineage;

    #[test]
    fn what_is_passed_on_is_what_follows() {
        let start = Lineage::beginning("shop.0/0-11-7");
        let next = start.following("c-1", "c-1", 3);
        let odd = Lineage { correlation: "a|%".into(), ..next.clone() };
        let broken = Lineage { traceparent: "none".into(), ..next.clone() };
        let long = Lineage { traceparent: format!("{}-more", next.traceparent), ..next.clone() };
        let whole = [start, next.clone(), odd, broken, long, Lineage::default()];
        let texts = whole.iter().map(Lineage::pack).chain([
            format!("{}|word", next.pack()),
            format!("{}|word|more", next.pack()),
            next.pack().replace("|3", "|x"),
            "a|b".into(),
            String::new(),
        ]);
        for text in texts {
            let raw = Lineage::unpack(&text).unwrap_or_default();
            let mut written = Vec::new();
            super::passed_on(&text, ["e", "-", "1"], &mut written);
            let follows = raw.following(&raw.causation, "e-1", raw.hop).pack();
            assert_eq!(String::from_utf8(written).unwrap(), follows, "of {text}");
        }
    }

    #[test]
    fn packs_and_unpacks() {
        let start = Lineage::beginning("shop.0/0-11-7|%");
        let next = start.following("shop.0/0-11-7/shop.orders/0/OrderPlaced", "c-1", 1);
        assert_eq!(Lineage::unpack(&next.pack()), Some(next.clone()));
        assert_eq!(next.traceparent[..36], start.traceparent[..36], "the trace goes on");
        assert_ne!(next.traceparent, start.traceparent, "with a span of its own");
        assert_eq!(Lineage::unpack(&format!("{}|word", next.pack())), Some(next.clone()));
        assert_eq!(Lineage::unpack(&format!("{}|word|more", next.pack())), None);
        assert_eq!(Lineage::unpack("a|b"), None);
        assert_eq!(Lineage::unpack("a|b|c|x"), None);
    }

    #[test]
    fn spans_of_ids_that_differ_at_their_end_differ() {
        let ids = (0..100_000).map(|n| super::span(&format!("shop.0/0-11-7/shop.orders/{n}/OrderPlaced")));
        assert_eq!(ids.collect::<std::collections::HashSet<u64>>().len(), 100_000);
    }

    #[test]
    fn a_caller_s_trace_goes_on_and_what_is_none_is_left_out() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let asked = |traceparent: &str| Lineage::asked("c-1", Some(traceparent));
        let caller = format!("00-{trace}-00f067aa0ba902b7-00");
        let begun = asked(&caller);
        assert_eq!((begun.correlation.as_str(), begun.hop), ("c-1", 0));
        assert!(begun.traceparent.starts_with(&format!("00-{trace}-")) && begun.traceparent.ends_with("-00"));
        assert_ne!(begun.traceparent, caller, "with a span of its own");
        assert_eq!(
            asked(&format!("cc-{trace}-00f067aa0ba902b7-01-more")).traceparent[..36],
            begun.traceparent[..36]
        );
        let zero = "0".repeat(32);
        for none in [
            "",
            "00",
            "00--",
            trace,
            &format!("ff-{trace}-00f067aa0ba902b7-01"),
            &format!("00-{zero}-00f067aa0ba902b7-01"),
            &format!("00-{trace}-0000000000000000-01"),
            &format!("00-{trace}-00f067aa0ba902b7-01-x"),
            &format!("00-{}-00f067aa0ba902b7-01", trace.to_uppercase()),
            &format!("00-{trace}-00f067aa0ba902b7-é"),
        ] {
            assert_eq!(asked(none), Lineage::beginning("c-1"), "{none}");
        }
    }
}
