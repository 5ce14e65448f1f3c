//! The transaction coordinator: which producer holds a transactional id, with which epoch, and what its open
//! transaction touches.
//!
//! A pure state machine. It decides that a transaction ends and hands out an [`Ended`]; writing markers and settling
//! offsets is the cluster's part, in the same step, so no transaction is ever seen half ended. It follows the
//! protocol of before KIP-890's second part, which is what librdkafka speaks.

use std::collections::{BTreeMap, BTreeSet};

use kafka_protocol::error::ResponseError;

/// A producer and its epoch, as a request names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Producer {
    pub id: i64,
    pub epoch: i16,
}

/// A transaction that ended: what is to be marked and settled.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// Whose it was; the epoch is the one to write into markers.
    pub producer: Producer,
    /// Whether it was committed.
    pub commit: bool,
    /// The partitions it wrote to.
    pub partitions: BTreeSet<(String, i32)>,
    /// The groups whose offsets it carried.
    pub groups: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Empty,
    Ongoing { since: i64 },
    Committed,
    Aborted,
}

#[derive(Debug)]
struct Transaction {
    producer: Producer,
    /// The producer before the last change of epoch, so that a repeated request is known for one.
    previous: Option<Producer>,
    timeout: i64,
    phase: Phase,
    partitions: BTreeSet<(String, i32)>,
    groups: BTreeSet<String>,
}

/// All transactional ids.
#[derive(Debug, Default)]
pub(crate) struct Transactions {
    by_id: BTreeMap<String, Transaction>,
    holders: BTreeMap<i64, String>,
    next_producer: i64,
}

impl Transactions {
    /// A producer without a transactional id.
    pub fn new_producer(&mut self) -> Producer {
        self.next_producer += 1;
        Producer { id: 1000 + self.next_producer, epoch: 0 }
    }

    /// Gives a transactional id to a new producer (or, if `current` names the present one, a new epoch to it),
    /// fences the old one and aborts what it had open. `timeout` is in milliseconds.
    pub fn init(
        &mut self,
        id: &str,
        timeout: i64,
        current: Option<Producer>,
    ) -> Result<(Producer, Option<Ended>), ResponseError> {
        let Some(transaction) = self.by_id.get_mut(id) else {
            if current.is_some() {
                return Err(ResponseError::InvalidProducerIdMapping);
            }
            let producer = self.new_producer();
            self.hold(id, producer, timeout);
            return Ok((producer, None));
        };
        transaction.timeout = timeout;
        if let Some(current) = current
            && current != transaction.producer
        {
            return match transaction.previous {
                Some(previous) if previous == current => Ok((transaction.producer, None)),
                _ => Err(ResponseError::ProducerFenced),
            };
        }
        let old = transaction.producer;
        let ended = transaction.abort_with_new_epoch();
        if ended.is_none() {
            transaction.bump();
        }
        transaction.phase = Phase::Empty;
        if transaction.producer.epoch == i16::MAX {
            self.holders.remove(&old.id);
            let producer = self.new_producer();
            self.hold(id, producer, timeout);
            return Ok((producer, ended));
        }
        transaction.previous = current;
        Ok((transaction.producer, ended))
    }

    fn hold(&mut self, id: &str, producer: Producer, timeout: i64) {
        self.holders.insert(producer.id, id.to_owned());
        let transaction = Transaction {
            producer,
            previous: None,
            timeout,
            phase: Phase::Empty,
            partitions: BTreeSet::new(),
            groups: BTreeSet::new(),
        };
        self.by_id.insert(id.to_owned(), transaction);
    }

    /// Adds partitions to the open transaction, opening it if need be. `now` is in milliseconds.
    pub fn add_partitions(
        &mut self,
        now: i64,
        id: &str,
        producer: Producer,
        partitions: impl IntoIterator<Item = (String, i32)>,
    ) -> Result<(), ResponseError> {
        let transaction = self.checked(id, producer)?;
        transaction.open(now);
        transaction.partitions.extend(partitions);
        Ok(())
    }

    /// Adds a group to the open transaction, opening it if need be. `now` is in milliseconds.
    pub fn add_group(
        &mut self,
        now: i64,
        id: &str,
        producer: Producer,
        group: &str,
    ) -> Result<(), ResponseError> {
        let transaction = self.checked(id, producer)?;
        transaction.open(now);
        transaction.groups.insert(group.to_owned());
        Ok(())
    }

    /// Whether the producer may write to a partition inside its transaction now.
    pub fn may_write(&self, producer: Producer, topic: &str, partition: i32) -> Result<(), ResponseError> {
        let transaction = self.held_by(producer.id).ok_or(ResponseError::InvalidTxnState)?;
        if producer.epoch < transaction.producer.epoch {
            return Err(ResponseError::InvalidProducerEpoch);
        }
        let added = transaction.partitions.contains(&(topic.to_owned(), partition));
        if transaction.is_ongoing() && added { Ok(()) } else { Err(ResponseError::InvalidTxnState) }
    }

    /// Whether the producer may commit a group's offsets inside its transaction now.
    pub fn may_commit_offsets(
        &mut self,
        id: &str,
        producer: Producer,
        group: &str,
    ) -> Result<(), ResponseError> {
        let transaction = self.checked(id, producer)?;
        let added = transaction.is_ongoing() && transaction.groups.contains(group);
        if added { Ok(()) } else { Err(ResponseError::InvalidTxnState) }
    }

