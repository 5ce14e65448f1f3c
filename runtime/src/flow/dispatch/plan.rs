//! What a dispatcher does with what: policies by the event they listen to, commands by name.
//! It must not know: Kafka's groups, retries in progress.

use std::sync::Arc;

use crate::command::Handle;
use crate::command::work::Transactions;
use crate::flow::Ground;
use crate::log::kafka::Producer;
use crate::retry::Retry;
use crate::service::PolicyEntry;

/// A policy and the retry rule that holds for it here.
pub(crate) struct Listener {
    pub(crate) policy: PolicyEntry,
    pub(crate) retry: Retry,
}

/// What a dispatcher does.
pub(crate) struct Plan {
    pub(crate) listeners: Vec<Listener>,
    pub(crate) commands: Option<Arc<dyn Handle>>,
    pub(crate) transactions: Arc<Transactions>,
    pub(crate) producer: Arc<Producer>,
}

impl Plan {
    /// The topics it reads: the events that policies listen to, and this context's commands, through which redriven
    /// events come back as well.
    pub(crate) fn topics(&self, ground: &Ground) -> Vec<Arc<str>> {
        let events = self.listeners.iter().map(|listener| listener.policy.event_topic);
        let works = self.commands.is_some() || !self.listeners.is_empty();
        let commands = works.then_some(ground.spec.topics.commands.name);
        let mut topics: Vec<Arc<str>> = events.chain(commands).map(Arc::from).collect();
        topics.sort();
        topics.dedup();
        topics
    }

    /// The policies that listen to this event on this topic.
    pub(super) fn listeners(&self, topic: &str, event: &str) -> Vec<usize> {
        let listens =
            |listener: &Listener| listener.policy.event == event && listener.policy.event_topic == topic;
        (0..self.listeners.len()).filter(|index| listens(&self.listeners[*index])).collect()
    }

    /// The policy of this name, if it listens to this event.
    pub(super) fn listener(&self, policy: &str, event: &str) -> Option<usize> {
        let is_it = |listener: &Listener| listener.policy.name == policy && listener.policy.event == event;
        self.listeners.iter().position(is_it)
    }
}
