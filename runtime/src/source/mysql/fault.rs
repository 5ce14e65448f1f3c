//! What each fault of the stream is called and what to do about it, with its place in the binary log.
//! It must not know: how faults are found. No message holds a row's value.

use super::bytes::Malformed;
use super::rows::RowsFault;
use super::shape::{Misfit, RowFault};
use super::tables::MapFault;
use crate::source::code::{self, halt};
use crate::source::{Position, SourceError};

/// Makes errors for an event at a place.
pub(in crate::source) struct Faults<'a> {
    /// The source's name.
    pub source: &'a str,
    /// Where the reader stands.
    pub position: &'a Position,
    /// Where the event starts, in the same file.
    pub offset: u64,
}

impl Faults<'_> {
    fn at(&self) -> String {
        format!("at `{}:{}`", self.position.file, self.offset)
    }

    /// The way on when there is no other: an operator's word.
    fn skip(&self) -> String {
        format!(
            "what it holds cannot be captured: {}, without it",
            anew(self.source, self.position.incarnation)
        )
    }

    fn anew(&self) -> String {
        anew(self.source, self.position.incarnation)
    }

    pub fn malformed(&self, Malformed(what): Malformed) -> SourceError {
        if what == "checksum" {
            let message = format!("the event {} does not agree with its checksum", self.at());
            return halt(
                code::CHECKSUM,
                message,
                "check the server's disk with `mariadb-binlog` or `mysqlbinlog`",
            );
        }
        let message = format!("the {what} in the event {} is damaged or cut short", self.at());
        halt(
            code::MALFORMED,
            message,
            "check the file with `mariadb-binlog` or `mysqlbinlog`, and report its version",
        )
    }

    pub fn unknown(&self, kind: u8) -> SourceError {
        let message = format!("the event {} has the unknown type {kind}, which may carry rows", self.at());
        halt(code::UNKNOWN_EVENT, message, "use a version of this service that knows the server's version")
    }

    pub fn undecoded(&self, kind: u8, table: Option<&str>) -> SourceError {
        let of = table.map_or("an unknown table".to_owned(), |table| format!("`{table}`"));
        let message =
            format!("the event {} holds rows of {of} in the form {kind}, which is not read", self.at());
        let help = if kind == super::event::kind::PARTIAL_UPDATE_ROWS {
            "SET GLOBAL binlog_row_value_options = ''"
        } else {
            "SET GLOBAL log_bin_compress = OFF"
        };
        halt(code::UNDECODED_ROWS, message, format!("{help}; {}", self.skip()))
    }

    pub fn rows(&self, fault: RowsFault) -> SourceError {
        match fault {
            RowsFault::Malformed(why) => self.malformed(why),
            RowsFault::Undescribed => {
                let message =
                    format!("the rows {} belong to a table that was not described before", self.at());
                halt(
                    code::NO_TABLE_MAP,
                    message,
                    format!("the stored position is inside a transaction: {}", self.anew()),
                )
            }
        }
    }

    pub fn outside(&self) -> SourceError {
        let message = format!("the rows {} belong to no transaction", self.at());
        halt(
            code::NO_TABLE_MAP,
            message,
            format!("the stored position is inside a transaction: {}", self.anew()),
        )
    }

    pub fn xa(&self) -> SourceError {
        let message = format!("the XA transaction that is prepared {} changes captured rows", self.at());
        let help = format!(
            "end it first, so that none of its rows comes after the new beginning: `XA RECOVER` lists it, `XA COMMIT` or `XA \
             ROLLBACK` ends it; {}; change captured tables in ordinary transactions",
            self.skip()
        );
        halt(code::XA, message, help)
    }

    pub fn large_xa(&self, most: usize) -> SourceError {
        let mib = most >> 20;
        let message = format!(
            "an XA transaction holds more than {mib} MiB of captured rows {} before it says whether they are committed",
            self.at()
        );
        let help = format!(
            "end it if it is prepared (`XA RECOVER`); change captured tables in ordinary transactions; {}",
            self.skip()
        );
        halt(code::XA, message, help)
    }

    pub fn statement(&self) -> SourceError {
        let message = format!("a change of a captured database was logged as a statement {}", self.at());
        halt(
            code::STATEMENT,
            message,
            format!("SET GLOBAL binlog_format = 'ROW', and in that session; {}", self.skip()),
        )
    }

    pub fn incident(&self) -> SourceError {
        let message = format!("the server says {} that it lost events", self.at());
        halt(code::INCIDENT, message, format!("see the server's error log, then {}", self.anew()))
    }

    pub fn rolled_back(&self) -> SourceError {
        let message = format!("the transaction {} takes back captured rows that are in the log", self.at());
        halt(
            code::ROLLED_BACK,
            message,
            format!("keep captured tables in InnoDB, alone in a transaction; {}", self.skip()),
        )
    }

    pub fn unfinished(&self) -> SourceError {
        let message = format!("the transaction before {} neither commits nor rolls back", self.at());
        halt(code::UNFINISHED, message, format!("the server crashed while it wrote it; {}", self.skip()))
    }

    pub fn table(&self, fault: MapFault) -> SourceError {
        let (database, table, misfit) = match fault {
            MapFault::Malformed(why) => return self.malformed(why),
            MapFault::Misfit { database, table, misfit } => (database, table, misfit),
        };
        let (table, at) = (format!("`{database}.{table}`"), self.at());
        match misfit {
            Misfit::Nameless => {
                let message = format!("the table {table} has no column names in the binary log {at}");
                halt(
                    code::NO_NAMES,
                    message,
                    format!("SET GLOBAL binlog_row_metadata = 'FULL'; {}", self.skip()),
                )
            }
            Misfit::Missing { column } => {
                let message = format!("the table {table} has no column `{column}` {at}");
                halt(code::COLUMN_MISSING, message, "update the model's schema and generate the service anew")
            }
            Misfit::Type { column, found, wanted } => {
                let message =
                    format!("the column `{column}` of {table} is {found} {at}, the model says {wanted}");
                halt(code::COLUMN_TYPE, message, "update the model's schema and generate the service anew")
            }
            Misfit::Key { column } => {
                let message =
                    format!("the key of {table} names the column `{column}`, which the model does not hold");
                halt(code::KEY, message, "generate the service anew")
            }
        }
    }

    pub fn row(&self, database: &str, table: &str, fault: RowFault) -> SourceError {
        let (of, at) = (format!("`{database}.{table}`"), self.at());
        match fault {
            RowFault::Malformed(why) => self.malformed(why),
            RowFault::Absent { column } => {
                let message = format!("a row of {of} {at} leaves out the column `{column}`");
                halt(
                    code::ROW_IMAGE,
                    message,
                    format!("SET GLOBAL binlog_row_image = 'FULL', and in that session; {}", self.skip()),
                )
            }
            RowFault::Inexpressible { .. } | RowFault::NullKey { .. } | RowFault::SeparatorInKey { .. } => {
                let (code, _, why) = refused(&fault);
                let message = format!("a row of {of} {at} cannot be read: {why}");
                halt(
                    code,
                    message,
                    format!("`{table}` is the service's own: leave it to it; {}", self.skip()),
                )
            }
            RowFault::TooLarge => {
                let message = format!("a row of {of} {at} is larger than 16 MiB");
                halt(code::ROW_SIZE, message, format!("store large values elsewhere; {}", self.skip()))
            }
        }
    }
}

/// What an operator sets so that a source begins anew at its server's present end.
pub(in crate::source) fn anew(source: &str, incarnation: u32) -> String {
    format!(
        "set `source.{source}.incarnation = {}` to begin at the server's present end",
        incarnation.saturating_add(1)
    )
}

/// The code of a fault of a row alone, the column it is of, and what is wrong in words, without the value.
pub(in crate::source) fn refused(fault: &RowFault) -> (&'static str, &str, String) {
    match fault {
        RowFault::Inexpressible { column, wanted } => {
            (code::VALUE, column, format!("the column `{column}` holds a value that is not {wanted}"))
        }
        RowFault::NullKey { column } => (code::KEY, column, format!("the key column `{column}` is NULL")),
        RowFault::SeparatorInKey { column } => {
            (code::KEY, column, format!("the key column `{column}` holds the separator 0x1F"))
        }
        RowFault::Malformed(_) | RowFault::Absent { .. } | RowFault::TooLarge => {
            unreachable!("a fault of more than one row")
        }
    }
}