    /// Ends the open transaction. A repeated request is answered as the first was, and ends nothing.
    pub fn end(
        &mut self,
        id: &str,
        producer: Producer,
        commit: bool,
    ) -> Result<Option<Ended>, ResponseError> {
        let transaction = self.checked(id, producer)?;
        match (transaction.phase, commit) {
            (Phase::Ongoing { .. }, _) => Ok(Some(transaction.finish(commit))),
            (Phase::Committed, true) | (Phase::Aborted, false) => Ok(None),
            _ => Err(ResponseError::InvalidTxnState),
        }
    }

    /// Aborts the transactions that are open for longer than their producers said, and fences those producers.
    pub fn expire(&mut self, now: i64) -> Vec<Ended> {
        let late = |one: &&mut Transaction| matches!(one.phase, Phase::Ongoing { since } if now - since >= one.timeout);
        self.by_id.values_mut().filter(late).filter_map(Transaction::abort_with_new_epoch).collect()
    }

    /// How many transactions are open.
    pub fn open(&self) -> usize {
        self.by_id.values().filter(|one| one.is_ongoing()).count()
    }

    fn held_by(&self, producer_id: i64) -> Option<&Transaction> {
        self.by_id.get(self.holders.get(&producer_id)?)
    }

    fn checked(&mut self, id: &str, producer: Producer) -> Result<&mut Transaction, ResponseError> {
        match self.by_id.get_mut(id) {
            Some(transaction) if transaction.producer.id == producer.id => {
                if transaction.producer.epoch == producer.epoch {
                    Ok(transaction)
                } else {
                    Err(ResponseError::ProducerFenced)
                }
            }
            _ => Err(ResponseError::InvalidProducerIdMapping),
        }
    }
}

impl Transaction {
    fn is_ongoing(&self) -> bool {
        matches!(self.phase, Phase::Ongoing { .. })
    }

    fn open(&mut self, now: i64) {
        if !self.is_ongoing() {
            self.phase = Phase::Ongoing { since: now };
        }
    }

    fn bump(&mut self) {
        self.previous = None;
        self.producer.epoch = self.producer.epoch.saturating_add(1);
    }

    fn finish(&mut self, commit: bool) -> Ended {
        self.phase = if commit { Phase::Committed } else { Phase::Aborted };
        Ended {
            producer: self.producer,
            commit,
            partitions: std::mem::take(&mut self.partitions),
            groups: std::mem::take(&mut self.groups),
        }
    }

    fn abort_with_new_epoch(&mut self) -> Option<Ended> {
        if !self.is_ongoing() {
            return None;
        }
        self.bump();
        Some(self.finish(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(transactions: &mut Transactions) -> Producer {
        let (producer, ended) = transactions.init("t", 1000, None).unwrap();
        assert_eq!(ended, None);
        transactions.add_partitions(0, "t", producer, [("topic".to_owned(), 0)]).unwrap();
        producer
    }

    #[test]
    fn a_second_producer_fences_the_first_and_aborts_its_transaction() {
        let mut all = Transactions::default();
        let first = started(&mut all);
        let (second, ended) = all.init("t", 1000, None).unwrap();
        assert_eq!((second.id, second.epoch), (first.id, first.epoch + 1));
        let ended = ended.unwrap();
        assert!(!ended.commit && ended.partitions.contains(&("topic".to_owned(), 0)));
        assert_eq!(ended.producer, second);
        assert_eq!(all.end("t", first, true), Err(ResponseError::ProducerFenced));
        assert_eq!(all.may_write(first, "topic", 0), Err(ResponseError::InvalidProducerEpoch));
    }

    #[test]
    fn ending_twice_is_answered_twice_and_done_once() {
        let mut all = Transactions::default();
        let producer = started(&mut all);
        assert!(all.end("t", producer, true).unwrap().unwrap().commit);
        assert_eq!(all.end("t", producer, true), Ok(None));
        assert_eq!(all.end("t", producer, false), Err(ResponseError::InvalidTxnState));
        assert_eq!(all.open(), 0);
    }

    #[test]
    fn partitions_not_added_may_not_be_written() {
        let mut all = Transactions::default();
        let producer = started(&mut all);
        assert_eq!(all.may_write(producer, "topic", 0), Ok(()));
        assert_eq!(all.may_write(producer, "topic", 1), Err(ResponseError::InvalidTxnState));
        all.end("t", producer, true).unwrap();
        assert_eq!(all.may_write(producer, "topic", 0), Err(ResponseError::InvalidTxnState));
    }

    #[test]
    fn late_transactions_are_aborted_and_their_producers_fenced() {
        let mut all = Transactions::default();
        let producer = started(&mut all);
        assert!(all.expire(999).is_empty());
        let ended = all.expire(1000);
        assert_eq!(ended[0].producer.epoch, producer.epoch + 1);
        assert_eq!(all.end("t", producer, true), Err(ResponseError::ProducerFenced));
        assert_eq!(all.init("t", 1000, Some(producer)), Err(ResponseError::ProducerFenced));
    }

    #[test]
    fn a_repeated_request_for_a_new_epoch_gives_the_same_epoch() {
        let mut all = Transactions::default();
        let producer = started(&mut all);
        all.end("t", producer, false).unwrap();
        let (bumped, _) = all.init("t", 1000, Some(producer)).unwrap();
        assert_eq!(bumped.epoch, producer.epoch + 1);
        assert_eq!(all.init("t", 1000, Some(producer)), Ok((bumped, None)));
    }

    #[test]
    fn a_spent_epoch_is_replaced_by_a_new_producer() {
        let mut all = Transactions::default();
        let (first, _) = all.init("t", 1000, None).unwrap();
        let mut last = first;
        for _ in 0..i32::from(i16::MAX) {
            last = all.init("t", 1000, None).unwrap().0;
        }
        assert_ne!(last.id, first.id);
        assert_eq!(all.may_write(first, "topic", 0), Err(ResponseError::InvalidTxnState));
    }
}
