//! Dead letters: what the headers of a record on `<context>_dead` say, which of them were redriven, and what a redrive
//! makes of one. Headers are the contract on the wire: the runtime writes them when it gives up on a record.
//! It must not know: how records are read or sent.

mod survey;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::kafka::{Draft, Record};
use crate::message::{Filter, Head};

pub(crate) use survey::survey;

/// The header of a redriven event, for dispatch: the one policy that it goes to.
const REDRIVE_POLICY: &str = "redrive-policy";
/// The header of a redriven record: the letter that it was.
const REDRIVE_OF: &str = "redrive-of";
/// The header of the record behind a letter which says that it is done with.
const REDRIVEN: &str = "redriven";

/// Partition and offset within a topic.
pub(crate) type Place = (i32, i64);

/// A record that was given up on.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) topic: String,
    pub(crate) place: Place,
    /// `publish`, `dispatch`, or the name of the policy or command.
    pub(crate) at: String,
    pub(crate) code: String,
    pub(crate) why: String,
    pub(crate) attempts: Option<u32>,
    /// Topic, partition and offset of the record that it was.
    pub(crate) origin: Option<(String, i32, i64)>,
    /// Where a redrive takes it; none when nobody can say whom it was for.
    pub(crate) back: Option<Back>,
    /// When it was given up on, in milliseconds.
    pub(crate) died: i64,
    pub(crate) head: Head,
}

/// Where a redrive takes a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Back {
    pub(crate) topic: String,
    /// For this policy alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<String>,
}

/// What a record on a topic of dead letters is.
pub(crate) enum Entry {
    Letter(Box<Letter>),
    /// The letter at this place was redriven.
    Redriven(Place),
    /// Neither: someone else's.
    Foreign,
}

/// Which letters are meant.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Letters {
    /// Only those of this context; can be repeated [default: every topic whose name ends in _dead]
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Vec<String>,
    /// Only those on this topic, whatever its name; can be repeated
    #[arg(long, value_name = "TOPIC")]
    pub(crate) topic: Vec<String>,
    /// Only those that this policy or command gave up on, or `publish`
    #[arg(long)]
    at: Option<String>,
    /// Only those with this code, for example H-101
    #[arg(long)]
    code: Option<String>,
    /// Only those given up on since then: 2026-11-22T06:30:00Z, or how long ago: 30m, 2h, 7d
    #[arg(long, value_name = "TIME", value_parser = crate::message::parse_moment)]
    since: Option<i64>,
    /// Only those given up on before then
    #[arg(long, value_name = "TIME", value_parser = crate::message::parse_moment)]
    until: Option<i64>,
    #[command(flatten)]
    message: Filter,
}

impl Letters {
    pub(crate) fn takes(&self, letter: &Letter) -> bool {
        let same = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
        same(&self.at, &letter.at)
            && same(&self.code, &letter.code)
            && self.since.is_none_or(|since| letter.died >= since)
            && self.until.is_none_or(|until| letter.died < until)
            && self.message.takes(&letter.head)
    }
}

impl Entry {
    pub(crate) fn of(record: &Record) -> Self {
        let text = |name: &str| record.header(name).map(str::to_owned);
        if let Some(place) = record.header(REDRIVEN).and_then(parse_place) {
            return Entry::Redriven(place);
        }
        let (Some(cause), Some(at)) = (record.header("dead-cause"), text("dead-at")) else {
            return Entry::Foreign;
        };
        let (code, why) = cause.split_once(": ").unwrap_or((cause, ""));
        let number = |name: &str| record.header(name).and_then(|text| text.parse::<i64>().ok());
        let origin = || {
            let partition = number("dead-partition")?.try_into().ok()?;
            Some((text("dead-topic")?, partition, number("dead-offset")?))
        };
        Entry::Letter(Box::new(Letter {
            topic: record.topic.clone(),
            place: (record.partition, record.offset),
            at,
            code: code.to_owned(),
            why: why.to_owned(),
            attempts: number("dead-attempts").and_then(|count| count.try_into().ok()),
            origin: origin(),
            back: text("dead-return").map(|topic| Back { topic, policy: text("dead-policy") }),
            died: record.time,
            head: Head::of(record),
        }))
    }
}

impl Letter {
    /// `ordering_dead/0:17`
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.topic, place_text(self.place))
    }
}

impl std::fmt::Display for Back {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.policy {
            Some(policy) => write!(f, "`{}`, to the policy `{policy}` alone", self.topic),
            None => write!(f, "`{}`", self.topic),
        }
    }
}

