//! Where a group starts in the partitions that it is given: where it has committed; else, once, where a new group begins.
//! A partition that the group has read before and whose offset is gone has no start: someone must say where to go on.
//! It must not know: rebalances.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::client::{Kafka, Logging, said};
use super::journal::{self, Journal};
use super::member::{Begin, Mark, Marks, Offsets, PATIENCE, mark};
use super::reset::Partitions;
use crate::fault::Fault;
use crate::log::Draft;

/// Why there are no starts.
pub(super) enum Unknown {
    /// The brokers do not answer yet.
    Yet(String),
    /// They do not say what the group has committed.
    Offsets(String),
    /// Someone must act.
    Gap(Fault),
}

/// Where each partition is read on, starts that are to be committed, and notes to be written when they are.
#[derive(Default)]
pub(super) struct Found {
    pub(super) marks: Marks,
    pub(super) starts: Offsets,
    pub(super) notes: Vec<Draft>,
}

/// What one member knows of its group's beginnings.
pub(super) struct Starts {
    kafka: Kafka,
    group: String,
    topic: String,
    begins: Mutex<BTreeMap<String, Begin>>,
    journal: Mutex<Option<Journal>>,
}

impl Starts {
    pub(super) fn new(kafka: &Kafka, group: &str, journal: &str) -> Self {
        let (group, topic) = (group.to_owned(), journal.to_owned());
        Self { kafka: kafka.clone(), group, topic, begins: Mutex::default(), journal: Mutex::default() }
    }

    pub(super) fn kafka(&self) -> &Kafka {
        &self.kafka
    }

    /// Where these topics begin.
    pub(super) fn begins(&self, topics: &[(&str, Begin)]) {
        lock(&self.begins).extend(topics.iter().map(|(topic, begin)| ((*topic).to_owned(), *begin)));
    }

    /// Why there are none, asked once more.
    pub(super) fn without_offsets(&self, of: &TopicPartitionList, why: &str) -> Fault {
        without_offsets(&self.kafka, &self.group, of, why)
    }

    /// What the journal calls a partition that the group has begun.
    fn noted_as(&self, topic: &str, partition: i32) -> String {
        format!("{}/{topic}/{partition}", self.group)
    }

    pub(super) fn write(&self, notes: &[Draft]) -> Result<(), String> {
        if notes.is_empty() { Ok(()) } else { journal::write(&self.kafka, notes) }
    }

