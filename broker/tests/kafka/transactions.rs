//! Transactions: all or nothing for readers, one producer for an id.

use std::time::Duration;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::Producer;

use crate::bed::{PATIENCE, on_each, queue, send, until};

#[test]
fn committed_records_show_and_aborted_ones_do_not() {
    on_each(|bed| {
        let topic = bed.topic(2, &[]);
        let producer = bed.transactional(&bed.fresh("id"), &[]);
        for (value, commit) in [("1", true), ("2", false), ("3", true), ("4", false)] {
            producer.begin_transaction().unwrap();
            send(&producer, &topic, 0, &[value]);
            send(&producer, &topic, 1, &[value]);
            if commit {
                producer.commit_transaction(PATIENCE).unwrap();
            } else {
                producer.abort_transaction(PATIENCE).unwrap();
            }
        }
        for partition in [0, 1] {
            assert_eq!(bed.values(&topic, partition, "read_committed"), ["1", "3"]);
            assert_eq!(bed.values(&topic, partition, "read_uncommitted"), ["1", "2", "3", "4"]);
        }
    });
}

#[test]
fn nothing_after_an_open_transaction_shows() {
    on_each(|bed| {
        let topic = bed.topic(1, &[]);
        let slow = bed.transactional(&bed.fresh("id"), &[]);
        let quick = bed.transactional(&bed.fresh("id"), &[]);
        send(&bed.producer(&[]), &topic, 0, &["before"]);
        slow.begin_transaction().unwrap();
        send(&slow, &topic, 0, &["slow"]);
        quick.begin_transaction().unwrap();
        send(&quick, &topic, 0, &["quick"]);
        quick.commit_transaction(PATIENCE).unwrap();
        send(&bed.producer(&[]), &topic, 0, &["plain"]);
        assert_eq!(bed.values(&topic, 0, "read_committed"), ["before"]);
        assert_eq!(bed.values(&topic, 0, "read_uncommitted"), ["before", "slow", "quick", "plain"]);
        slow.commit_transaction(PATIENCE).unwrap();
        assert_eq!(bed.values(&topic, 0, "read_committed"), ["before", "slow", "quick", "plain"]);
    });
}

#[test]
fn a_compressed_transaction_of_many_batches_is_aborted_whole() {
    on_each(|bed| {
        let topic = bed.topic(1, &[]);
        let settings = [("compression.codec", "zstd"), ("batch.num.messages", "10"), ("linger.ms", "1")];
        let producer = bed.transactional(&bed.fresh("id"), &settings);
        producer.begin_transaction().unwrap();
        for index in 0..500 {
            queue(&producer, &topic, 0, &index.to_string());
        }
        producer.flush(PATIENCE).unwrap();
        producer.abort_transaction(PATIENCE).unwrap();
        producer.begin_transaction().unwrap();
        send(&producer, &topic, 0, &["kept"]);
        producer.commit_transaction(PATIENCE).unwrap();
        assert_eq!(bed.values(&topic, 0, "read_committed"), ["kept"]);
    });
}

#[test]
fn a_zombie_is_fenced() {
    on_each(|bed| {
        let topic = bed.topic(1, &[]);
        let id = bed.fresh("id");
        let zombie = bed.transactional(&id, &[]);
        zombie.begin_transaction().unwrap();
        send(&zombie, &topic, 0, &["zombie"]);
        let heir = bed.transactional(&id, &[]);
        let refused = zombie.commit_transaction(PATIENCE).unwrap_err();
        assert!(is_fatal(&refused), "{refused:?}");
        let (code, why) = zombie.client().fatal_error().expect("a fenced producer is of no more use");
        assert_eq!(code, RDKafkaErrorCode::Fenced, "{why}");
        heir.begin_transaction().unwrap();
        send(&heir, &topic, 0, &["heir"]);
        heir.commit_transaction(PATIENCE).unwrap();
        assert_eq!(bed.values(&topic, 0, "read_committed"), ["heir"]);
    });
}

#[test]
fn a_zombie_that_goes_on_writing_is_fenced() {
    on_each(|bed| {
        let topic = bed.topic(1, &[]);
        let id = bed.fresh("id");
        let zombie = bed.transactional(&id, &[]);
        zombie.begin_transaction().unwrap();
        send(&zombie, &topic, 0, &["zombie"]);
        let _heir = bed.transactional(&id, &[]);
        queue(&zombie, &topic, 0, "again");
        // Whether the record or the commit meets the refusal first, neither gets through.
        let _ = zombie.flush(PATIENCE);
        assert!(zombie.commit_transaction(PATIENCE).is_err());
        let _ = zombie.abort_transaction(PATIENCE);
        assert_eq!(zombie.client().fatal_error().map(|(code, _)| code), Some(RDKafkaErrorCode::Fenced));
        assert!(bed.values(&topic, 0, "read_committed").is_empty());
    });
}

#[test]
fn a_transaction_left_open_is_aborted_by_the_broker() {
    on_each(|bed| {
        let topic = bed.topic(1, &[]);
        let settings = [("transaction.timeout.ms", "1000"), ("message.timeout.ms", "1000")];
        let sleepy = bed.transactional(&bed.fresh("id"), &settings);
        sleepy.begin_transaction().unwrap();
        send(&sleepy, &topic, 0, &["late"]);
        send(&bed.producer(&[]), &topic, 0, &["plain"]);
        until("the transaction is aborted", || {
            std::thread::sleep(Duration::from_millis(100));
            bed.values(&topic, 0, "read_committed") == ["plain"]
        });
        assert!(sleepy.commit_transaction(PATIENCE).is_err());
    });
}

#[test]
fn a_timeout_longer_than_allowed_is_refused() {
    on_each(|bed| {
        let mut config = bed.config(&[("transaction.timeout.ms", "2000000")]);
        let producer: rdkafka::producer::BaseProducer =
            config.set("transactional.id", bed.fresh("id")).create().unwrap();
        let refused = producer.init_transactions(PATIENCE).unwrap_err();
        assert_eq!(refused.rdkafka_error_code(), Some(RDKafkaErrorCode::InvalidTransactionTimeout));
    });
}

fn is_fatal(error: &KafkaError) -> bool {
    matches!(error, KafkaError::Transaction(error) if error.is_fatal())
}
