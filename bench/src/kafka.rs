//! Topics and readers of the comparison: the same client that a service uses, as bare as it comes.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::Outcome;
use crate::ground::PARTITIONS;

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Makes a topic.
pub(crate) fn create(brokers: &str, name: &str, partitions: i32) -> Outcome<()> {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", brokers).create().map_err(said)?;
    let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(said)?;
    let made = runtime.block_on(admin.create_topics([&topic], &AdminOptions::new())).map_err(said)?;
    made.into_iter().try_for_each(|one| one.map(drop).map_err(|(name, code)| format!("`{name}`: {code}")))
}

/// Where each partition of a topic ends now.
pub(crate) fn ends(brokers: &str, topic: &str) -> Outcome<Vec<i64>> {
    let consumer = reader(brokers)?;
    let end = |partition| {
        consumer.fetch_watermarks(topic, partition, Duration::from_secs(30)).map(|(_, high)| high)
    };
    (0..PARTITIONS).map(end).collect::<Result<_, _>>().map_err(said)
}

/// A consumer outside of any group that shows committed records only, set as a service sets its own.
pub(crate) fn reader(brokers: &str) -> Outcome<BaseConsumer> {
    settings(brokers).create().map_err(said)
}

/// A reader that stands at a topic's end and waits for more.
pub(crate) fn at_end(brokers: &str, topic: &str) -> Outcome<BaseConsumer> {
    let mut settings = settings(brokers);
    let consumer: BaseConsumer = settings.set("enable.partition.eof", "true").create().map_err(said)?;
    assign(&consumer, topic, &ends(brokers, topic)?)?;
    let (mut waiting, start) = (HashSet::new(), Instant::now());
    while waiting.len() < PARTITIONS as usize {
        match consumer.poll(Duration::from_millis(100)) {
            Some(Err(KafkaError::PartitionEOF(partition))) => drop(waiting.insert(partition)),
            Some(Err(error)) => return Err(said(error)),
            Some(Ok(_)) | None if start.elapsed() > Duration::from_secs(30) => {
                return Err(format!("the end of `{topic}` is not reached"));
            }
            Some(Ok(_)) | None => {}
        }
    }
    Ok(consumer)
}

fn settings(brokers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", brokers)
        .set("group.id", "bench")
        .set("isolation.level", "read_committed")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("fetch.queue.backoff.ms", "50")
        .set("fetch.wait.max.ms", "50")
        .set("queued.max.messages.kbytes", "16384");
    config
}

/// Reads a topic from these offsets on.
pub(crate) fn assign(consumer: &BaseConsumer, topic: &str, from: &[i64]) -> Outcome<()> {
    let mut list = TopicPartitionList::new();
    for (partition, offset) in (0..).zip(from) {
        list.add_partition_offset(topic, partition, Offset::Offset(*offset)).map_err(said)?;
    }
    consumer.assign(&list).map_err(said)
}

/// Reads until nothing has come for so long.
pub(crate) fn read_on(consumer: &BaseConsumer, quiet: Duration) -> Outcome<()> {
    let mut last = Instant::now();
    while last.elapsed() < quiet {
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(_)) => last = Instant::now(),
            Some(Err(KafkaError::PartitionEOF(_))) | None => {}
            Some(Err(error)) => return Err(said(error)),
        }
    }
    Ok(())
}

/// Reads so many records, handing each on, and says how many a second came between the first tenth and the last.
pub(crate) fn read(
    consumer: &BaseConsumer,
    records: u64,
    patience: Duration,
    mut each: impl FnMut(&BorrowedMessage<'_>) -> Outcome<()>,
) -> Outcome<f64> {
    let (mut seen, mut begun) = (0, None);
    let mut last = Instant::now();
    while seen < records {
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => {
                each(&message)?;
                seen += 1;
                if seen % 1024 == 0 {
                    last = Instant::now();
                }
                if seen == records / 10 {
                    begun = Some(Instant::now());
                }
            }
            Some(Err(KafkaError::PartitionEOF(_))) => {}
            Some(Err(error)) => return Err(said(error)),
            None if last.elapsed() > patience => {
                return Err(format!("only {seen} of {records} records came"));
            }
            None => {}
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of records")]
    let counted = (records - records / 10) as f64;
    Ok(begun.map_or(0.0, |since| counted / since.elapsed().as_secs_f64()))
}
