//! A captured row as a raw record: its id, key, headers. Plain functions of the step and its transaction.
//! It must not know: Kafka's transactions.

use bytes::Bytes;
use chrono::{TimeZone, Utc};

use super::Plan;
use crate::change::ChangeRow;
use crate::cloudevents::{Envelope, Header};
use crate::flow::Ground;
use crate::id;
use crate::lineage::Lineage;
use crate::log::Draft;
use crate::shapes::HEADER;
use crate::source::{Cause, Recorded, Refused};
use crate::spec::SourceSpec;
use crate::telemetry::hop::Hop;

/// The table that handlers record events in.
pub(crate) const OUTBOX: &str = "storm_outbox";

/// The content type of a refused change: MySQL's row images, before and after, as the binary log has them.
const ROW_BYTES: &str = "application/x-mysql-binlog-row";

/// A source transaction that has begun.
pub(super) struct Begun {
    pub(super) gtid: String,
    /// Its id: the correlation of what begins with it.
    pub(super) id: String,
    /// When it was committed, microseconds since the epoch.
    pub(super) at: i64,
    pub(super) time: String,
    /// Its place in its trace: below the command that caused it, if one did. Each row has one of its own from it.
    whole: Lineage,
    /// The command that caused it, and its lineage.
    cause: Option<(String, Lineage)>,
}

impl Begun {
    pub(super) fn new(gtid: String, id: String, at: i64) -> Self {
        let time = Utc.timestamp_micros(at).single().unwrap_or_default();
        let whole = Lineage::beginning(&id);
        Self { gtid, id, at, time: crate::wire::timestamp_text(&time), whole, cause: None }
    }

    /// The inbox row was seen: everything that follows in this transaction was caused by that command.
    pub(super) fn caused_by(&mut self, cause: Cause) {
        let lineage =
            Lineage::unpack(&cause.lineage).unwrap_or_else(|| Lineage::beginning(&cause.command_id));
        self.whole = lineage.following(&cause.command_id, &self.id, lineage.hop);
        self.cause = Some((cause.command_id, lineage));
    }

    fn lineage(&self, id: &str) -> Lineage {
        self.whole.following(&self.whole.causation, id, self.whole.hop)
    }

    /// The place of the source's transaction in its trace: below the command that caused it, if one did.
    pub(super) fn whole(&self) -> &Lineage {
        &self.whole
    }

    /// The lineage of the command that caused it.
    pub(super) fn above(&self) -> Option<&Lineage> {
        self.cause.as_ref().map(|(_, lineage)| lineage)
    }

    fn correlation(&self) -> &str {
        self.cause.as_ref().map_or(&self.id, |(_, lineage)| &lineage.correlation)
    }
}

/// The tenant of a database, when the source has tenants.
pub(crate) fn tenant<'d>(source: &SourceSpec, database: &'d str) -> Option<&'d str> {
    let prefix = source.databases.strip_suffix('*').filter(|_| source.tenant)?;
    database.strip_prefix(prefix)
}

pub(super) fn row(ground: &Ground, plan: &Plan, begun: &Begun, row: ChangeRow) -> Draft {
    let table = &plan.source.tables[row.table];
    let raw = id::raw(&begun.id, &row.database, table.table, row.ordinal);
    Hop { hop: "row", name: table.table, ..hop(ground, begun, &raw, &row.key) }.tell();
    written(ground, begun, &raw, table.message, &row.key);
    let mut draft = draft(ground, plan, begun, raw, table.message, &row.database, &row.key, row.body);
    draft.headers.extend(row.shape.map(|shape| Header::new(HEADER, shape.hash.as_str())));
    draft
}

/// A dead letter for a change that cannot be handed on: what the source wrote, byte for byte, and why it stopped here. It
/// has no place on the raw topic to go back to: the row's next change comes by itself.
pub(super) fn refused(ground: &Ground, plan: &Plan, begun: &Begun, row: Refused) -> Draft {
    let table = &plan.source.tables[row.table];
    let raw = id::raw(&begun.id, &row.database, table.table, row.ordinal);
    let (code, column, place) = (row.code, row.column.as_str(), row.place.as_str());
    ground.metrics.dead("capture", code);
    tracing::warn!(target: "storm::capture", code, table = table.table, database = &*row.database, column, place,
        why = row.why, "dead letter");
    Hop {
        hop: "dead",
        cause: &begun.id,
        name: table.message,
        note: &row.why,
        ..hop(ground, begun, &raw, "")
    }
    .tell();
    let (database, key) = (row.database.clone(), row.key.clone().unwrap_or_default());
    let mut draft = draft(ground, plan, begun, raw, table.message, &database, &key, row.bytes);
    draft.topic = ground.spec.topics.dead.name.into();
    draft.key = draft.key.filter(|_| row.key.is_some());
    for header in draft.headers.iter_mut().filter(|header| header.key == "content-type") {
        header.value = Some(Bytes::from_static(ROW_BYTES.as_bytes()));
    }
    draft.headers.extend([
        Header::new(HEADER, row.shape.hash.as_str()),
        Header::new("dead-cause", format!("{code}: {}", row.why)),
        Header::new("dead-at", "capture"),
        Header::new("dead-attempts", "1"),
        Header::new("dead-table", format!("{database}.{}", table.table)),
        Header::new("dead-column", column),
        Header::new("dead-place", place),
        Header::new("dead-op", format!("{:?}", row.op).to_lowercase()),
        Header::new("dead-present", row.present.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
    ]);
    draft
}

/// An outbox row of this context; another context's in the same database is passed over.
pub(super) fn recorded(ground: &Ground, plan: &Plan, begun: &Begun, row: Recorded) -> Option<Draft> {
    let ours = plan.records.contains(&row.message.as_str()) || row.message.starts_with(&ground.package());
    if plan.ignore_recorded || !ours {
        return None;
    }
    let raw = id::raw(&begun.id, &row.database, OUTBOX, row.ordinal);
    let message = row.message.clone();
    written(ground, begun, &raw, &message, &row.key);
    Some(draft(ground, plan, begun, raw, &message, &row.database, &row.key, row.body))
}

#[expect(clippy::too_many_arguments, reason = "each is a different part of one record")]
fn draft(
    ground: &Ground,
    plan: &Plan,
    begun: &Begun,
    raw: String,
    message: &str,
    database: &str,
    key: &str,
    body: Vec<u8>,
) -> Draft {
    let tenant = tenant(plan.source, database);
    let envelope = Envelope {
        name: message.to_owned(),
        source: id::ce_source(plan.source.name, tenant),
        time: begun.time.clone(),
        lineage: begun.lineage(&raw),
        id: raw,
    };
    Draft {
        topic: ground.spec.topics.raw.name.into(),
        key: Some(id::key(tenant, key).into_bytes()),
        headers: envelope.headers(),
        body: Some(body),
    }
}

/// Tells that a record goes to the raw topic.
fn written(ground: &Ground, begun: &Begun, raw: &str, message: &str, key: &str) {
    Hop { hop: "raw", cause: &begun.id, name: message, ..hop(ground, begun, raw, key) }.tell();
}

fn hop<'h>(ground: &Ground, begun: &'h Begun, raw: &'h str, key: &'h str) -> Hop<'h> {
    let cause = begun.cause.as_ref().map_or("", |(command, _)| command.as_str());
    let (context, correlation) = (ground.spec.slug, begun.correlation());
    Hop { context, id: raw, cause, key, correlation, ..Hop::default() }
}
