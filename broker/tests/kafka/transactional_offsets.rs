//! Consume, transform, produce: offsets travel inside the transaction.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::producer::Producer;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::bed::{Bed, PATIENCE, on_each, send, take};

fn at(topic: &str, offset: i64) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, 0, Offset::Offset(offset)).unwrap();
    list
}

fn committed(bed: &Bed, group: &str, topic: &str) -> Offset {
    let consumer: BaseConsumer = bed.consumer(group, &[]);
    let mut asked = TopicPartitionList::new();
    asked.add_partition(topic, 0);
    let found = consumer.committed_offsets(asked, PATIENCE).unwrap();
    found.elements()[0].offset()
}

#[test]
fn offsets_are_committed_with_the_transaction_and_not_before() {
    on_each(|bed| {
        let (input, output) = (bed.topic(1, &[]), bed.topic(1, &[]));
        send(&bed.producer(&[]), &input, 0, &["1", "2", "3"]);
        let group = bed.fresh("group");
        let consumer = bed.consumer(&group, &[]);
        consumer.subscribe(&[&input]).unwrap();
        take(&consumer, 3);
        let metadata = consumer.group_metadata().unwrap();
        let producer = bed.transactional(&bed.fresh("id"), &[]);

        producer.begin_transaction().unwrap();
        send(&producer, &output, 0, &["aborted"]);
        producer.send_offsets_to_transaction(&at(&input, 2), &metadata, PATIENCE).unwrap();
        producer.abort_transaction(PATIENCE).unwrap();
        assert_eq!(committed(bed, &group, &input), Offset::Invalid);

        producer.begin_transaction().unwrap();
        send(&producer, &output, 0, &["kept"]);
        producer.send_offsets_to_transaction(&at(&input, 3), &metadata, PATIENCE).unwrap();
        let careful: BaseConsumer = bed.consumer(&group, &[("isolation.level", "read_committed")]);
        let waited = careful.committed_offsets(at(&input, 0), Duration::from_millis(300));
        assert!(waited.is_err(), "an offset that may still change is not told: {waited:?}");
        if let Some(broker) = &bed.broker {
            assert_eq!(broker.committed(&group, &input, 0), None);
            assert_eq!(broker.open_transactions(), 1);
        }
        producer.commit_transaction(PATIENCE).unwrap();
        assert_eq!(committed(bed, &group, &input), Offset::Offset(3));
        assert_eq!(bed.values(&output, 0, "read_committed"), ["kept"]);
    });
}

#[test]
fn offsets_of_an_old_generation_are_refused() {
    on_each(|bed| {
        let (input, output) = (bed.topic(1, &[]), bed.topic(1, &[]));
        send(&bed.producer(&[]), &input, 0, &["1"]);
        let group = bed.fresh("group");
        let consumer = bed.consumer(&group, &[]);
        consumer.subscribe(&[&input]).unwrap();
        take(&consumer, 1);
        let old = consumer.group_metadata().unwrap();
        consumer.unsubscribe();
        drop(consumer);
        let heir = bed.consumer(&group, &[]);
        heir.subscribe(&[&input]).unwrap();
        take(&heir, 1);

        let producer = bed.transactional(&bed.fresh("id"), &[]);
        producer.begin_transaction().unwrap();
        send(&producer, &output, 0, &["zombie"]);
        let refused = producer.send_offsets_to_transaction(&at(&input, 1), &old, PATIENCE).unwrap_err();
        let code = refused.rdkafka_error_code();
        let known = [Some(RDKafkaErrorCode::UnknownMemberId), Some(RDKafkaErrorCode::IllegalGeneration)];
        assert!(known.contains(&code), "{refused:?}");
        producer.abort_transaction(PATIENCE).unwrap();
        assert_eq!(committed(bed, &group, &input), Offset::Invalid);
        assert!(bed.values(&output, 0, "read_committed").is_empty());
    });
}

#[test]
fn a_fenced_producer_commits_no_offsets() {
    on_each(|bed| {
        let input = bed.topic(1, &[]);
        send(&bed.producer(&[]), &input, 0, &["1"]);
        let group = bed.fresh("group");
        let consumer = bed.consumer(&group, &[]);
        consumer.subscribe(&[&input]).unwrap();
        take(&consumer, 1);
        let id = bed.fresh("id");
        let zombie = bed.transactional(&id, &[]);
        zombie.begin_transaction().unwrap();
        let _heir = bed.transactional(&id, &[]);
        let metadata = consumer.group_metadata().unwrap();
        assert!(zombie.send_offsets_to_transaction(&at(&input, 1), &metadata, PATIENCE).is_err());
        assert_eq!(zombie.client().fatal_error().map(|(code, _)| code), Some(RDKafkaErrorCode::Fenced));
        assert_eq!(committed(bed, &group, &input), Offset::Invalid);
    });
}
