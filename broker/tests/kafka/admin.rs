//! Topics and settings are made, seen, changed and removed.

use rdkafka::admin::{
    AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, Producer};

use crate::bed::{Bed, PATIENCE, on_each, until};

fn partitions(bed: &Bed, topic: &str) -> Option<usize> {
    let consumer: BaseConsumer = bed.config(&[]).create().unwrap();
    let metadata = consumer.fetch_metadata(None, PATIENCE).unwrap();
    metadata.topics().iter().find(|one| one.name() == topic).map(|one| one.partitions().len())
}

fn create(bed: &Bed, topic: &NewTopic<'_>) -> Result<String, RDKafkaErrorCode> {
    let results = bed.runtime.block_on(bed.admin().create_topics([topic], &AdminOptions::new())).unwrap();
    results.into_iter().next().unwrap().map_err(|(_, code)| code)
}

#[test]
fn topics_are_created_grown_and_deleted() {
    on_each(|bed| {
        let topic = bed.topic(3, &[]);
        until("it is there", || partitions(bed, &topic) == Some(3));
        let grown = bed
            .runtime
            .block_on(bed.admin().create_partitions([&NewPartitions::new(&topic, 5)], &AdminOptions::new()));
        grown.unwrap()[0].as_ref().unwrap();
        until("it has grown", || partitions(bed, &topic) == Some(5));
        let delete = |name: &str| {
            let deleted = bed.runtime.block_on(bed.admin().delete_topics(&[name], &AdminOptions::new()));
            deleted.unwrap().into_iter().next().unwrap()
        };
        delete(&topic).unwrap();
        until("it is gone", || partitions(bed, &topic).is_none());
        assert_eq!(delete(&topic).unwrap_err().1, RDKafkaErrorCode::UnknownTopicOrPartition);
    });
}

#[test]
fn topics_that_cannot_be_are_refused() {
    on_each(|bed| {
        let topic = bed.topic(1, &[]);
        let refused = |topic: NewTopic<'_>| create(bed, &topic).unwrap_err();
        let plain = |name| NewTopic::new(name, 1, TopicReplication::Fixed(1));
        assert_eq!(refused(plain(&topic)), RDKafkaErrorCode::TopicAlreadyExists);
        assert_eq!(refused(plain("no spaces")), RDKafkaErrorCode::InvalidTopic);
        let name = bed.fresh("topic");
        assert_eq!(refused(plain(&name).set("retention.msec", "1")), RDKafkaErrorCode::InvalidConfig);
        assert_eq!(refused(plain(&name).set("retention.ms", "soon")), RDKafkaErrorCode::InvalidConfig);
        let two = NewTopic::new(&name, 1, TopicReplication::Fixed(2));
        assert_eq!(refused(two), RDKafkaErrorCode::InvalidReplicationFactor);
    });
}

#[test]
fn settings_are_described_and_altered() {
    on_each(|bed| {
        let topic = bed.topic(1, &[("cleanup.policy", "compact"), ("retention.ms", "1000")]);
        let read = |name: &str| {
            let wanted = [ResourceSpecifier::Topic(&topic)];
            let described = bed.runtime.block_on(bed.admin().describe_configs(&wanted, &AdminOptions::new()));
            let resource = described.unwrap().remove(0).unwrap();
            let entry = resource.get(name).unwrap();
            (entry.value.clone().unwrap(), entry.is_default)
        };
        assert_eq!(read("cleanup.policy"), ("compact".to_owned(), false));
        assert_eq!(read("retention.ms"), ("1000".to_owned(), false));
        assert_eq!(read("max.message.bytes"), ("1048588".to_owned(), true));
        let change = AlterConfig::new(ResourceSpecifier::Topic(&topic)).set("retention.ms", "2000");
        let altered = bed.runtime.block_on(bed.admin().alter_configs([&change], &AdminOptions::new()));
        altered.unwrap()[0].as_ref().unwrap();
        until("it is changed", || read("retention.ms").0 == "2000");
        assert_eq!(read("cleanup.policy"), ("delete".to_owned(), true), "the rest is back at its default");
    });
}

#[test]
fn an_unknown_topic_is_not_made_by_writing_to_it() {
    on_each(|bed| {
        let topic = bed.fresh("topic");
        let producer =
            bed.producer(&[("message.timeout.ms", "500"), ("topic.metadata.propagation.max.ms", "100")]);
        // Refused now or later; what counts is that there is no topic in the end.
        let _ = producer.send(BaseRecord::<str, str>::to(&topic).payload("v"));
        let _ = producer.flush(PATIENCE);
        assert_eq!(partitions(bed, &topic), None);
    });
}

#[test]
fn groups_without_members_are_deleted() {
    on_each(|bed| {
        // A client whose first request finds no coordinator waits for its whole time-out: a short one, and again.
        let options = AdminOptions::new().request_timeout(Some(std::time::Duration::from_secs(5)));
        let admin = bed.admin();
        let delete = |group: &str| {
            let deleted = bed.runtime.block_on(admin.delete_groups(&[group], &options));
            deleted.unwrap().into_iter().next().unwrap().map_err(|(_, code)| code)
        };
        let group = bed.fresh("group");
        let topic = bed.topic(1, &[]);
        let consumer: BaseConsumer = bed.consumer(&group, &[]);
        consumer.subscribe(&[&topic]).unwrap();
        until("it has a partition", || {
            let polled = consumer.poll(std::time::Duration::from_millis(20));
            assert!(!matches!(polled, Some(Err(KafkaError::Global(_)))));
            consumer.assignment().unwrap().count() == 1
        });
        until("a group with a member is refused", || delete(&group) == Err(RDKafkaErrorCode::NonEmptyGroup));
        drop(consumer);
        until("the group is gone", || delete(&group).is_ok());
        until("it is known no more", || delete(&group) == Err(RDKafkaErrorCode::GroupIdNotFound));
    });
}
