//! What a member of a group subscribes to, and the name under which it does. A broker gives a static member that comes back
//! within its session what it had before, and asks nobody whether it still fits: a new version that hears one topic more
//! would never be given it, nor one that was stopped while a topic got more partitions. So a member's name says what it
//! subscribes to, and one that subscribes to something else is another member; the old one's partitions wait until its
//! session ends.
//! It must not know: what is read, where it begins.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::metadata::MetadataTopic;
use uuid::Uuid;

use super::client::{Kafka, Logging, setting};
use super::close::Passing;
use super::consumer::refused;
use crate::fault::Fault;

/// How long a broker may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Topics that a group reads.
pub(crate) struct Subscription<'t> {
    client: Passing<BaseConsumer<Logging>>,
    group: String,
    topics: Vec<&'t str>,
    /// How many partitions each of them had when they were asked for last.
    partitions: BTreeMap<&'t str, usize>,
}

impl<'t> Subscription<'t> {
    /// Of `group`, to these topics; nobody is asked yet.
    ///
    /// # Errors
    /// A client setting is wrong (K-102).
    pub(crate) fn new(kafka: &Kafka, group: &str, topics: Vec<&'t str>) -> Result<Self, Fault> {
        let client = kafka.config().create_with_context(Logging).map_err(|error| setting(&error))?;
        Ok(Self { client: Passing::new(client), group: group.into(), topics, partitions: BTreeMap::new() })
    }

    /// Asks the brokers; the topics that are not there.
    ///
    /// # Errors
    /// The brokers do not answer (K-104).
    pub(crate) fn missing(&mut self) -> Result<Vec<&'t str>, Fault> {
        let metadata =
            self.client.fetch_metadata(None, PATIENCE).map_err(|error| refused(&self.group, &error))?;
        let count = |there: &MetadataTopic| there.partitions().len();
        self.partitions = self
            .topics
            .iter()
            .filter_map(|name| {
                Some((*name, metadata.topics().iter().find(|there| there.name() == *name).map(count)?))
            })
            .collect();
        Ok(self.topics.iter().copied().filter(|topic| !self.partitions.contains_key(topic)).collect())
    }

    pub(super) fn group(&self) -> &str {
        &self.group
    }

    /// The name in the group of the instance that is called so: the same for the same topics and numbers of partitions.
    pub(super) fn name(&self, instance: &str) -> String {
        named(instance, &self.partitions)
    }
}

fn named(instance: &str, partitions: &BTreeMap<&str, usize>) -> String {
    let said: String = partitions.iter().map(|(topic, count)| format!("{topic}\n{count}\n")).collect();
    let mark = Uuid::new_v5(&Uuid::NAMESPACE_OID, said.as_bytes()).as_fields().0;
    format!("{instance}.{mark:08x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_topics_and_their_partitions() {
        let of =
            |topics: &[(&'static str, usize)]| named("orders.dispatch.0", &topics.iter().copied().collect());
        let first = of(&[("orders_events", 8), ("orders_commands", 8)]);
        assert_eq!(first, of(&[("orders_commands", 8), ("orders_events", 8)]), "in whatever order");
        let others = [
            of(&[("orders_events", 8)]),
            of(&[("orders_events", 9), ("orders_commands", 8)]),
            of(&[("orders_events", 8), ("orders_commands", 8), ("billing_events", 8)]),
        ];
        assert!(others.iter().all(|other| *other != first && other.starts_with("orders.dispatch.0.")));
    }
}
