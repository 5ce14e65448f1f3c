//! The in-memory twin of a handler's transaction: the same contract, no database. Statements are noted, queries answered
//! with what a test prepared, recorded events handed on when the handler returns `Ok`, and nothing when it does not.
//! It must not know: where recorded events go.

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use mysql_async::Params;

use super::{Done, Kind, Order, Outgoing, Work};
use crate::command::Handle;
use crate::command::leash::Leash;
use crate::failure::Failure;

/// What a committed twin leaves behind.
#[derive(Debug, Clone)]
pub(crate) struct Committed {
    /// The command that did it.
    pub(crate) order: Order,
    /// The statements it ran, in order.
    pub(crate) statements: Vec<String>,
    /// The events it recorded, in order.
    pub(crate) recorded: Vec<Outgoing>,
}

type Handing = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>>;

/// Where a committed twin's events go, in place of an outbox table that is captured.
pub(crate) type Sink = Box<dyn Fn(Committed) -> Handing + Send + Sync>;

/// Answers to queries, prepared by a test: the rows for statements that contain a text.
#[derive(Debug, Default)]
pub(crate) struct Answers(Vec<(String, Box<dyn Any + Send>)>);

impl Answers {
    /// Statements that contain `part` are answered with `rows`.
    pub(crate) fn prepare<T: Clone + Send + 'static>(&mut self, part: &str, rows: Vec<T>) {
        self.0.push((part.to_owned(), Box::new(rows)));
    }
}

/// Transactions in memory.
pub(crate) struct MemoryWork {
    /// What is kept of each command that acted, by its id.
    inbox: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Option<String>>>>>,
    answers: Arc<Mutex<Answers>>,
    sink: Sink,
}

/// One transaction in memory, not yet committed.
pub(super) struct Draft {
    statements: Vec<String>,
    recorded: Vec<Outgoing>,
    answers: Arc<Mutex<Answers>>,
}

impl MemoryWork {
    pub(crate) fn new(sink: Sink) -> Self {
        Self { inbox: Mutex::default(), answers: Arc::default(), sink }
    }

    /// The prepared answers, shared with every transaction.
    pub(crate) fn answers(&self) -> &Arc<Mutex<Answers>> {
        &self.answers
    }

    pub(crate) async fn run(
        &self,
        order: &Order,
        table: &dyn Handle,
        leash: &Leash<'_>,
    ) -> Result<Done, Failure> {
        let row = {
            let mut inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
            inbox.entry(order.id.clone()).or_default().clone()
        };
        // Like the lock on an inbox row: a second attempt waits for the first one's end.
        let mut acted = row.lock().await;
        if let Some(kept) = &*acted {
            return order.already(kept);
        }
        let mut draft = Draft { statements: vec![], recorded: vec![], answers: self.answers.clone() };
        super::handle(Work { kind: Kind::Memory(&mut draft), order }, table, leash).await.1.outcome()?;
        let Draft { statements, recorded, .. } = draft;
        (self.sink)(Committed { order: order.clone(), statements, recorded }).await?;
        *acted = Some(order.kept());
        Ok(Done::Acted)
    }
}

impl Draft {
    pub(super) fn exec(&mut self, sql: &str, _params: Params) -> u64 {
        self.statements.push(sql.to_owned());
        1
    }

    pub(super) fn query<T: Clone + 'static>(
        &mut self,
        sql: &str,
        _params: Params,
    ) -> Result<Vec<T>, Failure> {
        self.statements.push(sql.to_owned());
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((_, rows)) = answers.0.iter().rev().find(|(part, _)| sql.contains(part.as_str())) else {
            return Ok(Vec::new());
        };
        let wrong = || {
            Failure::for_good("the rows prepared for this query have another type than the handler asks for")
        };
        rows.downcast_ref::<Vec<T>>().cloned().ok_or_else(wrong)
    }

    pub(super) fn record(&mut self, event: Outgoing) {
        self.recorded.push(event);
    }
}
