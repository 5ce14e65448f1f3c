//! What the compiler knows of a context, as constants: the generated crate fills these in, the runtime reads them.
//! It must not know: `.storm` text, templates, or how any of these names was chosen.

mod command;
mod webhook;

pub use command::{CommandSpec, FieldSpec, Kind, Shape};
pub use webhook::{CallId, WebhookSpec};

/// One bounded context: everything about it that does not depend on a deployment.
#[derive(Debug)]
pub struct ContextSpec {
    /// The model's name, for example `shop`.
    pub system: &'static str,
    /// The context's name in the model, for example `Ordering`.
    pub name: &'static str,
    /// The context's name in topics, ids and metrics, for example `ordering`.
    pub slug: &'static str,
    /// The topics this context owns.
    pub topics: TopicsSpec,
}

/// The topics a context owns. `progress` topics are named from these and the source.
#[derive(Debug)]
pub struct TopicsSpec {
    /// `priv_<context>`: raw rows, the source's own shape.
    pub raw: TopicSpec,
    /// `<context>_events`: the public contract.
    pub events: TopicSpec,
    /// `<context>_commands`: commands sent to this context from outside its process.
    pub commands: TopicSpec,
    /// `<context>_dead`: records given up on, with cause and attempts.
    pub dead: TopicSpec,
}

/// A topic as the model wants it. Created like this if absent; a difference is reported, never altered.
#[derive(Debug, Clone)]
pub struct TopicSpec {
    /// The topic's name.
    pub name: &'static str,
    /// Number of partitions.
    pub partitions: i32,
    /// Replicas in a real deployment; the embedded broker has one.
    pub replicas: i16,
    /// `min.insync.replicas`.
    pub min_insync: i16,
    /// Topic-level settings by Kafka's names, for example `("retention.ms", "259200000")`.
    pub settings: &'static [(&'static str, &'static str)],
}

/// An external system that handlers call.
#[derive(Debug)]
pub struct ExternalSpec {
    /// The slug of the context that calls it, for example `payments`.
    pub context: &'static str,
    /// Its name in the model, for example `PayPal`.
    pub name: &'static str,
    /// Where it is.
    pub url: Option<&'static str>,
    /// How long a call may take.
    pub timeout: Option<std::time::Duration>,
    /// So many calls in any such time, of each replica.
    pub at_most: Option<(u32, std::time::Duration)>,
}

/// A database that rows are captured from.
#[derive(Debug)]
pub struct SourceSpec {
    /// The source's name in the model, for example `shop`.
    pub name: &'static str,
    /// Databases by exact name or a trailing `*`; the matched part after the prefix is the tenant.
    pub databases: &'static str,
    /// True when the model says `databases "shop_*" as tenant`.
    pub tenant: bool,
    /// The tables this context captures from this source, `storm_outbox` and `storm_inbox` not among them.
    pub tables: &'static [TableSpec],
}

/// A captured table: its columns, its key, and where each column stands in the raw protobuf message.
#[derive(Debug)]
pub struct TableSpec {
    /// The table's name in the database.
    pub table: &'static str,
    /// The raw record's `ce_type`: the full name of its protobuf message, for example `shop.ordering.v1.OrdersChange`.
    pub message: &'static str,
    /// The columns that hold the aggregate's key, in the aggregate's order.
    pub key: &'static [&'static str],
    /// Every column of the checked-in DDL.
    pub columns: &'static [ColumnSpec],
}

/// A column and its place in the row message.
#[derive(Debug)]
pub struct ColumnSpec {
    /// The column's name in the database.
    pub name: &'static str,
    /// Its protobuf field number in the row message.
    pub field: u32,
    /// How its value is written.
    pub wire: Wire,
}

/// How a column's value is written to the raw message. NULL is an absent field; every field of a row is `optional`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// `bool`, from TINYINT(1) holding 0 or 1; any other value is refused.
    Bool,
    /// `int32`, plain varint: TINYINT, SMALLINT, MEDIUMINT, INT, YEAR.
    Int32,
    /// `int64`, plain varint: BIGINT.
    Int64,
    /// `uint32`: the unsigned ones.
    Uint32,
    /// `uint64`: BIGINT UNSIGNED, BIT.
    Uint64,
    /// `float`.
    Float,
    /// `double`.
    Double,
    /// `string`: CHAR, VARCHAR, TEXT in UTF-8.
    String,
    /// `bytes`: BINARY, VARBINARY, BLOB, GEOMETRY.
    Bytes,
    /// `string` with exactly `scale` places: DECIMAL.
    Decimal {
        /// Places after the point.
        scale: u8,
    },
    /// `string`, 8-4-4-4-12 lower case: CHAR(36), BINARY(16), MariaDB's UUID.
    Uuid,
    /// `string`, ISO 8601 `2026-11-22`: DATE.
    Date,
    /// `google.protobuf.Duration`: TIME, which runs from -838:59:59 to 838:59:59.
    Time,
    /// `google.protobuf.Timestamp`: TIMESTAMP, and DATETIME read as UTC; microseconds are kept.
    Timestamp,
    /// `string` holding JSON text.
    Json,
    /// `string`: the chosen value of an ENUM.
    Enum,
    /// `string`: the members of a SET, joined by commas.
    Set,
}
