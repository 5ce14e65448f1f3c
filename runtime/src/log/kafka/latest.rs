//! A topic read to its end: the latest record of each key in a compacted one, or all records of any.
//! It must not know: what the records mean.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::client::{Kafka, Logging, said, setting};
use super::close::Passing;
use super::fetched::record_of;
use super::fetches::Raw;
use crate::fault::Fault;
use crate::log::Record;

/// The latest committed body of each key in partition 0 of `topic`; a tombstone takes its key away, compacted or not. Call it after the producers of the topic are fenced:
/// what an open transaction holds is not seen.
///
/// # Errors
/// The end was not reached within `patience` (K-108).
pub(crate) fn latest(
    kafka: &Kafka,
    topic: &str,
    patience: Duration,
) -> Result<HashMap<Vec<u8>, Vec<u8>>, Fault> {
    let mut latest = HashMap::new();
    read(kafka, topic, &[0], patience, |message| {
        let record = record_of(Raw::of(message), topic.into());
        match (record.key, record.body) {
            (Some(key), Some(body)) => drop(latest.insert(key, body)),
            (Some(key), None) => drop(latest.remove(&key)),
            // Brokers take no such record for a compacted topic.
            (None, _) => {}
        }
    })?;
    Ok(latest)
}

/// Every committed record of `topic`.
///
/// # Errors
/// The end was not reached within `patience` (K-108).
#[cfg(feature = "embedded")]
pub(crate) fn whole(kafka: &Kafka, topic: &str, patience: Duration) -> Result<Vec<Record>, Fault> {
    let probe: BaseConsumer<Logging> =
        kafka.config().create_with_context(Logging).map_err(|error| setting(&error))?;
    let metadata =
        probe.fetch_metadata(Some(topic), patience).map_err(|error| failed(topic, said(&error)))?;
    let partitions: Vec<i32> =
        metadata.topics().iter().flat_map(|t| t.partitions()).map(|p| p.id()).collect();
    let mut records = Vec::new();
    read(kafka, topic, &partitions, patience, |message| {
        records.push(record_of(Raw::of(message), topic.into()))
    })?;
    Ok(records)
}

fn failed(topic: &str, why: String) -> Fault {
    let message = format!("`{topic}` cannot be read to its end: {why}");
    Fault::world("K-108", message, "look at the brokers' health and at the rights of this client")
}

fn read(
    kafka: &Kafka,
    topic: &str,
    partitions: &[i32],
    patience: Duration,
    mut take: impl FnMut(&BorrowedMessage<'_>),
) -> Result<(), Fault> {
    let failed = |why| failed(topic, why);
    let mut config = kafka.config();
    config
        .set("group.id", format!("{topic}.reader"))
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("isolation.level", "read_committed")
        .set("auto.offset.reset", "earliest")
        .set("enable.partition.eof", "true")
        .set("fetch.wait.max.ms", "10");
    let consumer: BaseConsumer<Logging> =
        config.create_with_context(Logging).map_err(|error| setting(&error))?;
    let consumer = Passing::new(consumer);
    let mut list = TopicPartitionList::new();
    for partition in partitions {
        // Where the first record is, is asked for only when it is not this one: a client that has just been made asks half a
        // second late, as it does not know yet whom.
        list.add_partition_offset(topic, *partition, Offset::Offset(0))
            .map_err(|error| failed(said(&error)))?;
    }
    consumer.assign(&list).map_err(|error| failed(said(&error)))?;
    let (start, mut open) = (Instant::now(), partitions.len());
    let mut result = Ok(());
    while open > 0 && result.is_ok() {
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => take(&message),
            Some(Err(KafkaError::PartitionEOF(_))) => open -= 1,
            Some(Err(error)) if start.elapsed() > patience => result = Err(failed(said(&error))),
            None if start.elapsed() > patience => result = Err(failed("no answer in time".into())),
            Some(Err(_)) | None => {}
        }
    }
    result
}
