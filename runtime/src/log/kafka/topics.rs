//! Topics are created if absent; a difference from the model is reported, never altered.
//! It must not know: which topics a context has.

use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::client::{Kafka, Logging, said, setting};
use super::close::Passing;
use crate::fault::Fault;
use crate::spec::TopicSpec;

const PATIENCE: Duration = Duration::from_secs(15);

/// A topic that must be there.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) partitions: i32,
    pub(crate) replicas: i16,
    pub(crate) settings: Vec<(String, String)>,
}

impl From<&TopicSpec> for Wanted {
    fn from(spec: &TopicSpec) -> Self {
        let mut settings: Vec<(String, String)> =
            spec.settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        settings.push(("min.insync.replicas".into(), spec.min_insync.to_string()));
        Self { name: spec.name.into(), partitions: spec.partitions, replicas: spec.replicas, settings }
    }
}

/// Creates the topics that are absent, and warns of every difference in those that are there.
///
/// # Errors
/// A topic is absent and cannot be created (K-109), or the brokers do not answer (K-101).
pub(crate) async fn ensure(kafka: &Kafka, topics: impl IntoIterator<Item = Wanted>) -> Result<(), Fault> {
    let admin = admin(kafka)?;
    let options = AdminOptions::new().operation_timeout(Some(PATIENCE)).request_timeout(Some(PATIENCE));
    let topics: Vec<Wanted> =
        topics.into_iter().map(|wanted| within_replicas(wanted, kafka.replicas())).collect();
    let new: Vec<NewTopic<'_>> = topics.iter().map(new_topic).collect();
    let refused = |topic: &str, code: KafkaError| {
        let why = said(&code);
        if Kafka::passes(&code) {
            return kafka.silent(&why);
        }
        let message = format!("the topic `{topic}` cannot be created: {why}");
        let help =
            "create it by hand from kafka/topics.yaml, or set `kafka.replicas` to what this cluster has";
        Fault::world("K-109", message, help)
    };
    let created = admin.create_topics(&new, &options).await.map_err(|error| refused("…", error))?;
    for (answer, wanted) in created.iter().zip(&topics) {
        match answer {
            Ok(_) => tracing::info!(target: "storm::kafka", topic = wanted.name, "topic created"),
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => compare(&admin, wanted, &options).await,
            Err((topic, code)) => return Err(refused(topic, KafkaError::AdminOp(*code))),
        }
    }
    Ok(())
}

fn admin(kafka: &Kafka) -> Result<Passing<AdminClient<Logging>>, Fault> {
    kafka.config().create_with_context(Logging).map(Passing::new).map_err(|error| setting(&error))
}

/// The configuration's replicas in place of the model's; `min.insync.replicas` cannot be more than those.
fn within_replicas(mut wanted: Wanted, replicas: Option<i16>) -> Wanted {
    let Some(replicas) = replicas else { return wanted };
    wanted.replicas = replicas;
    for (_, value) in wanted.settings.iter_mut().filter(|(name, _)| name == "min.insync.replicas") {
        *value = value.parse::<i16>().map_or(replicas, |n| n.min(replicas)).to_string();
    }
    wanted
}

fn new_topic(wanted: &Wanted) -> NewTopic<'_> {
    let replication = TopicReplication::Fixed(i32::from(wanted.replicas));
    let topic = NewTopic::new(&wanted.name, wanted.partitions, replication);
    wanted.settings.iter().fold(topic, |topic, (name, value)| topic.set(name, value))
}

