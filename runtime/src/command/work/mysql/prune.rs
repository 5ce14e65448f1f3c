//! Old rows of our two tables, removed page by page along their primary keys. There is no index on time, on purpose: it
//! would cost every command a write, and every table of an earlier version an ALTER. Rows are looked at without a lock and
//! removed by their keys, so that nobody waits for a handler's transaction, nor the other way about.
//! It must not know: how often, or how fast.

#[cfg(test)]
mod tests;

use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, FromRowError, OptsBuilder, Params, Row, Value, from_row_opt};
use tokio::time::timeout;

use super::{DatabaseWork, silent};
use crate::failure::Failure;

/// So many rows are looked at, and removed at most, in one go.
pub(crate) const PAGE: usize = 1_000;
/// Or so many bytes of them: a replica and a binary log get them in one piece.
const PAGE_BYTES: u64 = 4 << 20;
/// How long one statement may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the session is for: rows are removed by row whatever the server's format is, or not at all; times are compared as
/// they were written; whoever holds a row is not waited for; each statement is a transaction.
const SESSION: [&str; 4] = [
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SET time_zone = '+00:00'",
    "SET innodb_lock_wait_timeout = 5",
    "SET autocommit = 1",
];

/// One of the two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    Inbox,
    Outbox,
}

/// Where in a table the next page begins.
#[derive(Debug, Clone)]
pub(crate) struct Place(Value);

/// What became of a page.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) removed: u64,
    /// Where the next one begins, if there is one.
    pub(crate) next: Option<Place>,
}

/// Why old rows were not removed.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The user may not do that.
    Rights(Failure),
    /// Someone holds rows of this page: the next one may be free.
    Busy(Failure, Option<Place>),
    /// The table is not there.
    Absent(Failure),
    /// Nothing more can be done with this table now.
    Table(Failure),
    /// Nothing more can be done on this connection.
    Connection(Failure),
}

/// A connection for this alone: the pool's are the handlers'.
pub(crate) struct Visit {
    conn: Conn,
    prefix: Option<String>,
    /// Stands before each table's name: a statement that is prepared stays in the database that was current then.
    at: String,
}

impl Table {
    pub(crate) const ALL: [Self; 2] = [Self::Inbox, Self::Outbox];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Inbox => "storm_inbox",
            Self::Outbox => "storm_outbox",
        }
    }

    /// Its beginning.
    pub(crate) fn start(self) -> Place {
        Place(match self {
            Self::Inbox => Value::from(""),
            Self::Outbox => Value::from(0_u64),
        })
    }

    /// The primary key, the time, and what is large.
    fn columns(self) -> [&'static str; 3] {
        match self {
            Self::Inbox => ["command_id", "handled_at", "lineage"],
            Self::Outbox => ["id", "created_at", "body"],
        }
    }

    /// True when a page without an old row has no old row behind it: its keys are numbered as rows come.
    fn is_in_order(self) -> bool {
        self == Self::Outbox
    }
}

impl DatabaseWork {
    /// Connects, to look for old rows.
    ///
    /// # Errors
    /// The server cannot be reached, or does not let us in.
    pub(crate) async fn visit(&self) -> Result<Visit, Refused> {
        let options = OptsBuilder::from_opts(self.options.clone()).init(SESSION.to_vec());
        let conn = within(Conn::new(options)).await?;
        Ok(Visit { conn, prefix: self.prefix.clone(), at: String::new() })
    }
}

impl Visit {
    /// The databases that may hold our tables: those of all tenants, or the one that the URL names (an empty name).
    ///
    /// # Errors
    /// The server does not answer.
    pub(crate) async fn databases(&mut self) -> Result<Vec<String>, Refused> {
        let Some(prefix) = &self.prefix else { return Ok(vec![String::new()]) };
        let tables = "SELECT DISTINCT table_schema FROM information_schema.tables \
                      WHERE table_name IN ('storm_inbox', 'storm_outbox')";
        let all: Vec<String> = within(self.conn.query(tables)).await?;
        Ok(all.into_iter().filter(|database| database.starts_with(prefix.as_str())).collect())
    }

    /// Goes to a database. False when another process is at it already.
    ///
    /// # Errors
    /// It is not there, or the user may not go there.
    pub(crate) async fn enter(&mut self, database: &str) -> Result<bool, Refused> {
        if !database.is_empty() {
            let name = format!("`{}`", database.replace('`', "``"));
            within(self.conn.query_drop(format!("USE {name}"))).await?;
            self.at = format!("{name}.");
        }
        let lock = "SELECT GET_LOCK(LEFT(CONCAT('storm_prune.', DATABASE()), 64), 0)";
        let taken: Option<Option<i64>> = within(self.conn.query_first(lock)).await?;
        Ok(taken.flatten() == Some(1))
    }

