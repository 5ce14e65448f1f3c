//! A handler's unit of work: one database transaction, begun with the command's inbox row and committed when the handler
//! returns. Two kinds keep one contract: a real one on MySQL and MariaDB, and a twin in memory. A service without a
//! database has a third, which promises less.
//! It must not know: Kafka, retries, or which handler runs in it.

mod bare;
#[cfg(test)]
mod conformance;
pub(crate) mod memory;
pub(crate) mod mysql;

use std::panic::AssertUnwindSafe;

use bytes::Bytes;
use mysql_async::Params;
use mysql_async::prelude::FromRow;

use crate::Refusal;
use crate::Timestamp;
use crate::command::leash::{Ended, Leash};
use crate::command::{Handle, Handling};
use crate::failure::Failure;
use crate::lineage::Lineage;
use crate::message::Event;

/// The header with the fingerprint of a command's body, where its id follows from a key of the caller's.
pub(crate) const FINGERPRINT: &str = "storm-fingerprint";

/// A command on its way to its handler.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// Its full message name.
    pub(crate) name: String,
    /// Its id: the key of its inbox row.
    pub(crate) id: String,
    /// Its canonical aggregate key.
    pub(crate) key: String,
    /// The tenant it is for.
    pub(crate) tenant: Option<String>,
    /// Where it comes from.
    pub(crate) lineage: Lineage,
    /// When it was due, if a schedule issued it.
    pub(crate) due: Option<Timestamp>,
    /// What tells its body from another one under the same id, where the id follows from a key of the caller's.
    pub(crate) fingerprint: Option<String>,
    /// The command, encoded.
    pub(crate) body: Bytes,
}

impl Order {
    /// What its inbox row keeps of it: where it comes from, and its fingerprint.
    fn kept(&self) -> String {
        let lineage = self.lineage.pack();
        match &self.fingerprint {
            Some(fingerprint) => format!("{lineage}|{fingerprint}"),
            None => lineage,
        }
    }

    /// Its inbox row is there already, and keeps this.
    ///
    /// # Errors
    /// It is another command's (H-111).
    fn already(&self, kept: &str) -> Result<Done, Failure> {
        match (kept.split('|').nth(4), &self.fingerprint) {
            (Some(first), Some(now)) if first != now => Err(Failure::another_body()),
            _ => Ok(Done::Already),
        }
    }
}

/// What came of a command that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    /// The handler ran and its work is committed.
    Acted,
    /// Its inbox row was there already: it acted earlier, nothing was done now.
    Already,
}

/// An event recorded by a handler, on its way to the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub(crate) message: &'static str,
    pub(crate) key: String,
    pub(crate) body: Vec<u8>,
}

/// Transactions of either kind.
pub(crate) enum Transactions {
    /// On MySQL or MariaDB.
    Database(mysql::DatabaseWork),
    /// In memory.
    Memory(memory::MemoryWork),
    /// None: the service has no database.
    Bare,
}

impl Transactions {
    /// True when what a handler does is seen again: its inbox row, or its twin, carries the lineage on.
    pub(crate) fn are_captured(&self) -> bool {
        !matches!(self, Self::Bare)
    }

    /// Does a command once: its inbox row first, then its handler, then the commit. A command whose inbox row is there
    /// already is left alone.
    ///
    /// # Errors
    /// The handler's failure or the database's; nothing is committed then.
    pub(crate) async fn run(
        &self,
        order: &Order,
        table: &dyn Handle,
        leash: &Leash<'_>,
    ) -> Result<Done, Failure> {
        match self {
            Self::Database(database) => database.run(order, table, leash).await,
            Self::Memory(memory) => memory.run(order, table, leash).await,
            Self::Bare => bare::run(order, table, leash).await,
        }
    }
}

