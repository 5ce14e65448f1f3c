//! What a dispatcher does with what: policies by the event they listen to, commands by name. A context has one for all its
//! policies, and one for each policy that has a place of its own in the log.
//! It must not know: retries in progress.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::line::Line;
use crate::Timestamp;
use crate::cloudevents::Envelope;
use crate::command::Handle;
use crate::command::work::Transactions;
use crate::config::Config;
use crate::flow::{Ground, Name};
use crate::log::kafka::Producer;
use crate::retry::{GiveUp, Retry};
use crate::service::PolicyEntry;

/// A policy and the rules that hold for it here.
pub(crate) struct Listener {
    pub(crate) policy: PolicyEntry,
    pub(crate) retry: Retry,
    pub(crate) give_up: GiveUp,
    pub(crate) filter: Filter,
    /// Its events wait.
    pub(crate) paused: bool,
}

/// Events that the configuration takes away from a policy.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    keys: HashSet<String>,
    tenants: HashSet<String>,
    before: Option<Timestamp>,
}

/// What a dispatcher does.
pub(crate) struct Plan {
    pub(crate) name: Name,
    pub(crate) listeners: Vec<Arc<Listener>>,
    /// Those among them that have a dispatcher of their own: only redriven events reach them here.
    pub(crate) elsewhere: Vec<&'static str>,
    pub(crate) commands: Option<Arc<dyn Handle>>,
    pub(crate) transactions: Arc<Transactions>,
    pub(crate) producer: Arc<Producer>,
}

/// Who listens to what on a topic.
pub(super) struct Topic {
    pub(super) name: Arc<str>,
    pub(super) is_commands: bool,
    events: Vec<(&'static str, Arc<[usize]>)>,
}

/// The lines of a dispatcher: one a policy, one a command, and one for what cannot be read at all.
pub(super) struct Lines {
    lines: BTreeMap<String, Line>,
    rest: Line,
}

impl Listener {
    /// As the model says it, and the configuration otherwise.
    pub(crate) fn of(ground: &Ground, policy: PolicyEntry) -> Arc<Self> {
        let config = &ground.config;
        let (retry, filter) = (config.retry(policy.name, policy.retry), Filter::of(config, policy.name));
        let give_up = config.give_up(policy.name, policy.give_up);
        let paused = config.policy.get(policy.name).is_some_and(|section| section.pause);
        Arc::new(Self { policy, retry, give_up, filter, paused })
    }
}

impl Filter {
    fn of(config: &Config, policy: &str) -> Self {
        let Some(section) = config.policy.get(policy) else { return Self::default() };
        Self {
            keys: section.skip_keys.iter().cloned().collect(),
            tenants: section.skip_tenants.iter().cloned().collect(),
            before: section.skip_before.map(|moment| moment.0),
        }
    }

    /// True for an event with this envelope and record key that is to be passed over.
    pub(super) fn skips(&self, event: &Envelope, key: Option<&[u8]>) -> bool {
        let tenant = event.tenant();
        if tenant.is_some_and(|tenant| self.tenants.contains(tenant)) {
            return true;
        }
        if !self.keys.is_empty() {
            let key = String::from_utf8_lossy(key.unwrap_or_default());
            let prefix = tenant.map(|tenant| format!("{tenant}\u{1f}")).unwrap_or_default();
            if self.keys.contains(key.strip_prefix(&prefix).unwrap_or(&key)) {
                return true;
            }
        }
        let Some(before) = self.before else { return false };
        chrono::DateTime::parse_from_rfc3339(&event.time).is_ok_and(|time| time < before)
    }
}

impl Plan {
    /// The consumer group: the context's own, or the policy's.
    pub(crate) fn group(&self, ground: &Ground) -> String {
        ground.name(&self.title())
    }

    /// What it is called among the context's loops.
    pub(crate) fn title(&self) -> String {
        match &self.name {
            Name::Policy(policy) => format!("dispatch.{policy}"),
            _ => "dispatch".to_owned(),
        }
    }

