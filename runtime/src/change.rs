//! A change of a row, from the source's bytes to the typed value that a translation reads.
//! It must not know: where the bytes come from or where they go.

use serde::{Deserialize, Serialize};

/// What happened to a row. The numbers are those of the raw message's field 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Op {
    /// The row is new: `after` alone is there.
    Inserted = 1,
    /// The row changed: `before` and `after` are there.
    Updated = 2,
    /// The row is gone: `before` alone is there.
    Deleted = 3,
}

/// A change as capture hands it on: the raw message's bytes and what is needed to key and name it.
///
/// The raw message of every table has one shape: `op = 1` (enum), `before = 2`, `after = 3` (the row message, whose
/// field numbers are [`crate::spec::ColumnSpec::field`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRow {
    /// Which table: an index into [`crate::spec::SourceSpec::tables`].
    pub table: usize,
    /// The database it stands in (the tenant, when the source has tenants).
    pub database: std::sync::Arc<str>,
    /// What happened.
    pub op: Op,
    /// The canonical aggregate key: the key columns of `after` (of `before` for a delete), each as its text
    /// (uuid lower case, decimal with its places, integers in decimal), joined by 0x1F.
    pub key: String,
    /// The raw message, encoded.
    pub body: Vec<u8>,
    /// The place among the changes of this table within its transaction, from 0.
    pub ordinal: u32,
    /// The table's shape at this row, when the source knows it.
    pub shape: Option<std::sync::Arc<crate::source::Named>>,
}

/// A change, decoded: what a generated translation reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Change<R> {
    /// What happened.
    pub op: Op,
    /// The row before: there for `Updated` and `Deleted`.
    pub before: Option<R>,
    /// The row after: there for `Inserted` and `Updated`.
    pub after: Option<R>,
}
