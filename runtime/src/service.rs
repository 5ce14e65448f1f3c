//! A service as a value: what the model wires together, before any loop runs. Generated code writes it as a table.
//! It must not know: how any of it is carried out.

mod policy;
mod translation;

use std::sync::Arc;

use crate::Refusal;
use crate::Timestamp;
use crate::command::{CommandName, CommandTable, Handle};
use crate::external::{Guard, System};
use crate::message::{Command, Event, Policy};
use crate::spec::{CommandSpec, ContextSpec, ExternalSpec, SourceSpec, WebhookSpec};

pub(crate) use policy::{Asked, PolicyEntry, Reaction};
pub(crate) use translation::{Translated, Translations};
pub use translation::{Translation, row};

/// One context's service: what it captures, how rows become events, which policies listen, which commands it does.
#[must_use]
pub struct Service {
    pub(crate) spec: &'static ContextSpec,
    pub(crate) captures: Vec<Capture>,
    pub(crate) webhooks: Vec<Webhook>,
    pub(crate) records: Vec<&'static str>,
    pub(crate) policies: Vec<PolicyEntry>,
    pub(crate) commands: Option<Arc<dyn Handle>>,
    pub(crate) schedules: Vec<Schedule>,
    pub(crate) doorways: Vec<Doorway>,
    pub(crate) openapi: Option<&'static str>,
    pub(crate) externals: Vec<Outside>,
}

/// A source and what becomes of its rows.
pub(crate) struct Capture {
    pub(crate) source: &'static SourceSpec,
    pub(crate) translations: Vec<Translation>,
}

/// A webhook source and what becomes of its calls.
pub(crate) struct Webhook {
    pub(crate) spec: &'static WebhookSpec,
    pub(crate) translations: Vec<Translation>,
}

/// A command that an actor may issue from outside.
#[derive(Clone, Copy)]
pub(crate) struct Doorway {
    pub(crate) command: CommandName,
    pub(crate) spec: &'static CommandSpec,
    /// The command's key and its bytes as its own type writes them.
    pub(crate) read: Read,
}

type Read = fn(&[u8]) -> Result<(String, Vec<u8>), Refusal>;

/// An external system that handlers call, and what stands before it once the process has started.
pub(crate) struct Outside {
    pub(crate) spec: &'static ExternalSpec,
    pub(crate) guard: Option<Arc<Guard>>,
}

/// A command that a clock issues.
pub(crate) struct Schedule {
    pub(crate) command: CommandName,
    pub(crate) cron: &'static str,
    pub(crate) issue: Box<dyn Fn(Timestamp) -> (String, Vec<u8>) + Send + Sync>,
}

impl Schedule {
    /// The command's name in the model.
    pub(crate) fn name(&self) -> &'static str {
        self.command.message.rsplit('.').next().unwrap_or_default()
    }
}

impl Service {
    /// A service for this context that does nothing yet.
    pub fn new(spec: &'static ContextSpec) -> Self {
        let (captures, records, policies, schedules, doorways) = Default::default();
        let (commands, openapi, externals, webhooks) = Default::default();
        Self {
            spec,
            captures,
            webhooks,
            records,
            policies,
            commands,
            schedules,
            doorways,
            openapi,
            externals,
        }
    }

    /// Rows of this source become events by these translations. No translations: the source is there for its outbox.
    pub fn capture(
        mut self,
        source: &'static SourceSpec,
        translations: impl IntoIterator<Item = Translation>,
    ) -> Self {
        self.captures.push(Capture { source, translations: translations.into_iter().collect() });
        self
    }

    /// Calls of this webhook become events by these translations.
    pub fn webhook(
        mut self,
        spec: &'static WebhookSpec,
        translations: impl IntoIterator<Item = Translation>,
    ) -> Self {
        self.webhooks.push(Webhook { spec, translations: translations.into_iter().collect() });
        self
    }

    /// An event of this context that a handler records in its own transaction.
    pub fn records<E: Event>(mut self) -> Self {
        self.records.push(E::NAME);
        self
    }

    /// This policy listens.
    pub fn policy<P: Policy>(mut self, _policy: P) -> Self {
        self.policies.push(PolicyEntry::of::<P>());
        self
    }

    /// These handlers do this context's commands.
    pub fn commands<H: Send + Sync + 'static>(mut self, table: CommandTable<H>) -> Self {
        self.commands = Some(Arc::new(table));
        self
    }

    /// Its handlers call this external system.
    pub fn external<S: System>(mut self) -> Self {
        self.externals.push(Outside { spec: S::SPEC, guard: None });
        self
    }

    /// A command that is issued whenever the cron expression is due, in UTC.
    pub fn schedule<C: Command>(
        mut self,
        cron: &'static str,
        issue: impl Fn(Timestamp) -> C + Send + Sync + 'static,
    ) -> Self {
        let issue = move |due| {
            let command = issue(due);
            (command.key(), command.encode())
        };
        let command = CommandName { message: C::NAME, topic: C::TOPIC };
        self.schedules.push(Schedule { command, cron, issue: Box::new(issue) });
        self
    }

    /// A command that actors issue: `POST /commands/<name>`.
    pub fn door<C: Command>(mut self, spec: &'static CommandSpec) -> Self {
        let read = |bytes: &[u8]| C::decode(bytes).map(|command| (command.key(), command.encode()));
        let command = CommandName { message: C::NAME, topic: C::TOPIC };
        self.doorways.push(Doorway { command, spec, read });
        self
    }

    /// The OpenAPI document of the doors, as JSON.
    pub fn openapi(mut self, document: &'static str) -> Self {
        self.openapi = Some(document);
        self
    }
}