    /// The topics it reads: the events that policies listen to; and the context's own dispatcher this context's commands,
    /// through which redriven events come back as well.
    pub(crate) fn topics(&self, ground: &Ground) -> Vec<Arc<str>> {
        let events = self.here().map(|(_, listener)| listener.policy.event_topic);
        let works = self.commands.is_some() || !self.listeners.is_empty();
        let takes_commands = works && self.name == Name::Dispatch;
        let commands = takes_commands.then_some(ground.spec.topics.commands.name);
        let mut topics: Vec<Arc<str>> = events.chain(commands).map(Arc::from).collect();
        topics.sort();
        topics.dedup();
        topics
    }

    /// The same, with who listens to what.
    pub(super) fn readers(&self, ground: &Ground) -> Vec<Topic> {
        let reader = |name: Arc<str>| {
            let is_commands = *name == *ground.spec.topics.commands.name;
            let mut events: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
            for (index, listener) in self.here() {
                if listener.policy.event_topic == &*name {
                    events.entry(listener.policy.event).or_default().push(index);
                }
            }
            let events = events.into_iter().map(|(event, listeners)| (event, listeners.into())).collect();
            Topic { name, is_commands, events }
        };
        self.topics(ground).into_iter().map(reader).collect()
    }

    /// True when it reads nothing: it only keeps its place.
    pub(super) fn is_paused(&self) -> bool {
        self.name != Name::Dispatch && self.listeners.iter().all(|listener| listener.paused)
    }

    /// The listeners that read here, each with its place.
    pub(super) fn here(&self) -> impl Iterator<Item = (usize, &Listener)> {
        let all = self.listeners.iter().map(|listener| &**listener).enumerate();
        all.filter(|(_, listener)| !self.elsewhere.contains(&listener.policy.name))
    }

    /// The policy of this name, if it listens to this event.
    pub(super) fn listener(&self, policy: &str, event: &str) -> Option<usize> {
        let is_it = |listener: &Listener| listener.policy.name == policy && listener.policy.event == event;
        self.listeners.iter().position(|listener| is_it(listener))
    }

    pub(super) fn lines(&self, ground: &Ground) -> Lines {
        let limits = &ground.config.dispatch.dead;
        let policies = self.listeners.iter().map(|listener| listener.policy.name);
        let commands = self.commands.iter().flat_map(|table| table.names());
        let short = |name: &'static str| name.rsplit('.').next().unwrap_or_default();
        let names = policies.chain(commands.map(|command| short(command.message)));
        let lines = names.map(|name| (name.to_owned(), Line::new(limits))).collect();
        Lines { lines, rest: Line::new(limits) }
    }
}

impl Topic {
    /// The policies that listen to this type of event.
    pub(super) fn listeners(&self, event: &[u8]) -> Option<&Arc<[usize]>> {
        let (_, listeners) = self.events.iter().find(|(name, _)| name.as_bytes() == event)?;
        Some(listeners)
    }
}

impl Lines {
    /// The policies and commands that have one.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.lines.keys().map(String::as_str)
    }

    /// The line of a policy or command.
    pub(super) fn of(&self, name: &str) -> &Line {
        self.lines.get(name).unwrap_or(&self.rest)
    }
}

/// The consumer group of a policy with a place of its own.
pub(crate) fn group_of(ground: &Ground, policy: &str) -> String {
    ground.name(&format!("dispatch.{policy}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_takes_events_away() {
        let text =
            "[policy.P]\nskip_keys = ['o-1']\nskip_tenants = ['rome']\nskip_before = '2026-01-01T00:00:00Z'";
        let filter = Filter::of(&toml::from_str(text).unwrap(), "P");
        let event = |source: &str, time: &str| Envelope {
            source: source.into(),
            time: time.into(),
            ..Envelope::default()
        };
        let late = "2026-06-01T00:00:00Z";
        assert!(filter.skips(&event("/shop", late), Some(b"o-1")));
        assert!(filter.skips(&event("/shop/berlin", late), Some(b"berlin\x1fo-1")));
        assert!(!filter.skips(&event("/shop/berlin", late), Some(b"berlin\x1fo-2")));
        assert!(filter.skips(&event("/shop/rome", late), Some(b"rome\x1fo-2")));
        assert!(filter.skips(&event("/shop", "2025-12-31T23:59:59Z"), None));
        assert!(!filter.skips(&event("/shop", "no time"), None), "what has no time is not taken away");
        assert!(!Filter::of(&Config::default(), "P").skips(&event("/shop/rome", ""), Some(b"o-1")));
    }
}
