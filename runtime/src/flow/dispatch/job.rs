//! A record on its way through a lane.
//! It must not know: lanes' tasks.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::tracker::{Gone, Place};
use crate::cloudevents::Envelope;
use crate::log::Record;
use crate::telemetry::{Held, InHand};

pub(super) struct Job {
    pub(super) kind: Kind,
    pub(super) record: Record,
    pub(super) gone: Gone,
    pub(super) since: Instant,
    /// It in the hand of each policy that listens, or of its command.
    pub(super) held: Vec<Held>,
    /// It in the hand of its partition, until the job is dropped.
    pub(super) _in_hand: Option<InHand>,
}

/// What is to be done with a record.
pub(super) enum Kind {
    /// These policies listen to it, by their place in the plan.
    Event(Envelope, Vec<usize>),
    /// A command of this context.
    Command(Envelope),
    /// Nothing can be done: a dead letter with this code and reason.
    Poison(&'static str, String),
}

impl Job {
    pub(super) fn place(&self) -> Place {
        (self.record.topic.clone(), self.record.partition)
    }

    /// The lane of its key; of its partition, without a key.
    pub(super) fn lane(&self, lanes: usize) -> usize {
        let mut hasher = DefaultHasher::new();
        match &self.record.key {
            Some(key) => key.hash(&mut hasher),
            None => self.place().hash(&mut hasher),
        }
        (hasher.finish() % lanes as u64) as usize
    }

    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::SeqCst)
    }
}
