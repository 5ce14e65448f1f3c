//! Consumer groups: who reads what, and from where.

use std::collections::BTreeSet;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::Message;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::bed::{Bed, PATIENCE, on_each, send, take, until};

/// Partitions that a consumer has now.
fn assigned(consumer: &BaseConsumer) -> BTreeSet<i32> {
    consumer.assignment().unwrap().elements().iter().map(|one| one.partition()).collect()
}

/// Polls all until the partitions are divided evenly, each with one owner.
fn settle(consumers: &[&BaseConsumer], partitions: i32) {
    let even = usize::try_from(partitions).unwrap() / consumers.len();
    until("the partitions are divided", || {
        for consumer in consumers {
            let _ = consumer.poll(Duration::from_millis(20));
        }
        let shares: Vec<BTreeSet<i32>> = consumers.iter().map(|one| assigned(one)).collect();
        let all: BTreeSet<i32> = shares.iter().flatten().copied().collect();
        shares.iter().all(|share| share.len() == even) && all == (0..partitions).collect()
    });
}

fn rebalance(bed: &Bed, strategy: &str) {
    let topic = bed.topic(6, &[]);
    let group = bed.fresh("group");
    let join = || {
        let consumer: BaseConsumer = bed.consumer(&group, &[("partition.assignment.strategy", strategy)]);
        consumer.subscribe(&[&topic]).unwrap();
        consumer
    };
    let first = join();
    settle(&[&first], 6);
    let second = join();
    settle(&[&first, &second], 6);
    let third = join();
    settle(&[&first, &second, &third], 6);
    drop(second);
    settle(&[&first, &third], 6);
    let producer = bed.producer(&[]);
    for partition in 0..6 {
        send(&producer, &topic, partition, &["v"]);
    }
    let read = take(&first, 3).into_iter().chain(take(&third, 3));
    let partitions: BTreeSet<i32> = read.map(|message| message.partition()).collect();
    assert_eq!(partitions, (0..6).collect());
}

#[test]
fn cooperative_members_come_and_go() {
    on_each(|bed| rebalance(bed, "cooperative-sticky"));
}

#[test]
fn eager_members_come_and_go() {
    on_each(|bed| rebalance(bed, "range"));
}

#[test]
fn a_group_goes_on_where_it_committed() {
    on_each(|bed| {
        let topic = bed.topic(1, &[]);
        send(&bed.producer(&[]), &topic, 0, &["0", "1", "2", "3", "4"]);
        let group = bed.fresh("group");
        let consumer = bed.consumer(&group, &[]);
        consumer.subscribe(&[&topic]).unwrap();
        let read = take(&consumer, 3);
        let mut done = TopicPartitionList::new();
        done.add_partition_offset(&topic, 0, Offset::Offset(read[2].offset() + 1)).unwrap();
        consumer.commit(&done, CommitMode::Sync).unwrap();
        drop(consumer);
        let consumer = bed.consumer(&group, &[]);
        consumer.subscribe(&[&topic]).unwrap();
        assert_eq!(take(&consumer, 1)[0].offset(), 3);
    });
}

#[test]
fn anyone_may_commit_for_a_group_without_members() {
    on_each(|bed| {
        let topic = bed.topic(1, &[]);
        send(&bed.producer(&[]), &topic, 0, &["0", "1"]);
        let group = bed.fresh("group");
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&topic, 0, Offset::Offset(1)).unwrap();
        let consumer: BaseConsumer = bed.consumer(&group, &[]);
        consumer.commit(&list, CommitMode::Sync).unwrap();
        let found = consumer.committed_offsets(list, PATIENCE).unwrap();
        assert_eq!(found.elements()[0].offset(), Offset::Offset(1));
    });
}

#[test]
fn a_topic_that_appears_later_is_found_by_pattern() {
    on_each(|bed| {
        let first = bed.topic(1, &[]);
        let consumer = bed.consumer(&bed.fresh("group"), &[]);
        let pattern = format!("^{}.*", &first[..first.len() - 8]);
        consumer.subscribe(&[&pattern]).unwrap();
        settle(&[&consumer], 1);
        send(&bed.producer(&[]), &first, 0, &["v"]);
        assert_eq!(take(&consumer, 1)[0].topic(), first);
    });
}

#[test]
fn groups_are_listed_and_described() {
    on_each(|bed| {
        let topic = bed.topic(2, &[]);
        let group = bed.fresh("group");
        let consumer = bed.consumer(&group, &[("client.id", "reader")]);
        consumer.subscribe(&[&topic]).unwrap();
        settle(&[&consumer], 2);
        let listed = consumer.fetch_group_list(Some(&group), PATIENCE).unwrap();
        let described = &listed.groups()[0];
        assert_eq!((described.name(), described.state()), (group.as_str(), "Stable"));
        assert_eq!(described.members().len(), 1);
        assert_eq!(described.members()[0].client_id(), "reader");
        assert_eq!(described.members()[0].client_host(), "/127.0.0.1");
        assert!(described.members()[0].assignment().is_some_and(|bytes| !bytes.is_empty()));
        let all = consumer.fetch_group_list(None, PATIENCE).unwrap();
        assert!(all.groups().iter().any(|one| one.name() == group));
    });
}
