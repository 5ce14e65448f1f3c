//! What groups have committed, seen and set from outside of them.
//! It must not know: whose group it is.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{TopicPartitionList, TopicPartitionListElem};

use super::client::{Kafka, Logging, said, setting};
use super::close::Passing;
use super::member::{self, Marks, mark};
use crate::fault::Fault;

const PATIENCE: Duration = Duration::from_secs(15);

/// What a group has committed on a topic; nothing for a topic that is not there.
///
/// # Errors
/// The brokers do not answer (K-104).
pub(crate) fn committed(kafka: &Kafka, group: &str, topic: &str) -> Result<Marks, Fault> {
    let client = client(kafka, group)?;
    let metadata = kafka
        .patiently(|| client.fetch_metadata(Some(topic), PATIENCE))
        .map_err(|error| failed(kafka, group, &error))?;
    let mut all = TopicPartitionList::new();
    for found in metadata.topics() {
        let error = found.error().map(RDKafkaErrorCode::from);
        if let Some(code) = error.filter(|code| *code != RDKafkaErrorCode::UnknownTopicOrPartition) {
            return Err(failed(kafka, group, &KafkaError::MetadataFetch(code)));
        }
        for partition in found.partitions() {
            all.add_partition(topic, partition.id());
        }
    }
    if all.count() == 0 {
        return Ok(Marks::new());
    }
    let stored = kafka
        .patiently(|| {
            let stored = client.committed_offsets(all.clone(), PATIENCE)?;
            // A partition whose answer is an error is not one without an offset.
            stored.elements().iter().try_for_each(|element| element.error())?;
            Ok(stored)
        })
        .map_err(|error| failed(kafka, group, &error))?;
    let marked =
        |element: &TopicPartitionListElem<'_>| Some(((topic.into(), element.partition()), mark(element)?));
    Ok(stored.elements().iter().filter_map(marked).collect())
}

/// Commits these for a group that has no member.
///
/// # Errors
/// It has one, or the brokers do not answer (K-104).
pub(crate) fn store(kafka: &Kafka, group: &str, marks: &Marks) -> Result<(), Fault> {
    if marks.is_empty() {
        return Ok(());
    }
    let client = client(kafka, group)?;
    kafka.patiently(|| member::store(&client, marks)).map_err(|error| failed(kafka, group, &error))
}

/// What says to a transaction that offsets are those of a group without members.
///
/// # Errors
/// A client setting is wrong (K-102).
#[cfg(feature = "embedded")]
pub(crate) fn nobody_of(kafka: &Kafka, group: &str) -> Result<Option<super::GroupMetadata>, Fault> {
    client(kafka, group).map(|client| client.group_metadata())
}

fn client(kafka: &Kafka, group: &str) -> Result<Passing<BaseConsumer<Logging>>, Fault> {
    let mut config = kafka.config();
    config.set("group.id", group).set("enable.auto.commit", "false");
    config.create_with_context(Logging).map(Passing::new).map_err(|error| setting(&error))
}

fn failed(kafka: &Kafka, group: &str, error: &KafkaError) -> Fault {
    let (at, why) = (kafka.brokers(), said(error));
    let message = format!("what the group `{group}` has committed is not known at `{at}`: {why}");
    Fault::world("K-104", message, "look at the brokers' health and at the rights of this client")
}
