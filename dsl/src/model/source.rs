//! Where rows come from and where records go: sources, their tables, captures, streams.

use super::{ColumnKind, ContextId, EventId, Expr, Head, RowChange, SourceId, TableId, ViewId};
use crate::source::Span;

/// Where rows or calls come from.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its head.
    pub head: Head,
    /// Its kind.
    pub kind: SourceKind,
    /// The DDL snapshot's path.
    pub schema: Option<String>,
    /// The databases' pattern; the source's name if it says nothing.
    pub databases: String,
    /// `as tenant`
    pub tenant: bool,
    /// The tables it names; a webhook's calls are rows of one table, reckoned from its captures.
    pub tables: Vec<TableId>,
    /// What a webhook says.
    pub webhook: Option<Webhook>,
}

/// Where a webhook is called, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// `path "/paypal"`
    pub path: String,
    /// What a repeated call is known by.
    pub id: CallId,
    /// The header that holds HMAC-SHA256 of the body.
    pub signature: Option<String>,
}

/// Where a call's id stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallId {
    /// In this header.
    Header(String),
    /// In this field of the body: `data.id`.
    Field(String),
}

/// The kinds of source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// MySQL or MariaDB.
    Mysql,
    /// PostgreSQL (later).
    Postgres,
    /// Topics that Debezium fills (later).
    Debezium,
    /// An outbox table alone (later).
    Outbox,
    /// Calls of an external system.
    Webhook,
}

/// A table of a DDL snapshot.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its comment in the DDL, if any.
    pub doc: Option<String>,
    /// The source.
    pub source: SourceId,
    /// Its columns in the DDL's order.
    pub columns: Vec<Column>,
    /// The primary key's columns.
    pub primary_key: Vec<String>,
    /// The context it feeds, reckoned from captures.
    pub feeds: Option<ContextId>,
    /// The columns that hold the aggregate's key, in the aggregate's order, reckoned from captures; empty if none feeds.
    pub key: Vec<String>,
    /// Its place in the DDL.
    pub span: Span,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type as the DDL says it, for messages: `decimal(12,2)`, `bigint unsigned`.
    pub sql: String,
    /// Its kind.
    pub kind: ColumnKind,
    /// May it be NULL?
    pub nullable: bool,
    /// Its comment in the DDL, if any.
    pub doc: Option<String>,
    /// Its place in the DDL.
    pub span: Span,
}

/// A capture.
#[derive(Debug, Clone)]
pub struct Capture {
    /// The event.
    pub event: EventId,
    /// The source.
    pub source: SourceId,
    /// The table, or the webhook's calls; none where nothing describes the rows.
    pub table: Option<TableId>,
    /// What must have happened to the row; none for a webhook.
    pub change: Option<RowChange>,
    /// `where …`
    pub condition: Option<Expr>,
    /// The event's fields: (index into its fields, value), in the event's field order.
    pub values: Vec<(usize, Expr)>,
    /// Its doc.
    pub doc: Option<String>,
    /// The whole place.
    pub span: Span,
}

/// Which stream of a context.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum StreamKind {
    /// `raw`
    Raw,
    /// `events`
    Events,
    /// `commands`
    Commands,
    /// `dead`
    Dead,
    /// A stream of its own.
    Named(String),
}

/// What the model says of a stream.
#[derive(Debug, Clone)]
pub struct Stream {
    /// Its head (`context` is the context it belongs to).
    pub head: Head,
    /// Which one.
    pub kind: StreamKind,
    /// `topic "…"`
    pub topic: Option<String>,
    /// `partitions 12`
    pub partitions: Option<u32>,
    /// `partitions for 2_000/s of 400 B, skew 20% on 1% of keys`
    pub load: Option<Load>,
    /// Retention by time, milliseconds.
    pub retention_time: Option<u64>,
    /// Retention by size, bytes of the whole topic.
    pub retention_size: Option<u64>,
    /// `replicas 3`
    pub replicas: Option<u32>,
    /// `message at most 1MB`, bytes.
    pub message_at_most: Option<u64>,
    /// `of X where …`: content-based routing (later).
    pub of: Option<(EventId, Span)>,
    /// `compacted latest V` (later).
    pub compacted: Option<(ViewId, Span)>,
}

/// A throughput to reckon partitions from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Records a second, in thousandths (2_000/s is 2_000_000).
    pub millirate: u64,
    /// Bytes a record.
    pub bytes: u64,
    /// Percent of the load on a percent of the keys.
    pub skew: Option<(u64, u64)>,
}
