//! A dead letter: the record as it was, headers and bytes, with why it was given up on and where a redrive takes it back.
//! It must not know: how it is sent, who redrives.
//!
//! `stormc dlq redrive` sends a letter's record to the topic that `dead-return` names, without the headers that are added
//! here. When `dead-policy` is there, it travels in the header `redrive-policy`: dispatch shows such an event to that
//! policy alone, while every other reader of the public topic has seen it before and is left in peace.
//! In the same transaction, the redrive writes a record with the header `redriven` (`<partition>:<offset>` of the letter)
//! behind the letter, in its partition: whoever reads the topic knows by it that the letter is done with.

use crate::cloudevents::{Header, text};
use crate::log::{Draft, Record};

/// The header of a redriven event: the policy that it goes back to.
pub(crate) const REDRIVE_POLICY: &str = "redrive-policy";

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
    headers.extend([
        Header::new("dead-cause", format!("{}: {}", cause.code, cause.why)),
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
        let names: Vec<&str> = again.headers.iter().map(|header| header.key.as_str()).collect();
        let own = ["dead-cause", "dead-at", "dead-attempts", "dead-topic", "dead-partition", "dead-offset"];
        assert_eq!(names, [&["ce_type"][..], &own].concat());
    }
}
