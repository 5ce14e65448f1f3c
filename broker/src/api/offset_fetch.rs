//! OffsetFetch: what a group has committed; with `require_stable`, not while a transaction may still change it.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use kafka_protocol::messages::{ApiKey, GroupId, OffsetFetchRequest, OffsetFetchResponse, TopicName};

use super::{Call, Handler, text};
use crate::cluster::Cluster;
use crate::group::offsets::Place;

pub(super) struct OffsetFetch;

impl Handler for OffsetFetch {
    type Request = OffsetFetchRequest;
    type Response = OffsetFetchResponse;
    const KEY: ApiKey = ApiKey::OffsetFetch;
    const VERSIONS: std::ops::RangeInclusive<i16> = 1..=8;

    async fn handle(call: Call, request: OffsetFetchRequest) -> OffsetFetchResponse {
        let cluster = call.shared.lock();
        let stable = request.require_stable;
        if call.version >= 8 {
            let groups = request.groups.into_iter().map(|group| {
                let asked = group.topics.map(|topics| {
                    topics.into_iter().map(|topic| (topic.name, topic.partition_indexes)).collect()
                });
                let topics = look_up(&cluster, &group.group_id, asked, stable);
                OffsetFetchResponseGroup::default().with_group_id(group.group_id).with_topics(topics)
            });
            return OffsetFetchResponse::default().with_groups(groups.collect());
        }
        let asked = request
            .topics
            .map(|topics| topics.into_iter().map(|topic| (topic.name, topic.partition_indexes)).collect());
        let topics = look_up(&cluster, &request.group_id, asked, stable);
        OffsetFetchResponse::default().with_topics(topics.into_iter().map(in_old_form).collect())
    }
}

type Asked = Vec<(TopicName, Vec<i32>)>;

fn look_up(
    cluster: &Cluster,
    group: &GroupId,
    asked: Option<Asked>,
    stable: bool,
) -> Vec<OffsetFetchResponseTopics> {
    let asked = asked.unwrap_or_else(|| everything(cluster, group));
    let one_topic = |(name, indexes): (TopicName, Vec<i32>)| {
        let partitions = indexes.into_iter().map(|index| one_partition(cluster, group, &name, index, stable));
        let partitions = partitions.collect();
        OffsetFetchResponseTopics::default().with_name(name).with_partitions(partitions)
    };
    asked.into_iter().map(one_topic).collect()
}

fn everything(cluster: &Cluster, group: &GroupId) -> Asked {
    let mut all = Asked::new();
    let offsets = cluster.groups.get(&***group).map(|group| &group.offsets);
    for ((topic, index), _) in offsets.into_iter().flat_map(|offsets| offsets.iter()) {
        match all.last_mut() {
            Some((name, indexes)) if ***name == **topic => indexes.push(*index),
            _ => all.push((TopicName(text(topic)), vec![*index])),
        }
    }
    all
}

fn one_partition(
    cluster: &Cluster,
    group: &GroupId,
    topic: &TopicName,
    index: i32,
    stable: bool,
) -> OffsetFetchResponsePartitions {
    let response = OffsetFetchResponsePartitions::default().with_partition_index(index);
    let none = |response: OffsetFetchResponsePartitions| {
        response.with_committed_offset(-1).with_committed_leader_epoch(-1).with_metadata(Some(text("")))
    };
    let place: Place = (topic.to_string(), index);
    match cluster.groups.get(&***group).map(|group| &group.offsets) {
        Some(offsets) if stable && offsets.is_unstable(&place) => {
            none(response).with_error_code(ResponseError::UnstableOffsetCommit.code())
        }
        offsets => match offsets.and_then(|offsets| offsets.get(&place)) {
            None => none(response),
            Some(committed) => response
                .with_committed_offset(committed.offset)
                .with_committed_leader_epoch(committed.leader_epoch)
                .with_metadata(Some(text(committed.metadata.clone()))),
        },
    }
}

fn in_old_form(topic: OffsetFetchResponseTopics) -> OffsetFetchResponseTopic {
    let partitions = topic.partitions.into_iter().map(|one| {
        OffsetFetchResponsePartition::default()
            .with_partition_index(one.partition_index)
            .with_committed_offset(one.committed_offset)
            .with_committed_leader_epoch(one.committed_leader_epoch)
            .with_metadata(one.metadata)
            .with_error_code(one.error_code)
    });
    OffsetFetchResponseTopic::default().with_name(topic.name).with_partitions(partitions.collect())
}