/// Runs the handler and gives the unit of work back, for the commit or the rollback.
async fn handle<'w>(mut work: Work<'w>, table: &dyn Handle, leash: &Leash<'_>) -> (Work<'w>, Ended) {
    let order = work.order;
    let ended = match begin(table, order, &mut work) {
        Ok(Some(Ok(handling))) => leash.hold(&order.name, handling).await,
        Ok(Some(Err(refusal))) => Ended::Returned(Err(refusal.into())),
        Ok(None) => Ended::Returned(Err(Failure::unknown_command(&order.name))),
        Err(_) => Ended::Panicked,
    };
    (work, ended)
}

/// The handler, ready to run; or the panic of reading its command.
fn begin<'a, 'w>(
    table: &'a dyn Handle,
    order: &Order,
    work: &'a mut Work<'w>,
) -> std::thread::Result<Option<Result<Handling<'a>, Refusal>>> {
    std::panic::catch_unwind(AssertUnwindSafe(move || {
        let lent = work;
        table.handle(&order.name, &order.body, lent)
    }))
}

/// One database transaction: begun by the runtime with the command's inbox row, committed when the handler returns
/// `Ok`, rolled back when it returns an error or panics.
pub struct Work<'w> {
    kind: Kind<'w>,
    order: &'w Order,
}

enum Kind<'w> {
    Database(mysql_async::Transaction<'w>),
    Memory(&'w mut memory::Draft),
    Bare,
}

impl<'w> Work<'w> {
    /// Runs a statement and returns the number of rows it changed. The in-memory twin notes the statement and returns 1.
    ///
    /// # Errors
    /// The database's answer, classified: an outage is [`Failure::unavailable`], a value that will never fit is
    /// [`Failure::for_good`], the rest is [`Failure::try_again`].
    pub async fn exec(&mut self, sql: &str, params: impl Into<Params> + Send) -> Result<u64, Failure> {
        match &mut self.kind {
            Kind::Database(transaction) => mysql::exec(transaction, sql, params.into()).await,
            Kind::Memory(draft) => Ok(draft.exec(sql, params.into())),
            Kind::Bare => Err(bare::refused("a statement")),
        }
    }

    /// The rows that a query answers with. The in-memory twin answers with what a test prepared, else with none.
    ///
    /// # Errors
    /// As [`Work::exec`]; a row that is not a `T` is a failure for good.
    pub async fn query<T>(&mut self, sql: &str, params: impl Into<Params> + Send) -> Result<Vec<T>, Failure>
    where
        T: FromRow + Clone + Send + 'static,
    {
        match &mut self.kind {
            Kind::Database(transaction) => mysql::query(transaction, sql, params.into()).await,
            Kind::Memory(draft) => draft.query(sql, params.into()),
            Kind::Bare => Err(bare::refused("a query")),
        }
    }

    /// The first row that a query answers with.
    ///
    /// # Errors
    /// As [`Work::query`].
    pub async fn first<T>(
        &mut self,
        sql: &str,
        params: impl Into<Params> + Send,
    ) -> Result<Option<T>, Failure>
    where
        T: FromRow + Clone + Send + 'static,
    {
        Ok(self.query(sql, params).await?.into_iter().next())
    }

    /// Records an event that has no row of its own: an outbox row of this transaction, captured like any other row.
    ///
    /// # Errors
    /// As [`Work::exec`].
    pub async fn record<E: Event>(&mut self, event: E) -> Result<(), Failure> {
        let event = Outgoing { message: E::NAME, key: event.key(), body: event.encode() };
        match &mut self.kind {
            Kind::Database(transaction) => mysql::record(transaction, event).await,
            Kind::Memory(draft) => {
                draft.record(event);
                Ok(())
            }
            Kind::Bare => Err(bare::refused("a recorded event")),
        }
    }

    /// The command's id: the same on every attempt, so it serves as an idempotency key towards external systems.
    pub fn command_id(&self) -> &str {
        &self.order.id
    }

    /// The tenant it is for, when the source has tenants.
    pub fn tenant(&self) -> Option<&str> {
        self.order.tenant.as_deref()
    }

    /// When it was due, if a schedule issued it.
    pub fn due(&self) -> Option<Timestamp> {
        self.order.due
    }
}
