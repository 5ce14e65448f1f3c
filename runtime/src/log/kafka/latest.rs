//! The latest record of each key in a compacted topic, read to its end: how a position is found again.
//! It must not know: what the records mean.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::client::{Kafka, Logging, said, setting};
use crate::fault::Fault;

/// The latest committed body of each key in partition 0 of `topic`. Call it after the producers of the topic are fenced:
/// what an open transaction holds is not seen.
///
/// # Errors
/// The end was not reached within `patience` (K-108).
pub(crate) fn latest(kafka: &Kafka, topic: &str, patience: Duration) -> Result<HashMap<Vec<u8>, Vec<u8>>, Fault> {
    let failed = |why: String| {
        let message = format!("`{topic}` cannot be read to its end: {why}");
        Fault::world("K-108", message, "look at the brokers' health and at the rights of this client")
    };
    let mut config = kafka.config();
    config
        .set("group.id", format!("{topic}.reader"))
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("isolation.level", "read_committed")
        .set("auto.offset.reset", "earliest")
        .set("enable.partition.eof", "true")
        .set("fetch.wait.max.ms", "10");
    let consumer: BaseConsumer<Logging> = config.create_with_context(Logging).map_err(|error| setting(&error))?;
    let mut whole = TopicPartitionList::new();
    whole.add_partition_offset(topic, 0, Offset::Beginning).map_err(|error| failed(said(&error)))?;
    consumer.assign(&whole).map_err(|error| failed(said(&error)))?;
    let (start, mut latest) = (Instant::now(), HashMap::new());
    let result = loop {
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => {
                if let (Some(key), Some(body)) = (message.key(), message.payload()) {
                    latest.insert(key.to_vec(), body.to_vec());
                }
            }
            Some(Err(KafkaError::PartitionEOF(_))) => break Ok(latest),
            Some(Err(error)) if start.elapsed() > patience => break Err(failed(said(&error))),
            None if start.elapsed() > patience => break Err(failed("no answer in time".into())),
            Some(Err(_)) | None => {}
        }
    };
    super::close::drop_within(consumer, Duration::from_secs(5));
    result
}
