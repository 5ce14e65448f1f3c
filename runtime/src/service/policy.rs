//! A policy without its types, as the dispatcher reads it.
//! It must not know: how its commands are carried out.

use crate::Refusal;
use crate::message::{Command, Event, Message, Policy};
use crate::retry::{GiveUp, Retry};

/// A policy, found by the event it listens to.
pub(crate) struct PolicyEntry {
    pub(crate) name: &'static str,
    pub(crate) sentence: &'static str,
    pub(crate) event: &'static str,
    pub(crate) event_topic: &'static str,
    pub(crate) command: &'static str,
    pub(crate) command_context: &'static str,
    pub(crate) command_topic: &'static str,
    pub(crate) retry: Retry,
    pub(crate) give_up: GiveUp,
    pub(crate) react: fn(&[u8]) -> Result<Reaction, Refusal>,
}

/// What a policy makes of an event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reaction {
    /// The event is of no interest to it.
    Skipped,
    /// It asks for these commands: none, one or many.
    Asks(Vec<Asked>),
}

/// A command that a policy asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) key: String,
    pub(crate) body: Vec<u8>,
}

impl PolicyEntry {
    pub(crate) fn of<P: Policy>() -> Self {
        Self {
            name: P::NAME,
            sentence: P::SENTENCE,
            event: P::Event::NAME,
            event_topic: P::Event::TOPIC,
            command: P::Command::NAME,
            command_context: P::Command::CONTEXT,
            command_topic: P::Command::TOPIC,
            retry: P::RETRY,
            give_up: P::GIVE_UP,
            react: react::<P>,
        }
    }
}

fn react<P: Policy>(body: &[u8]) -> Result<Reaction, Refusal> {
    let event = P::Event::decode(body)?;
    if P::skips(&event) {
        return Ok(Reaction::Skipped);
    }
    let asked = |command: P::Command| Asked { key: command.key(), body: command.encode() };
    Ok(Reaction::Asks(P::react(&event).into_iter().map(asked).collect()))
}
