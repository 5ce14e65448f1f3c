//! A handler's transaction on MySQL or MariaDB: the inbox row is its first write, so that capture can stamp the rows that
//! follow with their cause, and so that a command which comes twice acts once.
//! It must not know: what a handler does in it.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use mysql_async::prelude::{FromRow, Queryable};
use mysql_async::{Error, Params, Pool, Transaction, TxOpts};

use super::{Done, Kind, Order, Outgoing, Work};
use crate::command::Handle;
use crate::failure::Failure;
use crate::source::mysql::BOOKKEEPING_TABLES;

/// Transactions on a database.
pub(crate) struct DatabaseWork {
    pool: Pool,
    /// The part of a tenant's database before its name; nothing when there are no tenants.
    prefix: Option<String>,
    /// The databases whose two tables are known to be there.
    ready: Mutex<HashSet<String>>,
}

impl DatabaseWork {
    /// On this pool; with a prefix, each command works in the database `<prefix><tenant>`.
    pub(crate) fn new(pool: Pool, prefix: Option<String>) -> Self {
        Self { pool, prefix, ready: Mutex::default() }
    }

    pub(crate) async fn run(&self, order: &Order, table: &dyn Handle) -> Result<Done, Failure> {
        let mut conn = self.pool.get_conn().await?;
        let database = match (&self.prefix, &order.tenant) {
            (Some(prefix), Some(tenant)) => format!("{prefix}{tenant}"),
            // A pooled connection still stands in the database of the tenant before.
            (Some(_), None) => {
                return Err(Failure::for_good("the command names no tenant, and its database has them"));
            }
            (None, _) => String::new(),
        };
        if !database.is_empty() {
            conn.query_drop(format!("USE `{}`", database.replace('`', "``"))).await?;
        }
        if !self.ready.lock().unwrap_or_else(PoisonError::into_inner).contains(&database) {
            for table in BOOKKEEPING_TABLES {
                conn.query_drop(table).await?;
            }
            self.ready.lock().unwrap_or_else(PoisonError::into_inner).insert(database);
        }
        let mut transaction = conn.start_transaction(TxOpts::default()).await?;
        crate::failpoint::reach("handle-begun");
        let inbox = "INSERT INTO storm_inbox (command_id, lineage) VALUES (?, ?)";
        match transaction.exec_drop(inbox, (order.id.as_str(), order.lineage.pack())).await {
            Ok(()) => {}
            Err(Error::Server(error)) if error.code == 1062 => {
                transaction.rollback().await?;
                return Ok(Done::Already);
            }
            Err(error) => return Err(error.into()),
        }
        crate::failpoint::reach("handle-inbox");
        let (work, outcome) = super::handle(Work { kind: Kind::Database(transaction), order }, table).await;
        let Kind::Database(transaction) = work.kind else { unreachable!("a unit of work keeps its kind") };
        match outcome {
            Ok(()) => {
                crate::failpoint::reach("handle-done");
                transaction.commit().await?;
                crate::failpoint::reach("handle-committed");
            }
            Err(failure) => {
                // A connection that is gone has rolled back already; the handler's own failure is what counts.
                let _ = transaction.rollback().await;
                return Err(failure);
            }
        }
        Ok(Done::Acted)
    }
}

pub(super) async fn exec(
    transaction: &mut Transaction<'_>,
    sql: &str,
    params: Params,
) -> Result<u64, Failure> {
    transaction.exec_drop(sql, params).await?;
    Ok(transaction.affected_rows())
}

pub(super) async fn query<T: FromRow + Send + 'static>(
    transaction: &mut Transaction<'_>,
    sql: &str,
    params: Params,
) -> Result<Vec<T>, Failure> {
    let rows: Vec<mysql_async::Row> = transaction.exec(sql, params).await?;
    let wrong = || Failure::for_good("a row does not have the type that the handler asks for");
    rows.into_iter().map(|row| T::from_row_opt(row).map_err(|_| wrong())).collect()
}

pub(super) async fn record(transaction: &mut Transaction<'_>, event: Outgoing) -> Result<(), Failure> {
    let outbox = "INSERT INTO storm_outbox (message, record_key, body) VALUES (?, ?, ?)";
    transaction.exec_drop(outbox, (event.message, event.key, event.body)).await?;
    Ok(())
}