    /// Leaves it to others.
    ///
    /// # Errors
    /// The server does not answer; it lets go of the lock when the connection ends.
    pub(crate) async fn leave(&mut self) -> Result<(), Refused> {
        let lock = "SELECT RELEASE_LOCK(LEFT(CONCAT('storm_prune.', DATABASE()), 64))";
        within(self.conn.query_drop(lock)).await
    }

    /// Looks at a page of a table and removes what is older than `keep`, in one transaction.
    ///
    /// # Errors
    /// The database refuses; a table that is not there yet has no rows.
    pub(crate) async fn page(&mut self, table: Table, from: Place, keep: Duration) -> Result<Page, Refused> {
        let ([key, time, large], name) = (table.columns(), self.named(table));
        let look = format!(
            "SELECT {key}, {time} < NOW(6) - INTERVAL ? SECOND, LENGTH({large}) FROM {name} \
             WHERE {key} > ? ORDER BY {key} LIMIT {PAGE}"
        );
        let params = Params::Positional(vec![keep.as_secs().into(), from.0]);
        let rows: Vec<Row> = match within(self.conn.exec(look, params)).await {
            Err(Refused::Absent(_)) => return Ok(Page { removed: 0, next: None }),
            rows => rows?,
        };
        let whole = rows.len() == PAGE;
        let (mut old, mut last, mut bytes, mut cut) = (Vec::new(), None, 0_u64, false);
        for row in rows {
            let unreadable = |_: FromRowError| {
                Refused::Table(Failure::for_good("a row of it does not have the types that were created"))
            };
            let (key, is_old, size): (Value, Option<bool>, Option<u64>) =
                from_row_opt(row).map_err(unreadable)?;
            last = Some(Place(key.clone()));
            if is_old == Some(true) {
                old.push(key);
                bytes = bytes.saturating_add(size.unwrap_or_default());
                cut = bytes >= PAGE_BYTES;
                if cut {
                    break;
                }
            }
        }
        let ends = !whole && !cut || table.is_in_order() && old.is_empty();
        let next = last.filter(|_| !ends);
        match self.remove(table, old, keep).await {
            Ok(removed) => Ok(Page { removed, next }),
            Err(Refused::Busy(failure, _)) => Err(Refused::Busy(failure, next)),
            Err(refused) => Err(refused),
        }
    }

    fn named(&self, table: Table) -> String {
        format!("{}{}", self.at, table.name())
    }

    /// Removes these rows by their keys, if they are still as old.
    async fn remove(&mut self, table: Table, keys: Vec<Value>, keep: Duration) -> Result<u64, Refused> {
        if keys.is_empty() {
            return Ok(0);
        }
        let ([key, time, _], name) = (table.columns(), self.named(table));
        // Without the hint a small table is read as a whole, and young rows that handlers hold are waited for.
        let remove = format!(
            "DELETE {name} FROM {name} FORCE INDEX (PRIMARY) WHERE {key} IN ({}?) \
             AND {time} < NOW(6) - INTERVAL ? SECOND",
            "?, ".repeat(keys.len() - 1)
        );
        let params = Params::Positional(keys.into_iter().chain([keep.as_secs().into()]).collect());
        within(self.conn.exec_drop(remove, params)).await?;
        Ok(self.conn.affected_rows())
    }

    /// Ends the connection.
    pub(crate) async fn end(self) {
        // The server forgets it anyway.
        let _ = timeout(Duration::from_secs(1), self.conn.disconnect()).await;
    }
}

/// Waits for an answer, but not for ever.
async fn within<T>(answer: impl Future<Output = Result<T, Error>>) -> Result<T, Refused> {
    match timeout(PATIENCE, answer).await {
        Ok(answer) => answer.map_err(refused),
        Err(_) => Err(Refused::Connection(silent())),
    }
}

fn refused(error: Error) -> Refused {
    let number = match &error {
        Error::Server(said) => said.code,
        _ => return Refused::Connection(error.into()),
    };
    let failure = Failure::from(error);
    match number {
        // Of a database, a table, a column.
        1044 | 1142 | 1143 => Refused::Rights(failure),
        1146 => Refused::Absent(failure),
        // A lock that is held, a deadlock; a node of a cluster that was the other's victim says the same.
        1205 | 1213 => Refused::Busy(failure, None),
        // Shutting down, killed, gone: nothing is to be had of this connection.
        1053 | 1077..=1080 | 1158..=1161 | 1317 | 1927 => Refused::Connection(failure),
        _ => Refused::Table(failure),
    }
}
