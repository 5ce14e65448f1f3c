//! The two tables that a command handler's transaction writes beside its own rows, and how capture reads them.
//! It must not know: who creates them.

use std::sync::Arc;

use super::proto;
use crate::source::{Cause, Recorded};
use crate::spec::{ColumnSpec, TableSpec, Wire};

/// The statements that create the two tables, run one by one in the handler's database. They leave existing ones alone.
///
/// `storm_inbox` holds a row for each command that was handled, written first in its transaction; `storm_outbox` holds
/// events that have no row of their own.
pub const BOOKKEEPING_TABLES: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS storm_inbox (
        command_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
        lineage TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        handled_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
    ) ENGINE=InnoDB",
    "CREATE TABLE IF NOT EXISTS storm_outbox (
        id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
        message VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        record_key VARCHAR(512) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        body MEDIUMBLOB NOT NULL,
        created_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
    ) ENGINE=InnoDB",
];

/// What capture reads of the inbox.
pub(in crate::source) const INBOX: TableSpec = TableSpec {
    table: "storm_inbox",
    message: "",
    key: &[],
    columns: &[
        ColumnSpec { name: "command_id", field: 1, wire: Wire::String },
        ColumnSpec { name: "lineage", field: 2, wire: Wire::String },
    ],
};

/// What capture reads of the outbox.
pub(in crate::source) const OUTBOX: TableSpec = TableSpec {
    table: "storm_outbox",
    message: "",
    key: &[],
    columns: &[
        ColumnSpec { name: "message", field: 1, wire: Wire::String },
        ColumnSpec { name: "record_key", field: 2, wire: Wire::String },
        ColumnSpec { name: "body", field: 3, wire: Wire::Bytes },
    ],
};

/// The cause in an inbox row's message.
pub(in crate::source) fn cause(row: &[u8]) -> Cause {
    Cause { command_id: text(1, row), lineage: text(2, row) }
}

/// The event in an outbox row's message.
pub(in crate::source) fn recorded(row: &[u8], database: Arc<str>, ordinal: u32) -> Recorded {
    let body = proto::find(3, row).unwrap_or_default().to_vec();
    Recorded { database, message: text(1, row), key: text(2, row), body, ordinal }
}

/// A field that capture itself wrote as a string; absent for NULL, which the tables do not allow.
fn text(field: u32, row: &[u8]) -> String {
    String::from_utf8_lossy(proto::find(field, row).unwrap_or_default()).into_owned()
}
