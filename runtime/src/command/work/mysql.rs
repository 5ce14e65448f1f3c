//! A handler's transaction on MySQL or MariaDB: the inbox row is its first write, so that capture can stamp the rows that
//! follow with their cause, and so that a command which comes twice acts once.
//! It must not know: what a handler does in it.

pub(crate) mod prune;

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use mysql_async::prelude::{FromRow, Queryable};
use mysql_async::{
    Conn, Error, Opts, OptsBuilder, Params, Pool, PoolConstraints, PoolOpts, Transaction, TxOpts,
};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::{Done, Kind, Order, Outgoing, Work};
use crate::command::Handle;
use crate::command::leash::{Ended, Leash};
use crate::failure::{self, Failure};
use crate::source::mysql::BOOKKEEPING_TABLES;

/// How long the server may take to let us in, or to answer a ping.
const PATIENCE: Duration = Duration::from_secs(10);
/// Connections beyond those that handlers share: to end a statement that hangs, to ask whether the server answers.
const SPARE: usize = 2;

/// Transactions on a database.
pub(crate) struct DatabaseWork {
    /// How to reach the server without the pool.
    options: Opts,
    pool: Pool,
    /// One a connection: who waits for one waits here, however long, and is not taken for someone who cannot reach the
    /// server.
    turns: Semaphore,
    /// The part of a tenant's database before its name; nothing when there are no tenants.
    prefix: Option<String>,
    /// The databases whose two tables are known to be there.
    ready: Mutex<HashSet<String>>,
}

/// `ER_BAD_DB_ERROR`: a tenant that is not there yet is as little there at the next attempt.
fn is_unknown(error: &Error) -> bool {
    matches!(error, Error::Server(said) if said.code == 1049)
}

fn nobody() -> Failure {
    Failure::for_good("the command's tenant has no database here")
}

/// How a transaction begins.
enum Begun<'c> {
    /// With its inbox row.
    New(Transaction<'c>),
    /// Not at all: the row is there already, and keeps this where anybody asks for it.
    Already(String),
}

/// Why a transaction came to nothing.
struct Lost {
    failure: Failure,
    /// False when nobody knows what the connection was in the middle of: it must not be used again.
    sound: bool,
}

impl<E: Into<Failure>> From<E> for Lost {
    fn from(error: E) -> Self {
        Self { failure: error.into(), sound: true }
    }
}

impl DatabaseWork {
    /// On this server, over so many connections; with a prefix, each command works in the database `<prefix><tenant>`.
    pub(crate) fn new(options: OptsBuilder, connections: usize, prefix: Option<String>) -> Self {
        let most = PoolConstraints::new(0, connections + SPARE).unwrap_or_default();
        let pool = Pool::new(options.clone().pool_opts(PoolOpts::default().with_constraints(most)));
        Self {
            options: options.into(),
            pool,
            turns: Semaphore::new(connections),
            prefix,
            ready: Mutex::default(),
        }
    }

    pub(crate) async fn run(
        &self,
        order: &Order,
        table: &dyn Handle,
        leash: &Leash<'_>,
    ) -> Result<Done, Failure> {
        let _turn = self.turns.acquire().await.map_err(|_| silent())?;
        let mut conn = self.connect().await?;
        match self.within(&mut conn, order, table, leash).await {
            Ok(done) => Ok(done),
            Err(Lost { failure, sound: true }) => Err(failure),
            Err(Lost { failure, sound: false }) => {
                let answers = self.discard(conn).await;
                // A handler that waits in vain for a server that hangs is not to blame.
                Err(if answers { failure } else { silent() })
            }
        }
    }

    async fn connect(&self) -> Result<Conn, Failure> {
        Ok(timeout(PATIENCE, self.pool.get_conn()).await.map_err(|_| silent())??)
    }

    async fn within(
        &self,
        conn: &mut Conn,
        order: &Order,
        table: &dyn Handle,
        leash: &Leash<'_>,
    ) -> Result<Done, Lost> {
        let unsound = |failure: Failure| Lost { failure, sound: false };
        let overdue = |_| unsound(Failure::overdue(leash.limit()));
        let begun = timeout(leash.limit(), self.begin(conn, order)).await.map_err(overdue)??;
        let transaction = match begun {
            Begun::New(transaction) => transaction,
            Begun::Already(kept) => {
                return order.already(&kept).map_err(|failure| Lost { failure, sound: true });
            }
        };
        let (work, ended) =
            super::handle(Work { kind: Kind::Database(transaction), order }, table, leash).await;
        let Kind::Database(transaction) = work.kind else { unreachable!("a unit of work keeps its kind") };
        match ended {
            Ended::Returned(Ok(())) => {
                crate::failpoint::reach("handle-done");
                timeout(leash.limit(), transaction.commit()).await.map_err(overdue)??;
                crate::failpoint::reach("handle-committed");
                Ok(Done::Acted)
            }
            Ended::Returned(Err(failure)) => {
                // A connection that is gone has rolled back already; the handler's own failure is what counts.
                let rolled_back = timeout(leash.limit(), transaction.rollback()).await;
                Err(Lost { failure, sound: rolled_back.is_ok() })
            }
            Ended::Panicked => Err(unsound(Failure::panicked())),
            Ended::Overdue(limit) => Err(unsound(Failure::overdue(limit))),
        }
    }

    /// A transaction whose first write is the inbox row, unless the row is there already.
    async fn begin<'c>(&self, conn: &'c mut Conn, order: &Order) -> Result<Begun<'c>, Failure> {
        let database = match (&self.prefix, &order.tenant) {
            (Some(prefix), Some(tenant)) => format!("{prefix}{tenant}"),
            // A pooled connection still stands in the database of the tenant before.
            (Some(_), None) => {
                return Err(Failure::for_good("the command names no tenant, and its database has them"));
            }
            (None, _) => String::new(),
        };
        if !database.is_empty() {
            let used = conn.query_drop(format!("USE `{}`", database.replace('`', "``"))).await;
            used.map_err(|error| if is_unknown(&error) { nobody() } else { error.into() })?;
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
        match transaction.exec_drop(inbox, (order.id.as_str(), order.kept())).await {
            Ok(()) => {
                crate::failpoint::reach("handle-inbox");
                Ok(Begun::New(transaction))
            }
            Err(Error::Server(error)) if error.code == 1062 => {
                let mut kept = None;
                if order.fingerprint.is_some() {
                    let lineage = "SELECT lineage FROM storm_inbox WHERE command_id = ?";
                    kept = transaction.exec_first(lineage, (order.id.as_str(),)).await?;
                }
                transaction.rollback().await?;
                Ok(Begun::Already(kept.unwrap_or_default()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Ends a connection, and on the server whatever it is in the middle of, so that its locks go and its transaction is
    /// rolled back. True when the server answers at all.
    async fn discard(&self, conn: Conn) -> bool {
        let id = conn.id();
        // Cut short, it still counts as disconnected: the pool forgets it.
        let _ = timeout(Duration::from_millis(100), conn.disconnect()).await;
        let end = async {
            let mut other = self.connect().await?;
            // One that has ended by itself is no longer known (1094).
            let _ = other.query_drop(format!("KILL CONNECTION {id}")).await;
            other.ping().await.map_err(Failure::from)
        };
        matches!(timeout(PATIENCE, end).await, Ok(Ok(())))
    }
}

fn silent() -> Failure {
    Failure {
        kind: failure::Kind::Unavailable,
        code: "H-201",
        message: "the database does not answer".into(),
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
