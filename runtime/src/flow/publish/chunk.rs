//! Records that were read one after the other and what was made of them, on their way to the producer together.
//! It must not know: transactions.

use std::collections::BTreeMap;
use std::time::Duration;

use super::transform::Kind;
use crate::cloudevents::Envelope;
use crate::flow::Ground;
use crate::log::kafka::GroupMetadata;
use crate::log::{Draft, Record};
use crate::telemetry::{Role, Span};

/// So many records go together, or what has so many bytes.
const RECORDS: u64 = 128;
const BYTES: usize = 256 * 1024;
/// What a draft takes beside its bytes.
const EACH: usize = 512;

/// Records and what becomes of them.
pub(super) struct Chunk {
    /// Which reading of these records it is: one that was taken back counts for nothing.
    pub(super) turn: u64,
    /// Taken when the first of them had been read and never refreshed: the broker checks the generation, not the ownership.
    pub(super) group: GroupMetadata,
    /// When the first one was written, milliseconds since the epoch.
    pub(super) written_at: i64,
    pub(super) made: Made,
}

/// What was consumed, and what becomes of it.
#[derive(Default)]
pub(super) struct Made {
    /// Of the raw topic: the next offset of each partition.
    pub(super) offsets: BTreeMap<i32, i64>,
    pub(super) consumed: (u64, u64),
    pub(super) transforming: Duration,
    pub(super) drafts: Vec<(Kind, Draft)>,
    /// Ended when it is committed.
    pub(super) spans: Vec<Span>,
    /// What it weighs on its way.
    pub(super) bytes: usize,
}

impl Chunk {
    pub(super) fn new(turn: u64, group: GroupMetadata, written_at: i64) -> Self {
        Self { turn, group, written_at, made: Made::default() }
    }

    /// A record, what was made of it, and how long that took.
    pub(super) fn add(&mut self, ground: &Ground, record: &Record, made: Vec<(Kind, Draft)>, took: Duration) {
        let all = &mut self.made;
        all.consumed.0 += 1;
        all.consumed.1 += record.bytes() as u64;
        all.offsets.insert(record.partition, record.offset + 1);
        all.transforming += took;
        if ground.spans.is_on() {
            let events = made.iter().filter(|(kind, _)| *kind == Kind::Event);
            all.spans.extend(events.filter_map(|(_, draft)| span(ground, record, draft)));
        }
        all.bytes += made.iter().map(|(_, draft)| draft.bytes() + EACH).sum::<usize>();
        all.drafts.extend(made);
    }

    /// True when it is to go.
    pub(super) fn is_full(&self) -> bool {
        self.made.consumed.0 >= RECORDS || self.made.bytes >= BYTES
    }
}

/// An event's span, below that of its raw record.
fn span(ground: &Ground, record: &Record, event: &Draft) -> Option<Span> {
    let read = |headers: &[crate::cloudevents::Header]| Envelope::from_headers(headers).ok();
    let (raw, event) = (read(&record.headers)?, read(&event.headers)?);
    let name = format!("publish {}", event.name.rsplit('.').next().unwrap_or_default());
    let span = ground.spans.begin(&event.lineage, Some(&raw.lineage), &name, Role::Producer)?;
    Some(span.with("storm.id", &event.id).with("storm.type", &event.name))
}
