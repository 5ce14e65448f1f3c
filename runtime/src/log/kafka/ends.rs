//! Where a topic's partitions begin and end, for a reader of committed records and with what is still open, and what stands
//! at a place in one: asked by clients of its own, so that no loop waits for them.
//! It must not know: who is behind.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList, TopicPartitionListElem as Element};

use super::client::{Kafka, Logging, said, setting};
use crate::fault::Fault;

type Place = (Arc<str>, i32);

/// Asks on behalf of one group, without being a member of it.
pub(crate) struct Ends {
    /// Sees what is committed.
    committed: BaseConsumer<Logging>,
    /// Sees what is written: how much a client sees is a setting of the client.
    written: BaseConsumer<Logging>,
}

impl Ends {
    /// # Errors
    /// A client setting is wrong (K-102).
    pub(crate) fn new(kafka: &Kafka, group: &str) -> Result<Self, Fault> {
        let mut config = kafka.config();
        config
            .set("group.id", group)
            .set("auto.offset.reset", "error")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "true")
            .set("fetch.wait.max.ms", "10")
            .set("fetch.message.max.bytes", "1024")
            .set("queued.min.messages", "1");
        let mut client = |isolation| {
            let config = config.set("isolation.level", isolation);
            config.create_with_context(Logging).map_err(|error| setting(&error))
        };
        Ok(Self { committed: client("read_committed")?, written: client("read_uncommitted")? })
    }

    /// Where each of these ends, transactions that are still open included.
    ///
    /// # Errors
    /// As text: no answer within `patience`.
    pub(crate) fn written(
        &self,
        places: &[Place],
        patience: Duration,
    ) -> Result<BTreeMap<Place, i64>, String> {
        let ends = asked(&self.written, places, Offset::End, patience)?;
        let end = |element: &Element<'_>| {
            let end = element.offset().to_raw().filter(|end| *end >= 0 && element.error().is_ok())?;
            Some(((element.topic().into(), element.partition()), end))
        };
        Ok(ends.elements().iter().filter_map(end).collect())
    }

    /// The first offset that is kept and the end of what is committed, of each of these.
    ///
    /// # Errors
    /// As text: no answer within `patience`.
    pub(crate) fn bounds(
        &self,
        places: &[Place],
        patience: Duration,
    ) -> Result<BTreeMap<Place, (i64, i64)>, String> {
        let ask = |at| asked(&self.committed, places, at, patience);
        let (first, stable) = (ask(Offset::Beginning)?, ask(Offset::End)?);
        let bound = |element: &Element<'_>| {
            let first = element.offset().to_raw()?;
            let end = stable.find_partition(element.topic(), element.partition())?.offset().to_raw()?;
            let known = first >= 0 && end >= 0 && element.error().is_ok();
            known.then(|| ((element.topic().into(), element.partition()), (first, end)))
        };
        Ok(first.elements().iter().filter_map(bound).collect())
    }

    /// The next offsets that the group has committed of these.
    ///
    /// # Errors
    /// As text: no answer within `patience`.
    pub(crate) fn committed(
        &self,
        places: &[Place],
        patience: Duration,
    ) -> Result<BTreeMap<Place, i64>, String> {
        let text = |error: KafkaError| said(&error);
        let asked = list(places.iter().map(|place| (place, Offset::Invalid))).map_err(text)?;
        let answer = self.committed.committed_offsets(asked, patience).map_err(text)?;
        let committed = |element: &Element<'_>| {
            let next = element.offset().to_raw().filter(|next| *next >= 0)?;
            Some(((element.topic().into(), element.partition()), next))
        };
        Ok(answer.elements().iter().filter_map(committed).collect())
    }

    /// When the first committed record at or after each of these offsets was written, milliseconds since the epoch;
    /// nothing when there is none up to the end. Who does not answer within `patience` is left out.
    pub(crate) fn look(
        &self,
        from: &BTreeMap<Place, i64>,
        patience: Duration,
    ) -> BTreeMap<Place, Option<i64>> {
        let start = Instant::now();
        let mut seen = BTreeMap::new();
        let mut topics: Vec<&Arc<str>> = from.keys().map(|(topic, _)| topic).collect();
        topics.dedup();
        // The end of a partition is told without its topic: one topic at a time.
        for topic in topics {
            let of_topic = from.iter().filter(|((of, _), _)| of == topic);
            let wanted = of_topic.clone().count();
            let Ok(assigned) = list(of_topic.map(|(place, at)| (place, Offset::Offset(*at)))) else {
                continue;
            };
            if self.committed.assign(&assigned).is_err() {
                continue;
            }
            let mut answers: BTreeMap<i32, Option<i64>> = BTreeMap::new();
            while answers.len() < wanted && start.elapsed() < patience {
                match self.committed.poll(Duration::from_millis(50)) {
                    Some(Ok(message)) => {
                        let written = message.timestamp().to_millis().unwrap_or(0);
                        answers.entry(message.partition()).or_insert(Some(written));
                    }
                    Some(Err(KafkaError::PartitionEOF(partition))) => {
                        answers.entry(partition).or_insert(None);
                    }
                    Some(Err(_)) | None => {}
                }
            }
            seen.extend(
                answers.into_iter().map(|(partition, written)| ((topic.clone(), partition), written)),
            );
        }
        // Nothing is fetched until the next look.
        let _ = self.committed.unassign();
        seen
    }

    /// Ends the client, waiting no longer than `patience`.
    pub(crate) fn close(self, patience: Duration) {
        super::close::drop_within((self.committed, self.written), patience);
    }
}

fn asked(
    client: &BaseConsumer<Logging>,
    places: &[Place],
    at: Offset,
    patience: Duration,
) -> Result<TopicPartitionList, String> {
    let text = |error: KafkaError| said(&error);
    let asked = list(places.iter().map(|place| (place, at))).map_err(text)?;
    client.offsets_for_times(asked, patience).map_err(text)
}

fn list<'p>(places: impl Iterator<Item = (&'p Place, Offset)>) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::new();
    for ((topic, partition), at) in places {
        list.add_partition_offset(topic, *partition, at)?;
    }
    Ok(list)
}
