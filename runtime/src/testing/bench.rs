//! A service on the bench: what goes in is a value, what comes out is a value; no broker, no database, no clock.
//! It must not know: Kafka.

use std::sync::{Arc, Mutex, PoisonError};

use crate::Refusal;
use crate::command::leash::Leash;
use crate::command::work::memory::{Committed, MemoryWork};
use crate::command::work::{Order, Transactions};
use crate::failure::Failure;
use crate::lineage::Lineage;
use crate::message::{Command, Event, Message};
use crate::service::{Reaction, Service, Translations};

/// A service under test.
///
/// A command that a policy asks for within its own context runs its handler; one for another context comes out.
pub struct Bench {
    spec: &'static crate::spec::ContextSpec,
    policies: Vec<crate::service::PolicyEntry>,
    translations: Translations,
    commands: Option<Arc<dyn crate::command::Handle>>,
    transactions: Transactions,
    committed: Arc<Mutex<Vec<Committed>>>,
    runtime: tokio::runtime::Runtime,
    count: u64,
}

/// What came out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// Events: translated from a row, or recorded by a handler.
    pub events: Vec<Sent>,
    /// Commands for other contexts.
    pub commands: Vec<Sent>,
    /// The statements that handlers ran and committed.
    pub statements: Vec<String>,
    /// The policies that passed the event over.
    pub skipped: Vec<&'static str>,
    /// Handlers that failed, and how.
    pub failures: Vec<Failure>,
}

/// A message that came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Its full name.
    pub name: String,
    /// Its canonical aggregate key.
    pub key: String,
    /// Encoded.
    pub body: Vec<u8>,
}

impl Sent {
    /// The message, if it is an `M`.
    pub fn decode<M: Message>(&self) -> Option<M> {
        if self.name == M::NAME { M::decode(&self.body).ok() } else { None }
    }
}

impl Outcome {
    /// The events that are an `E`.
    pub fn events_of<E: Event>(&self) -> Vec<E> {
        self.events.iter().filter_map(Sent::decode).collect()
    }

    /// The commands that are a `C`.
    pub fn commands_of<C: Command>(&self) -> Vec<C> {
        self.commands.iter().filter_map(Sent::decode).collect()
    }
}

impl Bench {
    /// Puts a service on the bench.
    ///
    /// # Panics
    /// When no runtime can be started on this machine.
    pub fn new(service: Service) -> Self {
        let committed = Arc::new(Mutex::new(Vec::new()));
        let sink = committed.clone();
        let transactions = Transactions::Memory(MemoryWork::new(Box::new(move |done| {
            sink.lock().unwrap_or_else(PoisonError::into_inner).push(done);
            Box::pin(async { Ok(()) })
        })));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let translations =
            Translations::new(service.captures.into_iter().flat_map(|capture| capture.translations));
        Self {
            spec: service.spec,
            policies: service.policies,
            translations,
            commands: service.commands,
            transactions,
            committed,
            runtime: runtime.expect("a runtime can be started"),
            count: 0,
        }
    }

    /// Statements that contain `part` are answered with `rows` from now on.
    pub fn answer<T: Clone + Send + 'static>(&mut self, part: &str, rows: Vec<T>) {
        let Transactions::Memory(memory) = &self.transactions else { return };
        memory.answers().lock().unwrap_or_else(PoisonError::into_inner).prepare(part, rows);
    }

    /// Plays an event to the policies that listen to it.
    ///
    /// # Errors
    /// A policy refuses it.
    pub fn event<E: Event>(&mut self, event: &E) -> Result<Outcome, Refusal> {
        let body = event.encode();
        let mut outcome = Outcome::default();
        let mut orders = Vec::new();
        for policy in self.policies.iter().filter(|policy| policy.event == E::NAME) {
            match (policy.react)(&body)? {
                Reaction::Skipped => outcome.skipped.push(policy.name),
                Reaction::Asks(asked) => {
                    for asked in asked {
                        let sent = Sent { name: policy.command.into(), key: asked.key, body: asked.body };
                        if policy.command_context == self.spec.slug {
                            orders.push(sent)
                        } else {
                            outcome.commands.push(sent)
                        }
                    }
                }
            }
        }
        for sent in orders {
            self.count += 1;
            let id = format!("bench-{}", self.count);
            self.run(sent, id, &mut outcome);
        }
        Ok(outcome)
    }

    /// Plays a command to its handler, under an id: the same id acts once.
    pub fn command<C: Command>(&mut self, id: &str, command: &C) -> Outcome {
        let mut outcome = Outcome::default();
        let sent = Sent { name: C::NAME.into(), key: command.key(), body: command.encode() };
        self.run(sent, id.to_owned(), &mut outcome);
        outcome
    }

    /// Plays a raw record's body to the translations of its type.
    ///
    /// # Errors
    /// The row does not convert.
    pub fn raw(&self, name: &str, body: &[u8]) -> Result<Outcome, Refusal> {
        let sent =
            |t: crate::service::Translated<'_>| Sent { name: t.event.into(), key: t.key, body: t.body };
        let events = self.translations.apply(name, body)?.into_iter().map(sent).collect();
        Ok(Outcome { events, ..Outcome::default() })
    }

    fn run(&mut self, sent: Sent, id: String, outcome: &mut Outcome) {
        let Some(table) = &self.commands else {
            outcome.failures.push(Failure::unknown_command(&sent.name));
            return;
        };
        let lineage = Lineage::beginning(&id);
        let order = Order {
            name: sent.name,
            id,
            key: sent.key,
            tenant: None,
            lineage,
            due: None,
            fingerprint: None,
            body: sent.body.into(),
        };
        if let Err(failure) =
            self.runtime.block_on(self.transactions.run(&order, &**table, &Leash::of(crate::minutes(10))))
        {
            outcome.failures.push(failure);
        }
        for done in std::mem::take(&mut *self.committed.lock().unwrap_or_else(PoisonError::into_inner)) {
            outcome.statements.extend(done.statements);
            let recorded = done.recorded.into_iter();
            outcome.events.extend(recorded.map(|e| Sent {
                name: e.message.into(),
                key: e.key,
                body: e.body,
            }));
        }
    }
}
