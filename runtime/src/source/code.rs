//! The codes a source stops with, each with its meaning: what `docs/codes.md` is made from.
//! It must not know: how any of them comes about.

use super::SourceError;

/// Each code with what it means, in order.
pub const CODES: &[(&str, &str)] = &[
    (UNREACHABLE, "the database server cannot be reached; it is tried again"),
    (CREDENTIALS, "the database server refuses the user or the password"),
    (TLS, "TLS is asked for, and this build has none"),
    (PRIVILEGE, "the user lacks a privilege that capture needs"),
    (NO_LOG, "the server writes no binary log"),
    (FORMAT, "`binlog_format` is not ROW"),
    (IMAGE, "`binlog_row_image` is not FULL"),
    (METADATA, "`binlog_row_metadata` is not FULL"),
    (COMPRESSION, "the server writes rows in a form that is not read"),
    (OTHER_SERVER, "the stored position belongs to another server"),
    (POSITION_LOST, "the stored position is no longer in the binary log"),
    (INCARNATION, "the stored position has a later incarnation than the configuration"),
    (REPLACED, "another reader took this `server_id`"),
    (CONFIGURATION, "the source's configuration is not valid"),
    (OTHER_HISTORY, "the server has another history than the one that was captured"),
    (DISCONNECTED, "the connection to the database is gone; it is opened again"),
    (SILENT, "the database sends nothing, not even heartbeats; it is opened again"),
    (MALFORMED, "an event is damaged or cut short"),
    (CHECKSUM, "an event does not agree with its checksum"),
    (UNKNOWN_EVENT, "an event of an unknown type, which may carry rows"),
    (UNDECODED_ROWS, "rows of a captured table in a form that is not read"),
    (NO_TABLE_MAP, "rows of a table that was never described"),
    (XA, "an XA transaction with captured rows"),
    (STATEMENT, "a change of a captured database that was logged as a statement"),
    (INCIDENT, "the server lost events of its binary log"),
    (ROLLED_BACK, "a transaction that takes captured rows back"),
    (UNFINISHED, "a transaction that neither commits nor rolls back"),
    (PREPARED, "XA transactions were prepared before capture begins; it goes on without their rows"),
    (COLUMN_MISSING, "a column of the model is not in the table"),
    (COLUMN_TYPE, "a column's type does not fit the model's without loss"),
    (NO_NAMES, "a table's column names are not in the binary log"),
    (ROW_IMAGE, "a row leaves out a column of the model"),
    (VALUE, "a value cannot be said exactly in the column's type; its row is dead-lettered"),
    (ROW_SIZE, "a row is larger than 16 MiB"),
    (KEY, "a row's key cannot be made; it is dead-lettered"),
    (RECORDING, "a recorded binary log cannot be read"),
];

pub(super) const UNREACHABLE: &str = "C-101";
pub(super) const CREDENTIALS: &str = "C-102";
pub(super) const TLS: &str = "C-103";
pub(super) const PRIVILEGE: &str = "C-104";
pub(super) const NO_LOG: &str = "C-105";
pub(super) const FORMAT: &str = "C-106";
pub(super) const IMAGE: &str = "C-107";
pub(super) const METADATA: &str = "C-108";
pub(super) const COMPRESSION: &str = "C-109";
pub(super) const OTHER_SERVER: &str = "C-110";
pub(super) const POSITION_LOST: &str = "C-111";
pub(super) const INCARNATION: &str = "C-112";
pub(super) const REPLACED: &str = "C-113";
pub(super) const CONFIGURATION: &str = "C-114";
pub(super) const OTHER_HISTORY: &str = "C-115";
pub(super) const DISCONNECTED: &str = "C-120";
pub(super) const SILENT: &str = "C-121";
pub(super) const MALFORMED: &str = "C-130";
pub(super) const CHECKSUM: &str = "C-131";
pub(super) const UNKNOWN_EVENT: &str = "C-132";
pub(super) const UNDECODED_ROWS: &str = "C-133";
pub(super) const NO_TABLE_MAP: &str = "C-134";
pub(super) const XA: &str = "C-135";
pub(super) const STATEMENT: &str = "C-136";
pub(super) const INCIDENT: &str = "C-137";
pub(super) const ROLLED_BACK: &str = "C-138";
pub(super) const UNFINISHED: &str = "C-139";
pub(super) const PREPARED: &str = "C-140";
pub(super) const COLUMN_MISSING: &str = "C-150";
pub(super) const COLUMN_TYPE: &str = "C-151";
pub(super) const NO_NAMES: &str = "C-152";
pub(super) const ROW_IMAGE: &str = "C-153";
pub(super) const VALUE: &str = "C-154";
pub(super) const ROW_SIZE: &str = "C-155";
pub(super) const KEY: &str = "C-156";
pub(super) const RECORDING: &str = "C-160";

/// An error that someone must act on.
pub(super) fn halt(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> SourceError {
    SourceError { code, message: message.into(), help: help.into(), transient: false }
}

/// An error after which opening again may succeed.
pub(super) fn retry(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> SourceError {
    SourceError { code, message: message.into(), help: help.into(), transient: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_said_once() {
        assert!(CODES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
