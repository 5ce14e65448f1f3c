//! What every connection of one broker shares: the state behind its lock, the clock, and requests that wait.
//!
//! The lock is held for a step at a time and never across a wait. It must not know the protocol's messages.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use tokio::sync::oneshot;
use uuid::Uuid;

use crate::cluster::Cluster;
use crate::group::member::{Answer, Answers, Ticket};
use crate::options::Options;

/// Shared by all connections.
pub(crate) struct Shared {
    pub options: Options,
    pub address: SocketAddr,
    /// Names this run of the broker to its clients.
    pub cluster_id: String,
    cluster: Mutex<Cluster>,
    waiting: Mutex<Waiting>,
    started: Instant,
    started_at: i64,
}

#[derive(Default)]
struct Waiting {
    last: Ticket,
    by_ticket: HashMap<Ticket, oneshot::Sender<Answer>>,
}

impl Shared {
    pub fn new(options: Options, address: SocketAddr) -> Self {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            options,
            address,
            cluster_id: Uuid::new_v4().simple().to_string(),
            cluster: Mutex::default(),
            waiting: Mutex::default(),
            started: Instant::now(),
            started_at: i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX),
        }
    }

    /// Milliseconds since 1970, never going back.
    pub fn now(&self) -> i64 {
        self.started_at + i64::try_from(self.started.elapsed().as_millis()).unwrap_or(0)
    }

    /// The state, for one step.
    pub fn lock(&self) -> MutexGuard<'_, Cluster> {
        self.cluster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a step that may make answers due, and waits for the one to its own ticket. `None` if there will be none.
    pub async fn ask(&self, step: impl FnOnce(&mut Cluster, Ticket, &mut Answers)) -> Option<Answer> {
        let (sender, receiver) = oneshot::channel();
        let ticket = {
            let mut waiting = self.waiting();
            waiting.last += 1;
            let ticket = waiting.last;
            waiting.by_ticket.insert(ticket, sender);
            ticket
        };
        let mut answers = Answers::new();
        step(&mut self.lock(), ticket, &mut answers);
        self.deliver(answers);
        receiver.await.ok()
    }

    /// Hands out answers that became due.
    pub fn deliver(&self, answers: Answers) {
        let mut waiting = self.waiting();
        for (ticket, answer) in answers {
            if let Some(sender) = waiting.by_ticket.remove(&ticket) {
                // A client that has gone away in the meantime needs no answer.
                let _ = sender.send(answer);
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
