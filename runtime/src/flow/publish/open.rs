//! The transaction that a publisher has open: what it holds, and when it is due.
//! It must not know: how records are read or made.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::chunk::Made;
use crate::flow::Ground;
use crate::flow::due::Due;
use crate::log::kafka::{GroupMetadata, Offsets};
use crate::telemetry::Span;

/// What the open transaction holds.
pub(super) struct Open {
    since: Instant,
    due: Due,
    /// That of its first records.
    pub(super) group: GroupMetadata,
    offsets: BTreeMap<i32, i64>,
    consumed: (u64, u64),
    transforming: Duration,
    /// Records and bytes.
    events: (u64, u64),
    letters: u64,
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
            events: (0, 0),
            letters: 0,
            spans: Vec::new(),
        }
    }

    /// What was made of these records has been sent.
    pub(super) fn holds(&mut self, made: Made) {
        self.consumed.0 += made.consumed.0;
        self.consumed.1 += made.consumed.1;
        self.offsets.extend(made.offsets);
        self.transforming += made.transforming;
        self.spans.extend(made.spans);
        for event in made.sheet.events(0) {
            self.events.0 += 1;
            self.events.1 += event.bytes() as u64;
        }
        self.letters += made.sheet.letters().len() as u64;
    }

    /// The next offsets of the raw topic.
    pub(super) fn offsets(&self, raw: &Arc<str>) -> Offsets {
        self.offsets.iter().map(|(at, next)| ((raw.clone(), *at), *next)).collect()
    }

    pub(super) fn is_due(&self, now: Instant, bytes: u64) -> bool {
        now.duration_since(self.since) >= self.due.age || self.consumed.1 >= bytes || self.events.1 >= bytes
    }

    /// How long the next record may take to come before it is due.
    pub(super) fn patience(&self, now: Instant) -> Duration {
        self.due.lull.min(self.due.age.saturating_sub(now.duration_since(self.since)))
    }

    /// Counts what has become visible.
    pub(super) fn tell(self, ground: &Ground, group: &str, pushing: Duration) {
        ground.spans.end(self.spans);
        let events = self.events;
        ground.metrics.raw_transformed.passed(self.consumed.0, self.consumed.1, self.transforming);
        if events.0 > 0 {
            ground.metrics.public_pushed.passed(events.0, events.1, pushing);
        }
        if let Some(activity) = &ground.activity {
            activity.sent(ground.spec.topics.events.name, events.0);
            activity.sent(ground.spec.topics.dead.name, self.letters);
            activity.done(ground.spec.topics.raw.name, group, self.consumed.0);
        }
    }
}
