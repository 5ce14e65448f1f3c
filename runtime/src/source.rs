//! A source: a database whose committed transactions are read in order. One contract, an implementation a kind.
//! It must not know: Kafka, topics, events, or what happens to a row.

pub mod code;
pub mod mysql;
pub mod replay;
mod table_shape;

use std::future::Future;

use serde::{Deserialize, Serialize};

use crate::change::ChangeRow;

pub use table_shape::{ColumnShape, Named, TableShape};

/// Where a source stands: everything that is needed to go on after the last committed transaction.
///
/// Stored as JSON in the progress topic, in the transaction that carries the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Changes only by the operator's word; part of every event id.
    pub incarnation: u32,
    /// The server's identity (MySQL's `server_uuid`; MariaDB: `mariadb:<server_id>`, its best approximation).
    pub server: String,
    /// The whole executed GTID set (MySQL) or GTID per domain (MariaDB), in the server's own text; empty without GTIDs.
    pub gtid_set: String,
    /// Binlog file of the next event.
    pub file: String,
    /// Offset of the next event in that file, in bytes.
    pub offset: u64,
    /// What was read last before this position. It is read again on resuming and must be the same: otherwise the
    /// server's history is another one, whatever its GTIDs say. Absent in what older versions have stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Last>,
}

/// The last committed transaction before a position, captured or not; in a file without one, the head of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// Its GTID in the server's own text; empty without one, and for the head of a file.
    pub gtid: String,
    /// The file that it stands in.
    pub file: String,
    /// Offset of its first event.
    pub offset: u64,
    /// Its length, in bytes.
    pub length: u64,
    /// CRC32 over the checksums of its events, in order.
    pub checksum: u32,
}

/// An inbox row seen as the first write of a transaction: the command that caused it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The command's id.
    pub command_id: String,
    /// The lineage header the command travelled with (see `crate::lineage`), as stored in the inbox row.
    pub lineage: String,
}

/// An event that a handler recorded in its own transaction, read from an inserted row of `storm_outbox`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The database it stands in.
    pub database: std::sync::Arc<str>,
    /// The event's full message name: its `ce_type`.
    pub message: String,
    /// The canonical aggregate key.
    pub key: String,
    /// The event, encoded as protobuf.
    pub body: Vec<u8>,
    /// The place among the outbox rows of this transaction, from 0.
    pub ordinal: u32,
}

/// A change of a captured row that cannot be handed on exactly: a value without a form in the model's type, a key that
/// cannot be made. It takes its place among the changes of its table, so that no other row's id depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Which table: an index into [`crate::spec::SourceSpec::tables`].
    pub table: usize,
    /// The database it stands in.
    pub database: std::sync::Arc<str>,
    /// What happened.
    pub op: crate::change::Op,
    /// The place among the changes of this table within its transaction, from 0.
    pub ordinal: u32,
    /// The canonical aggregate key, when it could be made.
    pub key: Option<String>,
    /// A stable code: `C-154` or `C-156`.
    pub code: &'static str,
    /// The column that is the cause.
    pub column: String,
    /// What is wrong with it, without its value.
    pub why: String,
    /// The table's shape, without which the bytes cannot be read.
    pub shape: std::sync::Arc<Named>,
    /// Where the change stands in the source's log: `file:offset`.
    pub place: String,
    /// Which columns the images hold: for each image (before, after) a bit a column, least significant bit first.
    pub present: Vec<u8>,
    /// The change as the source wrote it: each image's null bits, then its values.
    pub bytes: Vec<u8>,
}

/// One step of a source's stream, in commit order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A transaction starts. `gtid` is unique and the same after any replay: the server's GTID, else `file:offset`.
    Begin {
        /// The transaction's id.
        gtid: String,
        /// The commit's time on the server, microseconds since the epoch (whole seconds where the server says no more).
        at: i64,
    },
    /// The transaction was caused by a command.
    Cause(Cause),
    /// A captured row changed.
    Row(ChangeRow),
    /// A captured row changed, and the change cannot be handed on: it goes to the dead letters, the stream goes on.
    Refused(Refused),
    /// A handler recorded an event.
    Recorded(Recorded),
    /// The transaction is committed; the position is that of the next one.
    Commit(Position),
    /// Nothing happened for a while (a heartbeat); the position has moved past what is of no interest.
    Idle(Position),
}

/// A database's committed changes.
///
/// Promises: each committed row of the captured tables once, in commit order, between the `Begin` and `Commit` of its
/// transaction; nothing that the source does not understand is skipped: it ends in an error.
pub trait Source: Send {
    /// Opens the stream: after `from`, or at the server's present end when there is none. Checks the server's settings
    /// first. Returns the position it starts from.
    ///
    /// # Errors
    /// The server's settings, credentials or position do not allow it (coded, final), or it cannot be reached
    /// ([`SourceError::is_transient`]).
    fn open(&mut self, from: Option<Position>) -> impl Future<Output = Result<Position, SourceError>> + Send;

    /// The next step. Safe to drop and call again between steps.
    ///
    /// # Errors
    /// The connection is gone (transient: open again from the last stored position), or an event that must not be
    /// skipped is not understood (final).
    fn next(&mut self) -> impl Future<Output = Result<Option<Step>, SourceError>> + Send;
}

/// Why a source stopped.
#[derive(Debug)]
pub struct SourceError {
    /// A stable code, for example `C-101`; the list is in `docs/codes.md`.
    pub code: &'static str,
    /// What is wrong, in the operator's words, without row values.
    pub message: String,
    /// What to do: the next command or statement.
    pub help: String,
    /// True when opening again may succeed without anyone acting.
    pub transient: bool,
}

impl SourceError {
    /// True when opening again may succeed without anyone acting.
    pub fn is_transient(&self) -> bool {
        self.transient
    }
}

impl std::fmt::Display for SourceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} (help: {})", self.code, self.message, self.help)
    }
}

impl std::error::Error for SourceError {}
