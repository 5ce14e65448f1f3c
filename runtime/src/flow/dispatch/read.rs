//! What a record is to a dispatcher: a plain function of its bytes. Its type is looked at before anything is copied.
//! It must not know: offsets, lanes.

use std::sync::Arc;

use super::Plan;
use super::job::Kind;
use super::plan::Topic;
use crate::cloudevents::Envelope;
use crate::flow::Ground;
use crate::flow::dead::redriven_to;
use crate::log::Record;

/// Nothing is to be done with a record, for this reason.
pub(super) struct Passed(pub(super) &'static str);

/// Reads a record of `topic` whose type is `name`, when it has one; `record` copies it out.
pub(super) fn read(
    plan: &Plan,
    topic: &Topic,
    name: Option<&[u8]>,
    record: impl FnOnce() -> Record,
) -> Result<(Kind, Record), Passed> {
    let listeners = match name {
        _ if topic.is_commands => None,
        Some(name) => match topic.listeners(name) {
            Some(listeners) => Some(listeners),
            None => return Err(Passed("no policy listens")),
        },
        None => return Err(Passed("no type")),
    };
    let record = record();
    if let (Some(listeners), Some(_)) = (listeners, &record.body) {
        return Ok((Kind::Unread(Arc::clone(listeners)), record));
    }
    let kind = match (Envelope::from_headers(&record.headers), &record.body, listeners) {
        (Err(header), ..) => unreadable(header),
        (Ok(_), None, None) => Kind::Poison("D-002", "the command has no body".into()),
        // A binary event without data is a tombstone.
        (Ok(_), _, Some(_)) => return Err(Passed("tombstone")),
        (Ok(envelope), Some(_), None) => match redriven_to(&record.headers) {
            Some(policy) => redriven(plan, envelope, policy),
            None => Kind::Command(envelope),
        },
    };
    Ok((kind, record))
}

/// Reads the envelope of an event that was not read yet. Whoever works on it does: its texts are given back to the memory of
/// the thread they came from.
pub(super) fn whole(kind: Kind, record: &Record) -> Kind {
    let Kind::Unread(listeners) = kind else { return kind };
    match Envelope::from_headers(&record.headers) {
        Ok(envelope) => Kind::Event(envelope, listeners),
        Err(header) => unreadable(header),
    }
}

fn unreadable(header: &str) -> Kind {
    Kind::Poison("D-001", format!("the header `{header}` is missing or no text"))
}

/// An event on its way back to the one policy that had given up on it.
fn redriven(plan: &Plan, envelope: Envelope, policy: &str) -> Kind {
    match plan.listener(policy, &envelope.name) {
        Some(listener) if plan.listeners[listener].paused => {
            Kind::Poison("D-006", format!("the policy `{policy}` is paused"))
        }
        Some(listener) => Kind::Event(envelope, [listener].into()),
        None => Kind::Poison("D-004", format!("no policy `{policy}` listens to it any more")),
    }
}

/// What a dispatcher makes of a record, in a word.
pub(crate) enum Reading {
    /// So many policies listen; a command is one.
    Work(usize),
    /// A dead letter with this code.
    Poison(&'static str),
    /// Nothing.
    Passed,
}

/// What `plan` makes of a record that was copied out already.
pub(crate) fn reading(ground: &Ground, plan: &Plan, record: Record) -> Reading {
    let topics = plan.readers(ground);
    let Some(topic) = topics.iter().find(|topic| topic.name == record.topic) else { return Reading::Passed };
    let first = record.headers.iter().find(|header| header.key == "ce_type");
    let name = first.and_then(|header| header.value.clone());
    match read(plan, topic, name.as_deref(), || record).map(|(kind, record)| whole(kind, &record)) {
        Err(Passed(_)) => Reading::Passed,
        Ok(Kind::Poison(code, _)) => Reading::Poison(code),
        Ok(Kind::Command(_)) => Reading::Work(1),
        Ok(Kind::Event(_, listeners) | Kind::Unread(listeners)) => Reading::Work(listeners.len()),
    }
}
