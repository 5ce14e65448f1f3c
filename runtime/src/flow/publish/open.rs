//! The transaction that a publisher has open: what it holds, and the producer that it shares with the callback which
//! aborts it when partitions go.
//! It must not know: how records are read or made.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::transform::Kind;
use crate::cloudevents::Envelope;
use crate::flow::Ground;
use crate::flow::due::Due;
use crate::log::kafka::{self, GroupMetadata, Offsets, Transactional, Trouble};
use crate::log::{Draft, Record};
use crate::telemetry::{Role, Span};

/// The producer, and whether a transaction is open on it.
pub(super) struct Held {
    producer: Transactional,
    open: AtomicBool,
    /// What became of the transaction that a revocation aborted.
    aborted: Mutex<Option<Result<(), Trouble>>>,
}

impl Held {
    pub(super) fn new(producer: Transactional) -> Self {
        Self { producer, open: AtomicBool::new(false), aborted: Mutex::default() }
    }

    pub(super) fn begin(&self) -> Result<(), Trouble> {
        self.producer.begin()?;
        self.open.store(true, Ordering::SeqCst);
        Ok(())
    }

    pub(super) fn send(&self, draft: &Draft) -> Result<(), Trouble> {
        self.producer.send(draft)
    }

    pub(super) fn commit(&self, raw: &Arc<str>, open: &Open) -> Result<(), Trouble> {
        let offsets: Offsets = open.offsets.iter().map(|(at, next)| ((raw.clone(), *at), *next)).collect();
        self.producer.commit(Some((&kafka::list(&offsets), &open.group)))?;
        crate::failpoint::reach("publish-committed");
        self.open.store(false, Ordering::SeqCst);
        Ok(())
    }

    pub(super) fn abort(&self) -> Result<(), Trouble> {
        self.open.store(false, Ordering::SeqCst);
        self.producer.abort()
    }

    /// Partitions are about to go: what is open must not outlive that.
    pub(super) fn revoked(&self) {
        if self.open.swap(false, Ordering::SeqCst) {
            *self.lock() = Some(self.producer.abort());
        }
    }

    /// How the abort went, once, when a revocation has made one.
    pub(super) fn aborted(&self) -> Option<Result<(), Trouble>> {
        self.lock().take()
    }

    /// The transaction is not ours any more: nobody shall abort it.
    pub(super) fn forget(&self) {
        self.open.store(false, Ordering::SeqCst);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Result<(), Trouble>>> {
        self.aborted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the open transaction holds.
pub(super) struct Open {
    pub(super) since: Instant,
    pub(super) due: Due,
    /// Taken when the transaction began and never refreshed: the broker checks the generation, not the ownership.
    group: GroupMetadata,
    /// Of the raw topic: the next offset of each partition.
    offsets: BTreeMap<i32, i64>,
    consumed: (u64, u64),
    transforming: Duration,
    /// Records and bytes by topic: events and dead letters.
    made: [(u64, u64); 2],
    /// Ended when it is committed.
    spans: Vec<Span>,
}

impl Open {
    pub(super) fn new(group: GroupMetadata, since: Instant, due: Due) -> Self {
        Self {
            since,
            due,
            group,
            offsets: BTreeMap::new(),
            consumed: (0, 0),
            transforming: Duration::ZERO,
            made: [(0, 0); 2],
            spans: Vec::new(),
        }
    }

    pub(super) fn consumed(&mut self, record: &Record, took: Duration) {
        self.consumed.0 += 1;
        self.consumed.1 += record.bytes() as u64;
        self.offsets.insert(record.partition, record.offset + 1);
        self.transforming += took;
    }

    /// An event's span, below that of its raw record.
    pub(super) fn traced(&mut self, ground: &Ground, record: &Record, event: &Draft) {
        let read = |headers: &[crate::cloudevents::Header]| Envelope::from_headers(headers).ok();
        let (Some(raw), Some(event)) = (read(&record.headers), read(&event.headers)) else { return };
        let name = format!("publish {}", event.name.rsplit('.').next().unwrap_or_default());
        let span = ground.spans.begin(&event.lineage, Some(&raw.lineage), &name, Role::Producer);
        let span = span.map(|span| span.with("storm.id", &event.id).with("storm.type", &event.name));
        self.spans.extend(span);
    }

    pub(super) fn made(&mut self, kind: Kind, draft: &Draft) {
        let made = &mut self.made[kind as usize];
        made.0 += 1;
        made.1 += draft.bytes() as u64;
    }

    pub(super) fn is_due(&self, now: Instant, bytes: u64) -> bool {
        now.duration_since(self.since) >= self.due.age || self.consumed.1 >= bytes || self.made[0].1 >= bytes
    }

    /// How long the next record may take to come before it is due.
    pub(super) fn patience(&self, now: Instant) -> Duration {
        self.due.lull.min(self.due.age.saturating_sub(now.duration_since(self.since)))
    }

    /// Counts what has become visible.
    pub(super) fn tell(self, ground: &Ground, group: &str, pushing: Duration) {
        ground.spans.end(self.spans);
        let [events, dead] = self.made;
        ground.metrics.raw_transformed.passed(self.consumed.0, self.consumed.1, self.transforming);
        if events.0 > 0 {
            ground.metrics.public_pushed.passed(events.0, events.1, pushing);
        }
        if let Some(activity) = &ground.activity {
            activity.sent(ground.spec.topics.events.name, events.0);
            activity.sent(ground.spec.topics.dead.name, dead.0);
            activity.done(ground.spec.topics.raw.name, group, self.consumed.0);
        }
    }
}
