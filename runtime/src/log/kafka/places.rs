//! What groups have committed, seen and set from outside of them.
//! It must not know: whose group it is.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::client::{Kafka, Logging, said, setting};
use super::member::{Offsets, list};
use crate::fault::Fault;

const PATIENCE: Duration = Duration::from_secs(15);

/// The next offsets that a group has committed on a topic; none for a topic that is not there.
///
/// # Errors
/// The brokers do not answer (K-104).
pub(crate) fn committed(kafka: &Kafka, group: &str, topic: &str) -> Result<Offsets, Fault> {
    let client = client(kafka, group)?;
    let metadata =
        patiently(|| client.fetch_metadata(Some(topic), PATIENCE)).map_err(|error| failed(group, &error))?;
    let mut all = TopicPartitionList::new();
    for partition in metadata.topics().iter().flat_map(|topic| topic.partitions()) {
        all.add_partition(topic, partition.id());
    }
    if all.count() == 0 {
        return Ok(Offsets::new());
    }
    let stored = patiently(|| client.committed_offsets(all.clone(), PATIENCE))
        .map_err(|error| failed(group, &error))?;
    let offset = |element: &rdkafka::topic_partition_list::TopicPartitionListElem<'_>| match element.offset()
    {
        Offset::Offset(offset) => Some(((topic.into(), element.partition()), offset)),
        _ => None,
    };
    Ok(stored.elements().iter().filter_map(offset).collect())
}

/// Commits these for a group that has no member.
///
/// # Errors
/// It has one, or the brokers do not answer (K-104).
pub(crate) fn store(kafka: &Kafka, group: &str, offsets: &Offsets) -> Result<(), Fault> {
    if offsets.is_empty() {
        return Ok(());
    }
    let client = client(kafka, group)?;
    patiently(|| client.commit(&list(offsets), CommitMode::Sync)).map_err(|error| failed(group, &error))
}

fn client(kafka: &Kafka, group: &str) -> Result<BaseConsumer<Logging>, Fault> {
    let mut config = kafka.config();
    config.set("group.id", group).set("enable.auto.commit", "false");
    config.create_with_context(Logging).map_err(|error| setting(&error))
}

/// A coordinator that is being elected answers a moment later.
fn patiently<T>(ask: impl Fn() -> Result<T, KafkaError>) -> Result<T, KafkaError> {
    let start = Instant::now();
    loop {
        match ask() {
            Err(error) if passes(&error) && start.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(100));
            }
            answer => return answer,
        }
    }
}

fn passes(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as C;
    let passing = [
        C::CoordinatorNotAvailable,
        C::CoordinatorLoadInProgress,
        C::NotCoordinator,
        C::WaitingForCoordinator,
    ];
    error.rdkafka_error_code().is_some_and(|code| passing.contains(&code))
}

fn failed(group: &str, error: &KafkaError) -> Fault {
    let message = format!("what the group `{group}` has committed is not known: {}", said(error));
    Fault::world("K-104", message, "look at the brokers' health and at the rights of this client")
}