/// How many partitions a topic has. One that another replica makes at this moment has none for an instant.
async fn partitions(admin: &AdminClient<Logging>, topic: &str) -> Result<usize, KafkaError> {
    let start = std::time::Instant::now();
    loop {
        let metadata = admin.inner().fetch_metadata(Some(topic), PATIENCE)?;
        let there = metadata.topics().first().map_or(0, |topic| topic.partitions().len());
        if there > 0 || start.elapsed() > PATIENCE {
            return Ok(there);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn compare(admin: &AdminClient<Logging>, wanted: &Wanted, options: &AdminOptions) {
    let topic = wanted.name.as_str();
    match partitions(admin, topic).await {
        Ok(there) => {
            if there != usize::try_from(wanted.partitions).unwrap_or(0) {
                let model = wanted.partitions;
                tracing::warn!(target: "storm::kafka", code = "K-110", topic, there, model, "partitions differ from the model");
            }
        }
        Err(error) => tracing::warn!(target: "storm::kafka", topic, %error, "the topic cannot be looked at"),
    }
    let settings = match admin.describe_configs([&ResourceSpecifier::Topic(topic)], options).await {
        Ok(answers) => answers.into_iter().next().and_then(Result::ok),
        Err(_) => None,
    };
    let Some(settings) = settings else { return };
    for (name, model) in &wanted.settings {
        let there =
            settings.entries.iter().find(|entry| entry.name == *name).and_then(|entry| entry.value.clone());
        if there.as_ref().is_some_and(|there| there != model) {
            let there = there.unwrap_or_default();
            tracing::warn!(target: "storm::kafka", code = "K-110", topic, setting = name, there, model, "a setting differs from the model");
        }
    }
}

/// Removes topics, for tests on a real broker; waits until they are gone.
///
/// # Errors
/// The brokers refuse, do not answer, or still have one after half a minute (K-109).
#[cfg(feature = "embedded")]
pub(crate) async fn remove(kafka: &Kafka, topics: &[&str]) -> Result<(), Fault> {
    let admin = admin(kafka)?;
    let refused = |why: String| Fault::world("K-109", format!("topics cannot be removed: {why}"), "");
    let start = std::time::Instant::now();
    loop {
        let metadata = admin.inner().fetch_metadata(None, PATIENCE).map_err(|error| refused(said(&error)))?;
        let there = metadata.topics().iter().map(rdkafka::metadata::MetadataTopic::name);
        let left: Vec<&str> = there.filter(|name| topics.contains(name)).collect();
        if left.is_empty() {
            return Ok(());
        }
        if start.elapsed() > 2 * PATIENCE {
            return Err(refused(format!("still there: {}", left.join(", "))));
        }
        let answers = admin.delete_topics(&left, &AdminOptions::new()).await;
        for answer in answers.map_err(|error| refused(said(&error)))? {
            match answer {
                Ok(_) | Err((_, RDKafkaErrorCode::UnknownTopicOrPartition)) => {}
                Err((topic, code)) => return Err(refused(format!("`{topic}`: {code}"))),
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Removes topics and what services keep beside them (`<topic>.progress` and the like), for tests on a real broker.
///
/// # Errors
/// As [`remove`].
#[cfg(feature = "embedded")]
pub(crate) async fn remove_with_kept(kafka: &Kafka, topics: &[&str]) -> Result<(), Fault> {
    let client: rdkafka::consumer::BaseConsumer<Logging> =
        kafka.config().create_with_context(Logging).map_err(|error| setting(&error))?;
    let metadata = rdkafka::consumer::Consumer::fetch_metadata(&client, None, PATIENCE);
    let refused = |error| Fault::world("K-109", format!("topics cannot be listed: {}", said(&error)), "");
    let metadata = metadata.map_err(refused)?;
    let kept = |name: &str| topics.iter().any(|topic| name.starts_with(&format!("{topic}.")));
    let there = metadata.topics().iter().map(rdkafka::metadata::MetadataTopic::name);
    // One that is named and kept as well is to be named once: a broker refuses to remove it twice.
    let all: std::collections::BTreeSet<&str> =
        there.filter(|name| kept(name)).chain(topics.iter().copied()).collect();
    remove(kafka, &all.into_iter().collect::<Vec<_>>()).await
}

/// Gives a topic more partitions: so many in all.
///
/// # Errors
/// The brokers refuse or do not answer (K-109).
#[cfg(feature = "embedded")]
pub(crate) async fn widen(kafka: &Kafka, topic: &str, partitions: usize) -> Result<(), Fault> {
    let refused = |why: String| Fault::world("K-109", format!("`{topic}` gets no partitions: {why}"), "");
    let more = rdkafka::admin::NewPartitions::new(topic, partitions);
    let answers = admin(kafka)?.create_partitions([&more], &AdminOptions::new()).await;
    for answer in answers.map_err(|error| refused(said(&error)))? {
        answer.map_err(|(_, code)| refused(code.to_string()))?;
    }
    Ok(())
}

/// Takes away the records of a partition before an offset.
///
/// # Errors
/// The broker does not (K-108).
#[cfg(feature = "embedded")]
pub(crate) async fn expire(kafka: &Kafka, topic: &str, partition: i32, before: i64) -> Result<(), Fault> {
    use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
    let admin = admin(kafka)?;
    let mut to = TopicPartitionList::new();
    let refused = |error: KafkaError| Fault::world("K-108", format!("`{topic}`: {}", said(&error)), "");
    to.add_partition_offset(topic, partition, Offset::Offset(before)).map_err(refused)?;
    let deleted = admin.delete_records(&to, &AdminOptions::new()).await.map_err(refused)?;
    deleted.elements().iter().try_for_each(|element| element.error().map_err(refused))
}

/// Makes a group forget what it has committed, as time does: as soon as it has no member.
///
/// # Errors
/// It still has one after half a minute, or the brokers do not answer (K-104).
#[cfg(feature = "embedded")]
pub(crate) async fn forget(kafka: &Kafka, group: &str) -> Result<(), Fault> {
    let admin = admin(kafka)?;
    let refused = |why: String| Fault::world("K-104", format!("`{group}` cannot be removed: {why}"), "");
    let start = std::time::Instant::now();
    loop {
        let answers = admin.delete_groups(&[group], &AdminOptions::new()).await;
        let answer = answers.map_err(|error| refused(said(&error)))?.into_iter().next();
        match answer {
            Some(Err((_, code))) if start.elapsed() > 2 * PATIENCE => return Err(refused(code.to_string())),
            Some(Err(_)) => tokio::time::sleep(Duration::from_millis(100)).await,
            _ => return Ok(()),
        }
    }
}
