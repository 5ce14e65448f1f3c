//! OffsetCommit: offsets of a group, from its members or, while it has none, from anyone.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use kafka_protocol::messages::{ApiKey, OffsetCommitRequest, OffsetCommitResponse};

use super::{Call, Handler, code};
use crate::cluster::Cluster;
use crate::group::{Speaker, offsets::Committed};

/// Kafka's limit of a commit's note, bytes.
const LONGEST_NOTE: usize = 4096;

pub(super) struct OffsetCommit;

impl Handler for OffsetCommit {
    type Request = OffsetCommitRequest;
    type Response = OffsetCommitResponse;
    const KEY: ApiKey = ApiKey::OffsetCommit;
    const VERSIONS: std::ops::RangeInclusive<i16> = 2..=8;

    async fn handle(call: Call, request: OffsetCommitRequest) -> OffsetCommitResponse {
        let cluster: &mut Cluster = &mut call.shared.lock();
        let speaker = Speaker {
            member_id: &request.member_id,
            instance: request.group_instance_id.as_deref(),
            generation: request.generation_id_or_member_epoch,
        };
        let allowed = cluster.group(&request.group_id).may_commit(call.shared.now(), speaker, false);
        let mut responses = Vec::new();
        for topic in request.topics {
            let mut partitions = Vec::new();
            for asked in topic.partitions {
                let known = cluster.topics.partition(&topic.name, asked.partition_index).map(drop);
                let offset =
                    committed(asked.committed_offset, asked.committed_leader_epoch, asked.committed_metadata);
                let done = allowed.and(known).and(offset).map(|offset| {
                    let place = (topic.name.to_string(), asked.partition_index);
                    cluster.group(&request.group_id).offsets.commit(place, offset);
                });
                let response =
                    OffsetCommitResponsePartition::default().with_partition_index(asked.partition_index);
                partitions.push(response.with_error_code(code(done)));
            }
            responses
                .push(OffsetCommitResponseTopic::default().with_name(topic.name).with_partitions(partitions));
        }
        OffsetCommitResponse::default().with_topics(responses)
    }
}

/// An offset as a request brings it; also for those inside a transaction.
pub(super) fn committed(
    offset: i64,
    leader_epoch: i32,
    metadata: Option<kafka_protocol::protocol::StrBytes>,
) -> Result<Committed, ResponseError> {
    let metadata = metadata.unwrap_or_default();
    if metadata.len() > LONGEST_NOTE {
        return Err(ResponseError::OffsetMetadataTooLarge);
    }
    Ok(Committed { offset, leader_epoch, metadata: metadata.to_string() })
}
