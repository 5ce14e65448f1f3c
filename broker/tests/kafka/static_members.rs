//! Static members keep their place while they are away for a moment.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::RDKafkaErrorCode;

use crate::bed::{Bed, on_each, until};

/// Counts the rebalances that a consumer takes part in.
#[derive(Clone, Default)]
struct Counter(Arc<AtomicUsize>);

impl ClientContext for Counter {}

impl ConsumerContext for Counter {
    fn post_rebalance(&self, _: &BaseConsumer<Self>, _: &Rebalance<'_>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn member(bed: &Bed, group: &str, topic: &str, instance: &str) -> (BaseConsumer<Counter>, Counter) {
    let counter = Counter::default();
    let settings = [
        ("group.id", group),
        ("group.instance.id", instance),
        ("partition.assignment.strategy", "cooperative-sticky"),
        ("session.timeout.ms", "6000"),
        ("heartbeat.interval.ms", "200"),
        ("enable.auto.commit", "false"),
    ];
    let consumer: BaseConsumer<Counter> = bed.config(&settings).create_with_context(counter.clone()).unwrap();
    consumer.subscribe(&[topic]).unwrap();
    (consumer, counter)
}

fn assigned(consumer: &BaseConsumer<Counter>) -> BTreeSet<i32> {
    consumer.assignment().unwrap().elements().iter().map(|one| one.partition()).collect()
}

fn settle(consumers: &[&BaseConsumer<Counter>], share: usize) {
    until("each has its share", || {
        for consumer in consumers {
            let _ = consumer.poll(Duration::from_millis(20));
        }
        consumers.iter().all(|one| assigned(one).len() == share)
    });
}

#[test]
fn a_member_that_comes_back_gets_its_partitions_without_a_rebalance() {
    on_each(|bed| {
        let (topic, group) = (bed.topic(4, &[]), bed.fresh("group"));
        let (stays, rebalances) = member(bed, &group, &topic, "stays");
        let (goes, _) = member(bed, &group, &topic, "goes");
        settle(&[&stays, &goes], 2);
        // The round that moved partitions may still have an echo: a second round that changes nothing.
        for _ in 0..50 {
            let _ = stays.poll(Duration::from_millis(10));
            let _ = goes.poll(Duration::from_millis(10));
        }
        let (before, had) = (rebalances.0.load(Ordering::SeqCst), assigned(&goes));
        drop(goes);
        let (back, _) = member(bed, &group, &topic, "goes");
        settle(&[&stays, &back], 2);
        assert_eq!(assigned(&back), had);
        assert_eq!(rebalances.0.load(Ordering::SeqCst), before, "the other one was disturbed");
    });
}

#[test]
fn a_second_consumer_of_the_same_instance_fences_the_first() {
    on_each(|bed| {
        let (topic, group) = (bed.topic(2, &[]), bed.fresh("group"));
        let (first, _) = member(bed, &group, &topic, "same");
        settle(&[&first], 2);
        let (second, _) = member(bed, &group, &topic, "same");
        settle(&[&second], 2);
        until("the first is fenced", || {
            let _ = first.poll(Duration::from_millis(20));
            let _ = second.poll(Duration::from_millis(20));
            first.client().fatal_error().is_some_and(|(code, _)| code == RDKafkaErrorCode::FencedInstanceId)
        });
    });
}

#[test]
fn a_member_that_stays_away_loses_its_partitions() {
    on_each(|bed| {
        let (topic, group) = (bed.topic(4, &[]), bed.fresh("group"));
        let (stays, _) = member(bed, &group, &topic, "stays");
        let (goes, _) = member(bed, &group, &topic, "goes");
        settle(&[&stays, &goes], 2);
        drop(goes);
        settle(&[&stays], 4);
    });
}
