//! A scripted source: transactions that a test writes, in a database that can lose its connection and be read again from
//! any position. Capture cannot tell it from a real one.
//! It must not know: Kafka.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::change::{ChangeRow, Op};
use crate::source::{Cause, Position, Recorded, Source, SourceError, Step};

/// The database `shop`, as a test writes it: one table, one transaction after the other.
#[derive(Clone, Default)]
pub struct Script {
    log: Arc<Mutex<Log>>,
    written: Arc<Notify>,
}

#[derive(Default)]
struct Log {
    transactions: Vec<Vec<Step>>,
    /// Each open stream breaks when this is raised.
    breaks: u64,
}

impl Script {
    /// Commits a transaction that inserts these rows (key, raw body) into the source's first table.
    pub fn insert(&self, rows: &[(&str, Vec<u8>)]) {
        let row = |(ordinal, (key, body)): (u32, &(&str, Vec<u8>))| {
            let (key, body) = ((*key).to_owned(), body.clone());
            let database = "shop".into();
            Step::Row(ChangeRow { table: 0, database, op: Op::Inserted, key, body, ordinal, shape: None })
        };
        self.commit((0..).zip(rows).map(row).collect());
    }

    /// Commits a transaction of a command: its inbox row, then an event in the outbox.
    pub fn record(&self, command_id: &str, lineage: &str, message: &str, key: &str, body: Vec<u8>) {
        let (database, message, key) = ("shop".into(), message.to_owned(), key.to_owned());
        let cause = Cause { command_id: command_id.into(), lineage: lineage.into() };
        self.commit(vec![
            Step::Cause(cause),
            Step::Recorded(Recorded { database, message, key, body, ordinal: 0 }),
        ]);
    }

    /// Breaks the connection of every reader; each may open again.
    pub fn disconnect(&self) {
        self.lock().breaks += 1;
        self.written.notify_waiters();
    }

    fn commit(&self, steps: Vec<Step>) {
        self.lock().transactions.push(steps);
        self.written.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn source(&self) -> ScriptSource {
        ScriptSource { script: self.clone(), transaction: 0, step: 0, breaks: self.lock().breaks }
    }
}

/// One reader of a script.
pub(super) struct ScriptSource {
    script: Script,
    transaction: usize,
    /// 0 is `Begin`, then the steps, then `Commit`.
    step: usize,
    breaks: u64,
}

fn position(transaction: usize) -> Position {
    Position {
        incarnation: 1,
        server: "script".into(),
        gtid_set: format!("0-1-{transaction}"),
        file: "script.000001".into(),
        offset: transaction as u64,
        last: None,
    }
}

impl ScriptSource {
    fn try_next(&mut self) -> Result<Option<Step>, SourceError> {
        let log = self.script.lock();
        if log.breaks != self.breaks {
            let (message, help) = ("the connection is gone".into(), "nothing to do".into());
            return Err(SourceError { code: "C-199", message, help, transient: true });
        }
        let Some(steps) = log.transactions.get(self.transaction) else { return Ok(None) };
        let step = match self.step {
            0 => Step::Begin { gtid: format!("0-1-{}", self.transaction + 1), at: 1_700_000_000_000_000 },
            n if n <= steps.len() => steps[n - 1].clone(),
            _ => Step::Commit(position(self.transaction + 1)),
        };
        if self.step > steps.len() {
            (self.transaction, self.step) = (self.transaction + 1, 0);
        } else {
            self.step += 1;
        }
        Ok(Some(step))
    }
}

impl Source for ScriptSource {
    async fn open(&mut self, from: Option<Position>) -> Result<Position, SourceError> {
        self.transaction = from.map_or(0, |position| position.offset as usize);
        Ok(position(self.transaction))
    }

    async fn next(&mut self) -> Result<Option<Step>, SourceError> {
        loop {
            let written = self.script.written.clone();
            let written = written.notified();
            tokio::pin!(written);
            written.as_mut().enable();
            if let Some(step) = self.try_next()? {
                return Ok(Some(step));
            }
            written.await;
        }
    }
}
