//! Topics: their partitions, settings and names, and who waits for new records in them.
//!
//! It must not know requests or sockets; a waiting reader is only something to wake.

use std::{collections::BTreeMap, sync::Arc};

use kafka_protocol::error::ResponseError;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::log::{Batch, Cleaning, Log};
use crate::topic_config::TopicConfig;

/// One partition.
#[derive(Debug, Default)]
pub(crate) struct Partition {
    /// Its records.
    pub log: Log,
    waiting: Vec<Arc<Notify>>,
}

impl Partition {
    /// Wakes `reader` at the next change of this partition.
    pub fn watch(&mut self, reader: &Arc<Notify>) {
        if !self.waiting.iter().any(|one| Arc::ptr_eq(one, reader)) {
            self.waiting.push(Arc::clone(reader));
        }
    }

    /// Wakes everyone who waits.
    pub fn wake(&mut self) {
        for reader in self.waiting.drain(..) {
            reader.notify_one();
        }
    }
}

/// One topic.
#[derive(Debug)]
pub(crate) struct Topic {
    /// Tells it from another topic that had its name before.
    pub id: Uuid,
    /// Its settings.
    pub config: TopicConfig,
    /// Its partitions.
    pub partitions: Vec<Partition>,
    cleaned_at: i64,
}

/// A refused append: the code, and a sentence where the code alone would not help.
#[derive(Debug)]
pub(crate) struct Refused(pub ResponseError, pub Option<String>);

impl From<ResponseError> for Refused {
    fn from(error: ResponseError) -> Self {
        Self(error, None)
    }
}

impl Topic {
    /// A new topic.
    pub fn new(partitions: usize, config: TopicConfig) -> Self {
        let partitions = (0..partitions).map(|_| Partition::default()).collect();
        Self { id: Uuid::new_v4(), config, partitions, cleaned_at: i64::MIN / 2 }
    }

    /// The partition of that number.
    pub fn partition(&mut self, index: i32) -> Option<&mut Partition> {
        self.partitions.get_mut(usize::try_from(index).ok()?)
    }

    /// Bytes held by all partitions.
    pub fn bytes(&self) -> usize {
        self.partitions.iter().map(|partition| partition.log.bytes()).sum()
    }

    /// Appends a producer's batch and wakes readers. The topic as a whole may hold `bound` bytes.
    pub fn append(&mut self, index: i32, batch: &Batch, now: i64, bound: usize) -> Result<i64, Refused> {
        let length = batch.bytes().len();
        if self.config.limit("max.message.bytes").is_some_and(|most| length as u64 > most.unsigned_abs()) {
            return Err(ResponseError::MessageTooLarge.into());
        }
        if self.config.cleans_by("compact") && !all_keyed(batch)? {
            let why = "a record of a compacted topic needs a key".to_owned();
            return Err(Refused(ResponseError::InvalidRecord, Some(why)));
        }
        let keep = self.keep_bytes();
        let append_time = self.gives_times().then_some(now);
        let held = self.bytes();
        let partition = self.partition(index).ok_or(ResponseError::UnknownTopicOrPartition)?;
        if let Some(keep) = keep {
            partition.log.trim_to(keep);
        }
        if held + length > bound {
            self.make_room(length, now, bound)?;
        }
        let partition = self.partition(index).ok_or(ResponseError::UnknownTopicOrPartition)?;
        let offset = partition.log.append(batch, append_time)?;
        partition.wake();
        Ok(offset)
    }

    /// Cleans a full topic, at most once a second; refuses if that does not help.
    fn make_room(&mut self, length: usize, now: i64, bound: usize) -> Result<(), Refused> {
        if now - self.cleaned_at >= 1000 {
            self.clean(now);
        }
        let held = self.bytes();
        if held + length <= bound {
            return Ok(());
        }
        let why = format!(
            "the topic holds {held} bytes and may hold {bound}; set retention.bytes, or delete records"
        );
        Err(Refused(ResponseError::PolicyViolation, Some(why)))
    }

    /// Applies retention and compaction now.
    pub fn clean(&mut self, now: i64) {
        self.cleaned_at = now;
        let delete = self.config.cleans_by("delete");
        let cleaning = Cleaning {
            keep_bytes: self.keep_bytes(),
            keep_since: self
                .config
                .limit("retention.ms")
                .filter(|_| delete)
                .map(|keep| now.saturating_sub(keep)),
            compact: self.config.cleans_by("compact"),
            keep_tombstones_since: now.saturating_sub(self.config.limit("delete.retention.ms").unwrap_or(0)),
        };
        for partition in &mut self.partitions {
            partition.log.clean(&cleaning);
        }
    }

    /// Whether records carry the time of their append instead of the producer's.
    pub fn gives_times(&self) -> bool {
        self.config.get("message.timestamp.type") == "LogAppendTime"
    }

