//! A dead letter: the record as it was, headers and bytes, with why it was given up on and where a redrive takes it back.
//! Of a header's key that no client can name, what is not UTF-8 is replaced, and what follows a zero byte is not there.
//! It must not know: how it is sent, who redrives.
//!
//! `stormc dlq redrive` sends a letter's record to the topic that `dead-return` names, without the headers that are added
//! here. When `dead-policy` is there, it travels in the header `redrive-policy`: dispatch shows such an event to that
//! policy alone, while every other reader of the public topic has seen it before and is left in peace.
//! In the same transaction, the redrive writes a record with the header `redriven` (`<partition>:<offset>` of the letter)
//! behind the letter, in its partition: whoever reads the topic knows by it that the letter is done with.

use crate::cloudevents::{Header, text};
use crate::log::{Draft, Record};
use crate::spec::TopicSpec;

/// The header of a redriven event: the policy that it goes back to.
pub(crate) const REDRIVE_POLICY: &str = "redrive-policy";

/// What Kafka takes when a topic does not say: a record and its frame.
const USUAL: usize = 1_048_588;
/// Left free for a batch's frame and the letter's own headers.
const FRAME: usize = 4 << 10;
/// The longest key, and a fifth of the longest header, that a letter keeps when it must be small.
const SMALL: usize = 1 << 10;

/// Why a record was given up on.
#[derive(Debug, Clone)]
pub(crate) struct Cause<'c> {
    /// A stable code.
    pub(crate) code: &'c str,
    /// In words, without row values.
    pub(crate) why: String,
    /// `publish`, or the name of the policy or command.
    pub(crate) at: &'c str,
    /// How often it was tried.
    pub(crate) attempts: u32,
}

/// Where a redrive takes a record back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Back<'b> {
    /// To the topic it came from.
    Topic,
    /// To one policy, through the context's command topic.
    Policy { commands: &'b str, policy: &'b str },
    /// Nowhere: nobody can say whom it was for.
    Nowhere,
}

/// The letter for the topic `dead`. The original's headers come first, unchanged; those of an earlier death are left out.
pub(crate) fn letter(dead: &str, record: &Record, cause: &Cause<'_>, back: Back<'_>) -> Draft {
    let earlier = |name: &str| name.starts_with("dead-") || name == REDRIVE_POLICY;
    let mut headers: Vec<Header> =
        record.headers.iter().filter(|header| !earlier(&header.key)).cloned().collect();
    let why: String = cause.why.chars().take(SMALL).collect();
    headers.extend([
        Header::new("dead-cause", format!("{}: {why}", cause.code)),
        Header::new("dead-at", cause.at),
        Header::new("dead-attempts", cause.attempts.to_string()),
        Header::new("dead-topic", record.topic.as_bytes()),
        Header::new("dead-partition", record.partition.to_string()),
        Header::new("dead-offset", record.offset.to_string()),
    ]);
    match back {
        Back::Topic => headers.push(Header::new("dead-return", record.topic.as_bytes())),
        Back::Policy { commands, policy } => {
            headers.extend([Header::new("dead-return", commands), Header::new("dead-policy", policy)]);
        }
        Back::Nowhere => {}
    }
    Draft { topic: dead.into(), key: record.key.clone(), headers, body: record.body.clone() }
}

/// The policy that a redriven event goes back to.
pub(crate) fn redriven_to(headers: &[Header]) -> Option<&str> {
    text(headers, REDRIVE_POLICY)
}

/// The letter without what is large. Where the whole record stands is in its headers, and so is what was left out.
pub(crate) fn cut(letter: Draft) -> Draft {
    let Draft { topic, key, mut headers, body } = letter;
    let bytes = body.as_ref().map_or(0, Vec::len);
    let before = headers.len();
    // Ours, and what is small of the first others; no record is larger than the sum of these.
    let mut others = 32;
    headers.retain(|header| {
        let small = header.bytes() <= 5 * SMALL;
        let ours = header.key.starts_with("dead-");
        others -= usize::from(small && !ours && others > 0);
        // Without its bytes there is nothing to take back.
        let back = ["dead-return", "dead-policy"].contains(&&*header.key);
        small && !back && (ours || others > 0)
    });
    headers.push(Header::new(
        "dead-left-out",
        format!("{bytes} bytes of body, {} headers", before - headers.len()),
    ));
    Draft { topic, key: key.filter(|key| key.len() <= SMALL), headers, body: None }
}

/// How much a letter for this topic may weigh before it is cut.
pub(crate) fn most(dead: &TopicSpec) -> usize {
    let set = dead.settings.iter().find(|(name, _)| *name == "max.message.bytes");
    set.and_then(|(_, value)| value.parse().ok()).unwrap_or(USUAL).saturating_sub(FRAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(headers: Vec<Header>) -> Record {
        Record {
            topic: "shop_events".into(),
            partition: 3,
            offset: 7,
            key: Some(b"k".to_vec()),
            headers,
            body: Some(b"b".to_vec()),
            written_at: 0,
        }
    }

    #[test]
    fn a_letter_that_dies_again_carries_its_last_death_alone() {
        let cause = Cause { code: "H-102", why: "closed".into(), at: "Pay", attempts: 2 };
        let back = Back::Policy { commands: "shop_commands", policy: "Pay" };
        let mut first =
            letter("shop_dead", &record(vec![Header::new("ce_type", "shop.v1.Placed")]), &cause, back);
        first.headers.push(Header::new(REDRIVE_POLICY, "Pay"));
        let again = letter("shop_dead", &record(first.headers), &cause, Back::Nowhere);
        let names: Vec<&str> = again.headers.iter().map(|header| &*header.key).collect();
        let own = ["dead-cause", "dead-at", "dead-attempts", "dead-topic", "dead-partition", "dead-offset"];
        assert_eq!(names, [&["ce_type"][..], &own].concat());
    }

    #[test]
    fn a_letter_that_is_cut_says_what_it_was_and_where_it_stands() {
        let header = |key: &str, bytes: usize| Header::new(key.to_owned(), vec![b'x'; bytes]);
        let mut headers = vec![header("ce_type", 20), header("huge", 10 << 20)];
        headers.extend((0..10_000).map(|n| header(&format!("h{n}"), 1_000)));
        let (key, body) = (Some(vec![b'k'; 1 << 20]), Some(vec![0; 10 << 20]));
        let (topic, partition, offset) = ("events".into(), 3, 42);
        let record = Record { topic, partition, offset, key, headers, body, written_at: 0 };
        let cause = Cause { code: "H-102", why: "no".repeat(1 << 20), at: "P", attempts: 1 };
        let cut = cut(letter("dead", &record, &cause, Back::Topic));
        assert!(cut.bytes() < 200 << 10, "{}", cut.bytes());
        let text = |name: &str| crate::cloudevents::text(&cut.headers, name).unwrap();
        assert_eq!((text("dead-topic"), text("dead-partition"), text("dead-offset")), ("events", "3", "42"));
        assert!(text("dead-left-out").starts_with("10485760 bytes of body, "));
        assert_eq!(text("ce_type").len(), 20);
        assert!(!cut.headers.iter().any(|header| header.key == "dead-return"), "it cannot go back");
    }
}
