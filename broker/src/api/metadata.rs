//! Metadata: the one node, and the topics asked for.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{ApiKey, MetadataRequest, MetadataResponse, TopicName};

use super::{Call, Handler, NODE, text};
use crate::cluster::Cluster;
use crate::topic::{Refused, Topic, check_name};
use crate::topic_config::TopicConfig;

/// "Not asked for" in a field of permitted operations.
pub(super) const NO_OPERATIONS: i32 = i32::MIN;

pub(super) struct Metadata;

impl Handler for Metadata {
    type Request = MetadataRequest;
    type Response = MetadataResponse;
    const KEY: ApiKey = ApiKey::Metadata;
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=12;

    async fn handle(call: Call, request: MetadataRequest) -> MetadataResponse {
        let address = call.shared.address;
        let node = MetadataResponseBroker::default()
            .with_node_id(NODE)
            .with_host(text(address.ip().to_string()))
            .with_port(i32::from(address.port()));
        let cluster: &mut Cluster = &mut call.shared.lock();
        let may_create = call.shared.options.auto_create_topics && request.allow_auto_topic_creation;
        let all = request.topics.is_none() || (call.version == 0 && request.topics.as_deref() == Some(&[]));
        let topics = match request.topics {
            Some(asked) if !all => {
                let create = may_create.then_some(call.shared.options.default_partitions);
                asked.into_iter().map(|asked| one(cluster, asked, create)).collect()
            }
            _ => cluster.topics.iter().map(|(name, topic)| described(name, topic)).collect(),
        };
        MetadataResponse::default()
            .with_brokers(vec![node])
            .with_cluster_id(Some(text(call.shared.cluster_id.clone())))
            .with_controller_id(NODE)
            .with_topics(topics)
            .with_cluster_authorized_operations(NO_OPERATIONS)
    }
}

fn one(cluster: &mut Cluster, asked: MetadataRequestTopic, create: Option<i32>) -> MetadataResponseTopic {
    let unknown = MetadataResponseTopic::default()
        .with_topic_id(asked.topic_id)
        .with_topic_authorized_operations(NO_OPERATIONS);
    let Some(TopicName(name)) = asked.name else {
        return match cluster.topics.name_of(asked.topic_id).map(str::to_owned) {
            Some(name) => cluster.topics.get(&name).map_or(unknown, |topic| described(&name, topic)),
            None => unknown.with_error_code(ResponseError::UnknownTopicId.code()),
        };
    };
    if let (Some(partitions), None) = (create, cluster.topics.get(&name)) {
        let partitions = usize::try_from(partitions).unwrap_or(1).max(1);
        // A refusal is told by the name check below.
        let _ = cluster.topics.create(&name, Topic::new(partitions, TopicConfig::default()));
    }
    match (cluster.topics.get(&name), check_name(&name)) {
        (Some(topic), _) => described(&name, topic),
        (None, Err(Refused(error, _))) => {
            unknown.with_name(Some(TopicName(name))).with_error_code(error.code())
        }
        (None, Ok(())) => unknown
            .with_name(Some(TopicName(name)))
            .with_error_code(ResponseError::UnknownTopicOrPartition.code()),
    }
}

fn described(name: &str, topic: &Topic) -> MetadataResponseTopic {
    let partitions = (0..).zip(&topic.partitions).map(|(index, _)| {
        MetadataResponsePartition::default()
            .with_partition_index(index)
            .with_leader_id(NODE)
            .with_leader_epoch(0)
            .with_replica_nodes(vec![NODE])
            .with_isr_nodes(vec![NODE])
    });
    MetadataResponseTopic::default()
        .with_name(Some(TopicName(text(name))))
        .with_topic_id(topic.id)
        .with_partitions(partitions.collect())
        .with_topic_authorized_operations(NO_OPERATIONS)
}
