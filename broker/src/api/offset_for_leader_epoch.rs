//! OffsetForLeaderEpoch: there has only ever been one leader, in epoch 0, so its end is the log's end.

use kafka_protocol::messages::offset_for_leader_epoch_response::{
    EpochEndOffset, OffsetForLeaderTopicResult,
};
use kafka_protocol::messages::{ApiKey, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse};

use super::{Call, Handler};

pub(super) struct OffsetForLeaderEpoch;

impl Handler for OffsetForLeaderEpoch {
    type Request = OffsetForLeaderEpochRequest;
    type Response = OffsetForLeaderEpochResponse;
    const KEY: ApiKey = ApiKey::OffsetForLeaderEpoch;
    const VERSIONS: std::ops::RangeInclusive<i16> = 2..=4;

    async fn handle(call: Call, request: OffsetForLeaderEpochRequest) -> OffsetForLeaderEpochResponse {
        let mut cluster = call.shared.lock();
        let topics = request.topics.into_iter().map(|topic| {
            let partitions = topic.partitions.iter().map(|asked| {
                let response = EpochEndOffset::default().with_partition(asked.partition);
                match cluster.topics.partition(&topic.topic, asked.partition) {
                    Ok(partition) if asked.leader_epoch == 0 => {
                        response.with_leader_epoch(0).with_end_offset(partition.log.end())
                    }
                    Ok(_) => response.with_leader_epoch(-1).with_end_offset(-1),
                    Err(error) => {
                        response.with_error_code(error.code()).with_leader_epoch(-1).with_end_offset(-1)
                    }
                }
            });
            let partitions = partitions.collect();
            OffsetForLeaderTopicResult::default().with_topic(topic.topic).with_partitions(partitions)
        });
        OffsetForLeaderEpochResponse::default().with_topics(topics.collect())
    }
}