/// What a redrive sends for a letter: the record as it was, to where it goes back, and behind the letter the mark that it
/// is done with. Both go in one transaction, so that a letter is sent once whatever happens meanwhile.
pub(crate) fn redrive(record: &Record, back: &Back) -> [Draft; 2] {
    let ours = |name: &str| name.starts_with("dead-") || name == REDRIVE_POLICY || name == REDRIVE_OF;
    let mut headers: Vec<_> = record.headers.iter().filter(|(name, _)| !ours(name)).cloned().collect();
    let header = |name: &str, value: &str| (name.to_owned(), Some(value.as_bytes().to_vec()));
    let place = place_text((record.partition, record.offset));
    headers.push(header(REDRIVE_OF, &format!("{}/{place}", record.topic)));
    headers.extend(back.policy.iter().map(|policy| header(REDRIVE_POLICY, policy)));
    let again = Draft {
        topic: back.topic.clone(),
        partition: None,
        key: record.key.clone(),
        headers,
        body: record.body.clone(),
    };
    let mark = Draft {
        topic: record.topic.clone(),
        // In the letter's own partition, behind it: it cannot expire before the letter does.
        partition: Some(record.partition),
        key: record.key.clone(),
        headers: vec![header(REDRIVEN, &place), header("redriven-to", &back.topic)],
        body: None,
    };
    [again, mark]
}

pub(crate) fn place_text((partition, offset): Place) -> String {
    format!("{partition}:{offset}")
}

/// `0:17`
pub(crate) fn parse_place(text: &str) -> Option<Place> {
    let (partition, offset) = text.split_once(':')?;
    Some((partition.parse().ok()?, offset.parse().ok()?))
}

/// Places of letters that were redriven.
pub(crate) type Done = BTreeSet<Place>;

#[cfg(test)]
mod tests {
    use super::*;

    fn dead(extra: &[(&str, &str)]) -> Record {
        let own = [
            ("ce_type", "shop.ordering.v1.OrderPlaced"),
            ("ce_id", "e-1"),
            ("dead-cause", "H-101: the bank: no answer"),
            ("dead-at", "ChargeOnPlacement"),
            ("dead-attempts", "6"),
            ("dead-topic", "ordering_events"),
            ("dead-partition", "3"),
            ("dead-offset", "7"),
        ];
        let header = |(name, value): &(&str, &str)| ((*name).to_owned(), Some(value.as_bytes().to_vec()));
        Record {
            topic: "ordering_dead".into(),
            partition: 1,
            offset: 5,
            time: 1_700_000_000_000,
            key: Some(b"42".to_vec()),
            headers: own.iter().chain(extra).map(header).collect(),
            body: Some(b"body".to_vec()),
        }
    }

    fn letter(record: &Record) -> Letter {
        let Entry::Letter(letter) = Entry::of(record) else { panic!("this is a letter") };
        *letter
    }

    #[test]
    fn a_letter_is_read_from_its_headers() {
        let letter =
            letter(&dead(&[("dead-return", "ordering_commands"), ("dead-policy", "ChargeOnPlacement")]));
        assert_eq!((letter.code.as_str(), letter.why.as_str()), ("H-101", "the bank: no answer"));
        assert_eq!((letter.attempts, letter.name().as_str()), (Some(6), "ordering_dead/1:5"));
        assert_eq!(letter.origin, Some(("ordering_events".into(), 3, 7)));
        let back = letter.back.unwrap();
        assert_eq!(back.to_string(), "`ordering_commands`, to the policy `ChargeOnPlacement` alone");
    }

    #[test]
    fn a_redrive_sends_the_original_and_marks_the_letter() {
        let record = dead(&[("redrive-policy", "Old"), ("redrive-of", "ordering_dead/1:2")]);
        let back = Back { topic: "ordering_commands".into(), policy: Some("ChargeOnPlacement".into()) };
        let [again, mark] = redrive(&record, &back);
        let names: Vec<&str> = again.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["ce_type", "ce_id", "redrive-of", "redrive-policy"]);
        assert_eq!(again.headers[2].1.as_deref(), Some(b"ordering_dead/1:5".as_slice()));
        assert_eq!((again.key, again.body, again.partition), (record.key.clone(), record.body.clone(), None));
        assert_eq!((mark.topic.as_str(), mark.partition), ("ordering_dead", Some(1)));
        let mark = Record { headers: mark.headers, partition: 1, offset: 9, ..Record::default() };
        assert!(matches!(Entry::of(&mark), Entry::Redriven((1, 5))));
    }

    #[test]
    fn what_is_no_letter_is_told_apart() {
        assert!(matches!(Entry::of(&Record::default()), Entry::Foreign));
        for wrong in ["", "1", "1:", ":5", "a:b", "1:5:6"] {
            assert_eq!(parse_place(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn letters_are_chosen_by_who_gave_up_and_when() {
        let letter = letter(&dead(&[]));
        let with = |change: fn(&mut Letters)| {
            let mut letters = Letters::default();
            change(&mut letters);
            letters.takes(&letter)
        };
        assert!(with(|_| {}) && with(|l| l.at = Some("ChargeOnPlacement".into())));
        assert!(!with(|l| l.at = Some("publish".into())) && !with(|l| l.code = Some("H-102".into())));
        assert!(with(|l| l.since = Some(1_700_000_000_000)) && !with(|l| l.until = Some(1_700_000_000_000)));
    }
}
