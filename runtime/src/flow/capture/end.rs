//! The end marker of a source transaction that was cut: its rows lie in more than one Kafka transaction, so a reader sees
//! some of them before the others. Behind the last one stands how many there are, and by it whoever wants the whole knows
//! that it is whole. A transaction that lies in one Kafka transaction needs no marker.
//! It must not know: when a transaction is cut.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;

use super::Plan;
use super::record::Begun;
use crate::cloudevents::Envelope;
use crate::flow::Ground;
use crate::id;
use crate::log::Draft;
use crate::source::Step;

/// The `ce_type` of an end marker: a raw record that is no row.
pub(crate) const END: &str = "storm.raw.v1.TransactionEnd";

/// What a source transaction holds, so far as it is read.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// By the table's place in the plan: rows on the raw topic.
    rows: Vec<u64>,
    /// Rows that went to the dead letters.
    refused: u64,
    /// Events of handlers, other contexts' in the same database among them.
    recorded: u64,
}

/// The marker's body, as JSON.
#[derive(Serialize)]
struct End<'e> {
    /// The transaction, as the source names it.
    transaction: &'e str,
    /// Rows by table.
    rows: BTreeMap<&'static str, u64>,
    refused: u64,
    recorded: u64,
}

impl Counts {
    pub(super) fn clear(&mut self) {
        *self = Self { rows: std::mem::take(&mut self.rows), ..Self::default() };
        self.rows.fill(0);
    }

    /// Counts a step, one that was written before a restart as well.
    pub(super) fn count(&mut self, step: &Step) {
        match step {
            Step::Row(row) => {
                if self.rows.len() <= row.table {
                    self.rows.resize(row.table + 1, 0);
                }
                self.rows[row.table] += 1;
            }
            Step::Refused(_) => self.refused += 1,
            Step::Recorded(_) => self.recorded += 1,
            Step::Begin { .. } | Step::Cause(_) | Step::Commit(_) | Step::Idle(_) => {}
        }
    }

    /// The marker of this transaction.
    pub(super) fn marker(&self, ground: &Ground, plan: &Plan, begun: &Begun) -> Draft {
        let tables = plan.source.tables.iter().map(|table| table.table).zip(self.rows.iter().copied());
        let rows = tables.filter(|(_, rows)| *rows > 0).collect();
        let end = End { transaction: &begun.gtid, rows, refused: self.refused, recorded: self.recorded };
        let envelope = Envelope {
            name: END.to_owned(),
            source: id::ce_source(plan.source.name, None),
            time: begun.time.clone(),
            lineage: begun.whole().clone(),
            id: format!("{}/end", begun.id),
        };
        let mut headers = envelope.headers();
        for header in headers.iter_mut().filter(|header| header.key == "content-type") {
            header.value = Some(Bytes::from_static(b"application/json"));
        }
        let body = serde_json::to_vec(&end).expect("counts are plain data");
        let key = Some(begun.id.clone().into_bytes());
        Draft { topic: ground.spec.topics.raw.name.into(), key, headers, body: Some(body) }
    }
}
