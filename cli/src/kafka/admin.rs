//! Topics as the cluster has them: looked at, made, altered.
//! It must not know: how a topic should be.

use std::collections::BTreeMap;

use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, ConfigSource, NewPartitions, NewTopic, ResourceSpecifier,
    TopicReplication, TopicResult,
};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::client::{Heard, Kafka, PATIENCE};
use crate::report::Stop;
use crate::rules;

/// A topic of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct There {
    /// Its partitions' numbers.
    pub(crate) partitions: Vec<i32>,
    /// Replicas of the partition that has the fewest.
    pub(crate) replicas: usize,
}

/// A setting of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) value: String,
    /// True when it was set for this topic, rather than for the cluster or by default.
    pub(crate) own: bool,
}

impl Kafka {
    /// The settings of these topics.
    ///
    /// # Errors
    /// The cluster does not tell (S0828).
    pub(crate) fn settings(
        &self,
        topics: &[&str],
    ) -> Result<BTreeMap<String, BTreeMap<String, Setting>>, Stop> {
        let refused = |error: &KafkaError| self.refused("the topics' settings cannot be read", error);
        let wanted: Vec<_> = topics.iter().map(|topic| ResourceSpecifier::Topic(topic)).collect();
        let answers = self.admin(async |admin, options| admin.describe_configs(&wanted, options).await)?;
        let answers = answers.map_err(|error| refused(&error))?;
        let mut settings = BTreeMap::new();
        for (topic, answer) in topics.iter().zip(answers) {
            let answer = answer.map_err(|code| refused(&KafkaError::AdminOp(code)))?;
            let entries = answer.entries.into_iter().map(|entry| {
                let own = entry.source == ConfigSource::DynamicTopic;
                (entry.name, Setting { value: entry.value.unwrap_or_default(), own })
            });
            settings.insert((*topic).to_owned(), entries.collect());
        }
        Ok(settings)
    }

    /// Makes a topic.
    ///
    /// # Errors
    /// The cluster does not make it (S0828).
    pub(crate) fn create(
        &self,
        name: &str,
        partitions: i32,
        replicas: i32,
        settings: &[(String, String)],
    ) -> Result<(), Stop> {
        let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(replicas));
        let topic = settings.iter().fold(topic, |topic, (name, value)| topic.set(name, value));
        let answers = self.admin(async |admin, options| admin.create_topics([&topic], options).await)?;
        self.each(&format!("`{name}` cannot be created"), answers)
    }

    /// Gives a topic these settings; others that were set for it stay as they are.
    ///
    /// # Errors
    /// The cluster does not set them (S0828).
    pub(crate) fn set(&self, topic: &str, settings: &[(String, String)]) -> Result<(), Stop> {
        // The request that this client has replaces all of a topic's own settings: those that stay go along.
        let now = self.settings(&[topic])?.remove(topic).unwrap_or_default();
        let mut whole: BTreeMap<String, String> = now
            .into_iter()
            .filter(|(_, setting)| setting.own)
            .map(|(name, setting)| (name, setting.value))
            .collect();
        whole.extend(settings.iter().cloned());
        let resource = AlterConfig::new(ResourceSpecifier::Topic(topic));
        let change = whole.iter().fold(resource, |change, (name, value)| change.set(name, value));
        let answers = self.admin(async |admin, options| admin.alter_configs([&change], options).await)?;
        let doing = format!("`{topic}` cannot be altered");
        let answers = answers.map(|all| all.into_iter().map(|one| one.map(|_| ()).map_err(|(_, code)| code)));
        self.answered(&doing, answers.map(Iterator::collect))
    }

    /// Gives a topic more partitions.
    ///
    /// # Errors
    /// The cluster does not (S0828).
    pub(crate) fn grow(&self, topic: &str, partitions: usize) -> Result<(), Stop> {
        let more = NewPartitions::new(topic, partitions);
        let answers = self.admin(async |admin, options| admin.create_partitions([&more], options).await)?;
        self.each(&format!("`{topic}` cannot grow"), answers)
    }

    fn each(&self, doing: &str, answers: Result<Vec<TopicResult>, KafkaError>) -> Result<(), Stop> {
        let answers = answers.map(|all| all.into_iter().map(|one| one.map(|_| ()).map_err(|(_, code)| code)));
        self.answered(doing, answers.map(Iterator::collect))
    }

    fn answered(
        &self,
        doing: &str,
        answers: Result<Vec<Result<(), RDKafkaErrorCode>>, KafkaError>,
    ) -> Result<(), Stop> {
        for answer in answers.map_err(|error| self.refused(doing, &error))? {
            answer.map_err(|code| self.refused(doing, &KafkaError::AdminOp(code)))?;
        }
        Ok(())
    }

    /// Asks the cluster's controller something, and waits for the answer.
    fn admin<T>(&self, ask: impl AsyncFnOnce(&AdminClient<Heard>, &AdminOptions) -> T) -> Result<T, Stop> {
        let admin: AdminClient<Heard> =
            self.config.create_with_context(self.heard.clone()).map_err(|error| self.setting(&error))?;
        let options = AdminOptions::new().operation_timeout(Some(PATIENCE)).request_timeout(Some(PATIENCE));
        let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| {
            let message = format!("a thread cannot be started: {error}");
            Stop::outside(
                &rules::NO_THREAD,
                message,
                "look at the limits on threads and open files of this user",
            )
        })?;
        Ok(runtime.block_on(ask(&admin, &options)))
    }
}
