//! A captured row as a raw record: its id, key, headers. Plain functions of the step and its transaction.
//! It must not know: Kafka's transactions.

use chrono::{TimeZone, Utc};

use super::Plan;
use crate::change::ChangeRow;
use crate::cloudevents::Envelope;
use crate::flow::Ground;
use crate::id;
use crate::lineage::Lineage;
use crate::log::Draft;
use crate::source::{Cause, Recorded};
use crate::spec::SourceSpec;
use crate::telemetry::hop::Hop;

/// The table that handlers record events in.
pub(crate) const OUTBOX: &str = "storm_outbox";

/// A source transaction that has begun.
pub(super) struct Begun {
    pub(super) gtid: String,
    /// Its id: the correlation of what begins with it.
    pub(super) id: String,
    time: String,
    /// The command that caused it, and its lineage.
    cause: Option<(String, Lineage)>,
}

impl Begun {
    pub(super) fn new(gtid: String, id: String, at: i64) -> Self {
        let time = Utc.timestamp_micros(at).single().unwrap_or_default();
        Self { gtid, id, time: crate::wire::timestamp_text(&time), cause: None }
    }

    /// The inbox row was seen: everything that follows in this transaction was caused by that command.
    pub(super) fn caused_by(&mut self, cause: Cause) {
        let lineage =
            Lineage::unpack(&cause.lineage).unwrap_or_else(|| Lineage::beginning(&cause.command_id));
        self.cause = Some((cause.command_id, lineage));
    }

    fn lineage(&self, id: &str) -> Lineage {
        match &self.cause {
            None => {
                let traceparent = Lineage::beginning(&self.id).traceparent;
                Lineage { traceparent, correlation: self.id.clone(), ..Lineage::default() }
            }
            Some((command, lineage)) => lineage.following(command, id, lineage.hop),
        }
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
    draft(ground, plan, begun, raw, table.message, &row.database, &row.key, row.body)
}

/// An outbox row of this context; another context's in the same database is passed over.
pub(super) fn recorded(ground: &Ground, plan: &Plan, begun: &Begun, row: Recorded) -> Option<Draft> {
    let ours = plan.records.contains(&row.message.as_str()) || row.message.starts_with(&ground.package());
    if plan.ignore_recorded || !ours {
        return None;
    }
    let raw = id::raw(&begun.id, &row.database, OUTBOX, row.ordinal);
    let message = row.message.clone();
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
    Hop { hop: "raw", cause: &begun.id, name: message, ..hop(ground, begun, &raw, key) }.tell();
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

fn hop<'h>(ground: &Ground, begun: &'h Begun, raw: &'h str, key: &'h str) -> Hop<'h> {
    let cause = begun.cause.as_ref().map_or("", |(command, _)| command.as_str());
    let (context, correlation) = (ground.spec.slug, begun.correlation());
    Hop { context, id: raw, cause, key, correlation, ..Hop::default() }
}