    /// The starts of the partitions among `coming` that the group has never committed.
    ///
    /// The journal is read before the offsets are: a partition that it names has had an offset by then, so one without
    /// has lost it. A partition that was added to a topic since the group began it starts at its first record: nothing
    /// in it has been passed by.
    pub(super) fn find<C: ConsumerContext>(
        &self,
        consumer: &BaseConsumer<C>,
        coming: &TopicPartitionList,
    ) -> Result<Found, Unknown> {
        let yet = |error| Unknown::Yet(said(&error));
        let mut journal = lock(&self.journal);
        let ask = || {
            let committed = consumer.committed_offsets(coming.clone(), PATIENCE)?;
            // One partition that is not known makes the answer none: it would look like one that was never committed.
            committed.elements().iter().try_for_each(|element| element.error())?;
            Ok(committed)
        };
        let offsets = |error| Unknown::Offsets(said(&error));
        let committed = ask().map_err(offsets)?;
        let is_new = |offset: Offset| !matches!(offset, Offset::Offset(_));
        let is_missing = committed.elements().iter().any(|element| is_new(element.offset()));
        if journal.is_none() || is_missing {
            let read = Journal::read(&self.kafka, &self.topic);
            *journal = Some(read.map_err(|fault| Unknown::Yet(fault.message))?);
        }
        let journal = journal.as_ref().expect("it has just been read");
        // Once more: what another member has begun meanwhile is committed by now.
        let committed = ask().map_err(offsets)?;
        let mut found = Found::default();
        let mut lost = Partitions::new();
        let committed = committed.elements();
        for element in &committed {
            let (topic, partition) = (element.topic(), element.partition());
            if is_new(element.offset()) && journal.noted(&self.noted_as(topic, partition)).is_some() {
                lost.entry(topic).or_default().push(partition);
            }
        }
        if !lost.is_empty() {
            return Err(Unknown::Gap(gap(&self.kafka, &self.group, &lost)));
        }
        for element in &committed {
            let (topic, partition) = (element.topic(), element.partition());
            let name = self.noted_as(topic, partition);
            let noted = journal.noted(&name);
            let place = (Arc::from(topic), partition);
            if is_new(element.offset()) {
                // Noted with each partition is how many there were: this one came later.
                let added = journal.has_below(&format!("{}/{topic}/", self.group), partition.into());
                if added {
                    let group = self.group.as_str();
                    tracing::warn!(target: "storm::kafka", code = "K-124", group, topic, partition,
                        "a partition was added: keys may have moved, so their order across the change is lost");
                }
                let from_now = !added && lock(&self.begins).get(topic) == Some(&Begin::Now);
                let (first, end) = consumer.fetch_watermarks(topic, partition, PATIENCE).map_err(yet)?;
                let next = if from_now { end } else { first };
                found.starts.insert(place.clone(), next);
                found.marks.insert(place, Mark { next, ..Mark::default() });
            } else if let Some(mark) = mark(element) {
                found.marks.insert(place, mark);
            }
            if noted.is_none() {
                let metadata = consumer.fetch_metadata(Some(topic), PATIENCE).map_err(yet)?;
                let there = metadata.topics().first().map_or(0, |topic| topic.partitions().len());
                if there == 0 {
                    return Err(Unknown::Yet(format!("the partitions of `{topic}` are not known")));
                }
                let there = i64::try_from(there).unwrap_or(i64::MAX);
                found.notes.push(journal::note(&self.topic, &name, there));
            }
        }
        Ok(found)
    }
}

/// What keeps the group's offsets from being known. Brokers keep them back while a transaction that has sent others is
/// open; they tell those of before to whoever does not ask for the end of it.
pub(super) fn without_offsets(kafka: &Kafka, group: &str, of: &TopicPartitionList, why: &str) -> Fault {
    let mut config = kafka.config();
    config
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        .set("isolation.level", "read_uncommitted");
    let client: Result<BaseConsumer<Logging>, _> = config.create_with_context(Logging);
    let told = client.and_then(|client| client.committed_offsets(of.clone(), PATIENCE / 2));
    if told.is_ok_and(|told| told.elements().iter().all(|element| element.error().is_ok())) {
        return held(kafka, group);
    }
    super::member::unfit(why)
}

fn held(kafka: &Kafka, group: &str) -> Fault {
    let message = format!("what `{group}` has committed is kept back by a transaction that has not ended");
    let brokers: String = kafka.brokers().split_whitespace().collect();
    let help = format!(
        "it ends by itself after its time-out; if this repeats for minutes, its end is lost, and `stormc explain K-127` says \
         how it is ended; find it, for each broker's id, with: kafka-transactions.sh --bootstrap-server {brokers} find-hanging \
         --topic __consumer_offsets --max-transaction-timeout 1 --broker-id 1"
    );
    Fault::world("K-127", message, help)
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// K-121 with every such partition of this member, and the command that says where to go on.
fn gap(kafka: &Kafka, group: &str, lost: &Partitions<'_>) -> Fault {
    let of = |(topic, partitions): (&&str, &Vec<i32>)| {
        let partitions: Vec<String> = partitions.iter().map(i32::to_string).collect();
        format!("`{topic}`/{}", partitions.join(","))
    };
    let which: Vec<String> = lost.iter().map(of).collect();
    let message =
        format!("`{group}` has read {} before, and its offsets there are gone", which.join(" and "));
    let help = format!(
        "offsets expire when a group stands still for long, and go with their topic: look at what is missing; then stop all \
         replicas, run the command, and start them: all that is left is read once more, under the same ids (to begin at a \
         time, write `--to-datetime 2026-01-31T00:00:00.000` in place of `--to-earliest`): {}",
        kafka.reset(group, lost)
    );
    Fault::world("K-121", message, help)
}
