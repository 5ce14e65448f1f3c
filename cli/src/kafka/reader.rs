//! A topic's committed records, from where one says, to the end or for ever.
//! It must not know: what a record means.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::client::{Heard, Kafka, PATIENCE};
use super::headers;
use super::record::Record;
use crate::report::Stop;
use crate::rules;

/// How long the brokers may be silent before reading to the end is given up.
const SILENCE: Duration = Duration::from_secs(30);

/// Where reading begins in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// At the first record that is kept.
    Beginning,
    /// After the last one.
    Now,
    /// At the first record that was written at this time or later, in milliseconds since the epoch.
    Time(i64),
    /// At this offset.
    Offset(i64),
}

/// What there is to read of a partition when reading begins, in offsets.
#[derive(Clone, Copy)]
struct Span {
    begin: i64,
    at: i64,
    end: i64,
}

/// Records as they come.
pub(crate) struct Reader<'k> {
    kafka: &'k Kafka,
    consumer: BaseConsumer<Heard>,
    topic: String,
    /// Partitions whose end was not reached yet.
    open: BTreeSet<i32>,
    spans: BTreeMap<i32, Span>,
    follow: bool,
    heard: Instant,
}

impl Kafka {
    /// Reads partitions of a topic, each from its start. Without `follow` the reader ends at the end of each.
    ///
    /// # Errors
    /// The cluster refuses (S0828).
    pub(crate) fn read(
        &self,
        topic: &str,
        starts: &BTreeMap<i32, Start>,
        follow: bool,
    ) -> Result<Reader<'_>, Stop> {
        let refused = |error: KafkaError| self.refused(&format!("`{topic}` cannot be read"), &error);
        let consumer = self.consumer(true)?;
        let mut list = TopicPartitionList::new();
        let mut spans = BTreeMap::new();
        for (partition, start) in starts {
            let (offset, span) = offset(&consumer, topic, *partition, *start).map_err(refused)?;
            list.add_partition_offset(topic, *partition, offset).map_err(refused)?;
            spans.insert(*partition, span);
        }
        consumer.assign(&list).map_err(refused)?;
        let (open, topic) = (starts.keys().copied().collect(), topic.to_owned());
        Ok(Reader { kafka: self, consumer, topic, open, spans, follow, heard: Instant::now() })
    }

    /// Waits until nothing that is written to a topic by now is hidden behind an open transaction. A committed one hides
    /// for a moment too: a producer hears of its commit before readers do.
    ///
    /// # Errors
    /// One stays open longer than `patience` (S0830), or the cluster refuses (S0828).
    pub(crate) fn settle(&self, topic: &str, patience: Duration) -> Result<(), Stop> {
        let refused =
            |error: KafkaError| self.refused(&format!("the end of `{topic}` cannot be found"), &error);
        let (written, seen) = (self.consumer(false)?, self.consumer(true)?);
        let begun = Instant::now();
        for partition in self.topic(topic)?.partitions {
            let end = written.fetch_watermarks(topic, partition, PATIENCE).map_err(refused)?.1;
            while seen.fetch_watermarks(topic, partition, PATIENCE).map_err(refused)?.1 < end {
                if begun.elapsed() > patience {
                    return Err(Stop::outside(
                        &rules::HELD_BACK,
                        format!("an open transaction hides the end of `{topic}`, partition {partition}"),
                        "wait until the broker ends it, and look for a producer that hangs",
                    ));
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        Ok(())
    }
}

impl Reader<'_> {
    /// How many offsets there were to read when it began. Those of markers and of what was compacted away count as well.
    pub(crate) fn total(&self) -> usize {
        self.spans.values().map(|span| usize::try_from(span.end - span.begin).unwrap_or(0)).sum()
    }

    /// How many of them are behind it.
    pub(crate) fn looked_at(&self) -> usize {
        self.spans.values().map(|span| usize::try_from(span.at.min(span.end) - span.begin).unwrap_or(0)).sum()
    }

    /// The next record; nothing when the end is reached. With `follow` it waits as long as it takes.
    ///
    /// # Errors
    /// The brokers refuse (S0828), or are silent for half a minute before the end is reached (S0821).
    pub(crate) fn next(&mut self) -> Result<Option<Record>, Stop> {
        loop {
            if self.open.is_empty() && !self.follow {
                return Ok(None);
            }
            let error = match self.consumer.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => {
                    self.heard = Instant::now();
                    if let Some(span) = self.spans.get_mut(&message.partition()) {
                        span.at = message.offset() + 1;
                    }
                    return Ok(Some(record(&message, &self.topic)));
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    self.open.remove(&partition);
                    if let Some(span) = self.spans.get_mut(&partition) {
                        span.at = span.end;
                    }
                    self.heard = Instant::now();
                    continue;
                }
                Some(Err(error)) => error,
                None => KafkaError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut),
            };
            match error.rdkafka_error_code() {
                Some(
                    RDKafkaErrorCode::TopicAuthorizationFailed
                    | RDKafkaErrorCode::UnknownTopicOrPartition
                    | RDKafkaErrorCode::UnknownTopic
                    | RDKafkaErrorCode::UnknownPartition,
                ) => return Err(self.kafka.refused(&format!("`{}` cannot be read", self.topic), &error)),
                _ if !self.follow && self.heard.elapsed() > SILENCE => {
                    return Err(self.kafka.unreachable(&error));
                }
                _ => {}
            }
        }
    }
}

/// The start in the library's shape, and what there is from there. An offset after the end is the end; one that has expired
/// is the first that is kept.
fn offset(
    consumer: &BaseConsumer<Heard>,
    topic: &str,
    partition: i32,
    start: Start,
) -> Result<(Offset, Span), KafkaError> {
    let (first, end) = consumer.fetch_watermarks(topic, partition, PATIENCE)?;
    let begin = match start {
        Start::Beginning => first,
        Start::Now => end,
        Start::Offset(offset) => offset.clamp(first, end),
        Start::Time(time) => {
            let mut list = TopicPartitionList::new();
            list.add_partition_offset(topic, partition, Offset::Offset(time))?;
            let found = consumer.offsets_for_times(list, PATIENCE)?;
            match found.elements().first().map(|element| element.offset()) {
                Some(Offset::Offset(at)) => at,
                _ => end,
            }
        }
    };
    // What expires meanwhile moves the beginning, not an offset.
    let offset = if start == Start::Beginning { Offset::Beginning } else { Offset::Offset(begin) };
    Ok((offset, Span { begin, at: begin, end }))
}

fn record(message: &BorrowedMessage<'_>, topic: &str) -> Record {
    Record {
        topic: topic.to_owned(),
        partition: message.partition(),
        offset: message.offset(),
        time: message.timestamp().to_millis().unwrap_or_default(),
        key: message.key().map(<[u8]>::to_vec),
        headers: headers::all(message),
        body: message.payload().map(<[u8]>::to_vec),
    }
}
