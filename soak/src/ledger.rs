//! What was committed, kept by the database itself: triggers note each change of a row in the transaction that makes it.
//! So the ledger is right after a rollback, and after a kill that leaves a client without an answer.
//! It must not know: topics.

use std::collections::BTreeMap;

use crate::database::{Connection, Error};
use crate::oracle::{Change, TABLES, Table};

/// What the database says was done.
#[derive(Debug, Default, Clone)]
pub(crate) struct Ledger {
    /// Committed changes by context and aggregate key, in the order in which they were made.
    pub(crate) changes: BTreeMap<(String, String), Vec<Change>>,
    /// Recorded events by full message name and aggregate key: how many.
    pub(crate) recorded: BTreeMap<(String, String), usize>,
    /// The commands that handlers have done.
    pub(crate) done: Vec<String>,
    /// How many changes there are.
    pub(crate) rows: usize,
}

/// Makes the ledger and the triggers that fill it.
///
/// # Panics
/// When the server refuses.
pub(crate) fn install(url: &str, database: &str) {
    let mut connection = Connection::open(url).unwrap_or_else(|error| panic!("{url}: {error}"));
    let mut run = |sql: &str| connection.run(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    run("CREATE DATABASE ledger");
    run("CREATE TABLE ledger.changes (seq BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, \
         tbl VARCHAR(40) NOT NULL, k VARCHAR(80) NOT NULL, op VARCHAR(10) NOT NULL, \
         was VARCHAR(500) NOT NULL, now VARCHAR(500) NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4");
    for table in &TABLES {
        let name = table.name;
        for (event, op, key, was, now) in [
            ("INSERT", "inserted", "NEW", "''".to_owned(), print(table, "NEW")),
            ("UPDATE", "updated", "NEW", print(table, "OLD"), print(table, "NEW")),
            ("DELETE", "deleted", "OLD", print(table, "OLD"), "''".to_owned()),
        ] {
            run(&format!(
                "CREATE TRIGGER `{database}`.{name}_{op} AFTER {event} ON `{database}`.{name} FOR EACH ROW \
                 INSERT INTO ledger.changes (tbl, k, op, was, now) VALUES ('{name}', {key}.{}, '{op}', {was}, {now})",
                table.key
            ));
        }
    }
}

fn print(table: &Table, row: &str) -> String {
    let columns = table.columns.iter().map(|column| format!("COALESCE({row}.`{column}`, '')"));
    format!("CONCAT_WS('|', {})", columns.collect::<Vec<_>>().join(", "))
}

impl Ledger {
    /// All that is committed by now.
    ///
    /// # Errors
    /// The database is not there.
    pub(crate) fn read(url: &str) -> Result<Self, Error> {
        let mut connection = Connection::open(url)?;
        let mut fresh = Self::default();
        let query = "SELECT tbl, k, op, was, now FROM ledger.changes ORDER BY seq";
        for (table, key, op, was, now) in
            connection.rows::<(String, String, String, String, String)>(query)?
        {
            let context = TABLES.iter().find(|known| known.name == table).map_or("", |known| known.context);
            fresh.changes.entry((context.to_owned(), key)).or_default().push(Change { table, op, was, now });
            fresh.rows += 1;
        }
        // The runtime makes these two with the first command.
        let there = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'storm_outbox'";
        if connection.rows::<u64>(there)? == [1] {
            for name_and_key in
                connection.rows::<(String, String)>("SELECT message, record_key FROM storm_outbox")?
            {
                *fresh.recorded.entry(name_and_key).or_default() += 1;
            }
            fresh.done = connection.rows("SELECT command_id FROM storm_inbox")?;
        }
        Ok(fresh)
    }
}
