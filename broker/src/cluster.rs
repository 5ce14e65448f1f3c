//! Everything the broker holds, and the steps that touch more than one part of it.
//!
//! It must not know requests, sockets or tasks.

use std::collections::BTreeMap;

use kafka_protocol::error::ResponseError;

use crate::group::{Group, member::Answers};
use crate::topic::Topics;
use crate::transaction::{Ended, Transactions};

/// The state behind all connections.
#[derive(Debug, Default)]
pub(crate) struct Cluster {
    pub topics: Topics,
    pub groups: BTreeMap<String, Group>,
    pub transactions: Transactions,
}

impl Cluster {
    /// A group, made if there is none.
    pub fn group(&mut self, id: &str) -> &mut Group {
        if !self.groups.contains_key(id) {
            self.groups.insert(id.to_owned(), Group::default());
        }
        self.groups.get_mut(id).expect("it was inserted if it was missing")
    }

    /// Writes the markers of a transaction that ended and settles the offsets it carried.
    pub fn settle(&mut self, ended: &Ended, now: i64) {
        for (topic, index) in &ended.partitions {
            if let Ok(partition) = self.topics.partition(topic, *index) {
                let producer = ended.producer;
                partition.log.end_transaction(producer.id, producer.epoch, ended.commit, now);
                partition.wake();
            }
        }
        for group in &ended.groups {
            if let Some(group) = self.groups.get_mut(group) {
                group.offsets.settle(ended.producer.id, ended.commit);
            }
        }
    }

    /// Deletes a topic and what groups remember of it.
    pub fn delete_topic(&mut self, name: &str) -> Result<(), ResponseError> {
        self.topics.delete(name)?;
        self.groups.values_mut().for_each(|group| group.offsets.forget_topic(name));
        Ok(())
    }

    /// Does what time demands: silent members go, late transactions are aborted.
    pub fn expire(&mut self, now: i64, answers: &mut Answers) {
        for group in self.groups.values_mut() {
            group.expire(now, answers);
        }
        self.groups.retain(|_, group| !group.is_unused());
        for ended in self.transactions.expire(now) {
            self.settle(&ended, now);
        }
    }
}