    fn keep_bytes(&self) -> Option<usize> {
        let limit = self.config.limit("retention.bytes").filter(|_| self.config.cleans_by("delete"));
        limit.and_then(|limit| usize::try_from(limit).ok())
    }
}

fn all_keyed(batch: &Batch) -> Result<bool, Refused> {
    let records = batch.records().map_err(|_| ResponseError::CorruptMessage)?;
    Ok(records.iter().all(|record| record.key.is_some()))
}

/// All topics by name.
#[derive(Debug, Default)]
pub(crate) struct Topics {
    by_name: BTreeMap<String, Topic>,
}

impl Topics {
    /// A topic by name.
    pub fn get(&self, name: &str) -> Option<&Topic> {
        self.by_name.get(name)
    }

    /// A topic by name, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Topic> {
        self.by_name.get_mut(name)
    }

    /// A partition by its topic's name and its number.
    pub fn partition(&mut self, name: &str, index: i32) -> Result<&mut Partition, ResponseError> {
        let partition = self.by_name.get_mut(name).and_then(|topic| topic.partition(index));
        partition.ok_or(ResponseError::UnknownTopicOrPartition)
    }

    /// The name of the topic with that id.
    pub fn name_of(&self, id: Uuid) -> Option<&str> {
        self.by_name.iter().find(|(_, topic)| topic.id == id).map(|(name, _)| name.as_str())
    }

    /// All of them, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Topic)> {
        self.by_name.iter().map(|(name, topic)| (name.as_str(), topic))
    }

    /// All of them, to change them.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Topic> {
        self.by_name.values_mut()
    }

    /// Adds a topic; says why it may not be.
    pub fn create(&mut self, name: &str, topic: Topic) -> Result<(), Refused> {
        check_name(name)?;
        if self.by_name.contains_key(name) {
            let why = format!("Topic '{name}' already exists.");
            return Err(Refused(ResponseError::TopicAlreadyExists, Some(why)));
        }
        self.by_name.insert(name.to_owned(), topic);
        Ok(())
    }

    /// Removes a topic and wakes its readers.
    pub fn delete(&mut self, name: &str) -> Result<Topic, ResponseError> {
        let mut topic = self.by_name.remove(name).ok_or(ResponseError::UnknownTopicOrPartition)?;
        topic.partitions.iter_mut().for_each(Partition::wake);
        Ok(topic)
    }
}

/// Kafka's rule for names of topics.
pub(crate) fn check_name(name: &str) -> Result<(), Refused> {
    let allowed = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    if name.is_empty() || name.len() > 249 || name == "." || name == ".." || !name.chars().all(allowed) {
        let why = "a topic's name has 1 to 249 of the characters a-z, A-Z, 0-9, `.`, `_` and `-`";
        return Err(Refused(ResponseError::InvalidTopicException, Some(why.to_owned())));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::sample::batch;

    fn topic(config: &[(&str, &str)]) -> Topic {
        Topic::new(1, TopicConfig::from_pairs(config.iter().map(|(k, v)| (*k, Some(*v)))).unwrap())
    }

    fn record() -> Batch {
        Batch::parse(batch(&[("a", Some("1"))])).unwrap()
    }

    #[test]
    fn a_full_topic_refuses_and_says_so() {
        let mut full = topic(&[]);
        let bound = record().bytes().len() * 2;
        full.append(0, &record(), 0, bound).unwrap();
        full.append(0, &record(), 0, bound).unwrap();
        let Refused(code, why) = full.append(0, &record(), 0, bound).unwrap_err();
        assert_eq!(code, ResponseError::PolicyViolation);
        assert!(why.unwrap().contains("retention.bytes"));
    }

    #[test]
    fn retention_by_bytes_makes_room_before_the_bound_is_met() {
        let mut kept = topic(&[("retention.bytes", "1")]);
        let bound = record().bytes().len() * 3;
        for _ in 0..20 {
            kept.append(0, &record(), 0, bound).unwrap();
        }
        assert_eq!(kept.partitions[0].log.end(), 20);
    }

    #[test]
    fn a_full_compacted_topic_makes_room_by_compacting() {
        let mut compacted = topic(&[("cleanup.policy", "compact")]);
        let bound = record().bytes().len() * 3;
        for step in 0..20 {
            compacted.append(0, &record(), step * 1000, bound).unwrap();
        }
        assert_eq!(compacted.partitions[0].log.end(), 20);
    }

    #[test]
    fn large_batches_are_refused_by_the_topics_own_limit() {
        let Refused(code, _) =
            topic(&[("max.message.bytes", "10")]).append(0, &record(), 0, usize::MAX).unwrap_err();
        assert_eq!(code, ResponseError::MessageTooLarge);
    }

    #[test]
    fn names_follow_kafkas_rule() {
        for bad in ["", ".", "..", "a b", "ä", &"x".repeat(250)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
        assert!(check_name("shop.Orders_1-raw").is_ok());
    }
}
