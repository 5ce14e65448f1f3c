//! Records that were read one after the other and what was made of them, on their way to the producer together.
//! It must not know: transactions.

use std::collections::BTreeMap;
use std::time::Duration;

use super::sheet::{Event, Sheet};
use crate::cloudevents::Attributes;
use crate::flow::Ground;
use crate::lineage::Lineage;
use crate::log::Seen;
use crate::log::kafka::GroupMetadata;
use crate::telemetry::{Role, Span};

/// So many records go together, or what has so many bytes.
const RECORDS: u64 = 128;
const BYTES: usize = 256 * 1024;

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
pub(super) struct Made {
    /// Of the raw topic: the next offset of each partition.
    pub(super) offsets: BTreeMap<i32, i64>,
    /// Records and bytes.
    pub(super) consumed: (u64, u64),
    pub(super) transforming: Duration,
    pub(super) sheet: Sheet,
    /// Ended when it is committed.
    pub(super) spans: Vec<Span>,
}

impl Chunk {
    /// An empty one, with this sheet to write on.
    pub(super) fn new(turn: u64, group: GroupMetadata, written_at: i64, sheet: Sheet) -> Self {
        let (offsets, spans) = (BTreeMap::new(), Vec::new());
        let made = Made { offsets, consumed: (0, 0), transforming: Duration::ZERO, sheet, spans };
        Self { turn, group, written_at, made }
    }

    /// A record of this place and weight: what it becomes is on the sheet, and took so long to make.
    pub(super) fn has(&mut self, (partition, offset): (i32, i64), bytes: usize, took: Duration) {
        let all = &mut self.made;
        all.consumed.0 += 1;
        all.consumed.1 += bytes as u64;
        all.offsets.insert(partition, offset + 1);
        all.transforming += took;
    }

    /// Begins the spans of this record's events: those from this one on.
    pub(super) fn trace(&mut self, ground: &Ground, record: &impl Seen, from: usize) {
        let Ok(raw) = Attributes::read(record.headers()) else { return };
        let above = Lineage::unpack(raw.lineage).unwrap_or_default();
        let events = self.made.sheet.events(from);
        self.made.spans.extend(events.filter_map(|event| span(ground, &above, &event)));
    }

    /// True when it is to go.
    pub(super) fn is_full(&self) -> bool {
        self.made.consumed.0 >= RECORDS || self.made.sheet.bytes() >= BYTES
    }
}

/// An event's span, below that of its raw record.
fn span(ground: &Ground, raw: &Lineage, event: &Event<'_>) -> Option<Span> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let lineage = Lineage::unpack(&text(event.lineage))?;
    let name = format!("publish {}", event.name.rsplit('.').next().unwrap_or_default());
    let span = ground.spans.begin(&lineage, Some(raw), &name, Role::Producer)?;
    Some(span.with("storm.id", &text(event.id)).with("storm.type", event.name))
}
