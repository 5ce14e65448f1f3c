//! TxnOffsetCommit: offsets that become visible when the producer's transaction is committed.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::txn_offset_commit_response::{
    TxnOffsetCommitResponsePartition, TxnOffsetCommitResponseTopic,
};
use kafka_protocol::messages::{ApiKey, TxnOffsetCommitRequest, TxnOffsetCommitResponse};

use super::{Call, Handler, code, offset_commit::committed};
use crate::cluster::Cluster;
use crate::group::Speaker;
use crate::transaction::Producer;

pub(super) struct TxnOffsetCommit;

impl Handler for TxnOffsetCommit {
    type Request = TxnOffsetCommitRequest;
    type Response = TxnOffsetCommitResponse;
    const KEY: ApiKey = ApiKey::TxnOffsetCommit;
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;

    async fn handle(call: Call, request: TxnOffsetCommitRequest) -> TxnOffsetCommitResponse {
        let cluster: &mut Cluster = &mut call.shared.lock();
        let allowed = check(cluster, call.shared.now(), call.version, &request);
        let mut responses = Vec::new();
        for topic in request.topics {
            let mut partitions = Vec::new();
            for asked in topic.partitions {
                let known = cluster.topics.partition(&topic.name, asked.partition_index).map(drop);
                let offset =
                    committed(asked.committed_offset, asked.committed_leader_epoch, asked.committed_metadata);
                let done = allowed.and(known).and(offset).map(|offset| {
                    let place = (topic.name.to_string(), asked.partition_index);
                    cluster.group(&request.group_id).offsets.hold(request.producer_id.0, place, offset);
                });
                let response =
                    TxnOffsetCommitResponsePartition::default().with_partition_index(asked.partition_index);
                partitions.push(response.with_error_code(code(done)));
            }
            responses.push(
                TxnOffsetCommitResponseTopic::default().with_name(topic.name).with_partitions(partitions),
            );
        }
        TxnOffsetCommitResponse::default().with_topics(responses)
    }
}

fn check(
    cluster: &mut Cluster,
    now: i64,
    version: i16,
    request: &TxnOffsetCommitRequest,
) -> Result<(), ResponseError> {
    let producer = Producer { id: request.producer_id.0, epoch: request.producer_epoch };
    let transactions = &mut cluster.transactions;
    transactions.may_commit_offsets(&request.transactional_id, producer, &request.group_id).map_err(
        |error| {
            // The group's partition refuses an old epoch the way any partition does.
            if error == ResponseError::ProducerFenced { ResponseError::InvalidProducerEpoch } else { error }
        },
    )?;
    // Before version 3 a producer does not say for which member it speaks.
    let (member_id, generation) =
        if version >= 3 { (&*request.member_id, request.generation_id) } else { ("", -1) };
    let speaker = Speaker { member_id, instance: request.group_instance_id.as_deref(), generation };
    cluster.group(&request.group_id).may_commit(now, speaker, true)
}
