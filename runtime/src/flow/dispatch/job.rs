//! A record on its way through a lane.
//! It must not know: lanes.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Instant;

use super::tracker::Track;
use crate::cloudevents::Envelope;
use crate::log::Record;
use crate::telemetry::{Held, InHand};

pub(super) struct Job {
    pub(super) kind: Kind,
    pub(super) record: Record,
    pub(super) track: Arc<Track>,
    pub(super) since: Instant,
    /// The same for records that must stay in order.
    pub(super) key: u64,
    pub(super) bytes: usize,
    /// It in the hand of each policy that listens, or of its command.
    pub(super) held: Hands,
    /// It in the hand of its partition, until the job is dropped or parked.
    in_hand: Option<InHand>,
}

/// What is to be done with a record.
pub(super) enum Kind {
    /// These policies listen to it, by their place in the plan; more of it was not read yet.
    Unread(Arc<[usize]>),
    /// These policies listen to it, by their place in the plan.
    Event(Envelope, Arc<[usize]>),
    /// A command of this context.
    Command(Envelope),
    /// Nothing can be done: a dead letter with this code and reason.
    Poison(&'static str, String),
}

/// The hands that a record is in: mostly one.
pub(super) enum Hands {
    One(Held),
    Many(Vec<Held>),
}

impl Hands {
    pub(super) fn all(&self) -> &[Held] {
        match self {
            Self::One(held) => std::slice::from_ref(held),
            Self::Many(all) => all,
        }
    }
}

/// A job whose work is done, since when: it is yet to be marked so.
pub(super) struct Done {
    pub(super) job: Job,
    pub(super) end: Instant,
}

impl Job {
    pub(super) fn new(
        kind: Kind,
        record: Record,
        track: Arc<Track>,
        held: Hands,
        in_hand: Option<InHand>,
        since: Instant,
    ) -> Self {
        let mut hasher = DefaultHasher::new();
        match &record.key {
            Some(key) => key.hash(&mut hasher),
            // Without a key, its partition is what keeps the order.
            None => (&record.topic, record.partition).hash(&mut hasher),
        }
        let (key, bytes) = (hasher.finish(), record.bytes());
        Self { kind, record, track, since, key, bytes, held, in_hand }
    }

    pub(super) fn is_gone(&self) -> bool {
        self.track.is_gone()
    }

    /// The work of these is done: of those that stand beside each other and are one partition's, all at once.
    pub(super) fn all_done(jobs: &[Done]) {
        for group in jobs.chunk_by(|one, next| Arc::ptr_eq(&one.job.track, &next.job.track)) {
            let records = group.iter().map(|Done { job, .. }| (job.record.offset, job.bytes));
            group[0].job.track.done(records);
        }
    }

    /// They are in nobody's hand any more.
    pub(super) fn let_go_all(jobs: &[Done]) {
        let held: Vec<&Held> = jobs.iter().flat_map(|done| done.job.held.all()).collect();
        Held::let_go_all(&held);
        let in_hand: Vec<&InHand> = jobs.iter().filter_map(|done| done.job.in_hand.as_ref()).collect();
        InHand::let_go_all(&in_hand);
    }

    /// It waits with its key, for as long as that takes: it is in nobody's hand meanwhile.
    pub(super) fn park(&self) {
        self.held.all().iter().for_each(Held::let_go);
        self.in_hand.iter().for_each(InHand::let_go);
        self.track.park(self.bytes);
    }

    /// Its work is done after all.
    pub(super) fn unparked(&self) {
        self.track.unparked(self.record.offset, self.bytes);
    }

    /// Its work was given up.
    pub(super) fn abandon(&self) {
        self.track.abandon(self.bytes);
    }
}
