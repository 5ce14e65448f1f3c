//! ListOffsets: the first, the last, or the first at a time.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::list_offsets_response::{
    ListOffsetsPartitionResponse, ListOffsetsTopicResponse,
};
use kafka_protocol::messages::{ApiKey, ListOffsetsRequest, ListOffsetsResponse};

use super::{Call, Handler};
use crate::log::{Found, Log};

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const LATEST_TIME: i64 = -3;

pub(super) struct ListOffsets;

impl Handler for ListOffsets {
    type Request = ListOffsetsRequest;
    type Response = ListOffsetsResponse;
    const KEY: ApiKey = ApiKey::ListOffsets;
    const VERSIONS: std::ops::RangeInclusive<i16> = 1..=7;

    async fn handle(call: Call, request: ListOffsetsRequest) -> ListOffsetsResponse {
        let mut cluster = call.shared.lock();
        let committed = request.isolation_level == 1;
        let topics = request.topics.into_iter().map(|topic| {
            let partitions = topic.partitions.iter().map(|asked| {
                let response =
                    ListOffsetsPartitionResponse::default().with_partition_index(asked.partition_index);
                let partition = cluster.topics.partition(&topic.name, asked.partition_index);
                let found = partition.and_then(|partition| find(&partition.log, asked.timestamp, committed));
                match found {
                    Ok(Some(found)) => {
                        // Before version 4 there are no epochs.
                        let epoch = if call.version >= 4 { 0 } else { -1 };
                        response
                            .with_offset(found.offset)
                            .with_timestamp(found.timestamp)
                            .with_leader_epoch(epoch)
                    }
                    Ok(None) => response.with_offset(-1).with_timestamp(-1),
                    Err(error) => response.with_error_code(error.code()).with_offset(-1).with_timestamp(-1),
                }
            });
            let partitions = partitions.collect();
            ListOffsetsTopicResponse::default().with_name(topic.name).with_partitions(partitions)
        });
        ListOffsetsResponse::default().with_topics(topics.collect())
    }
}

fn find(log: &Log, timestamp: i64, committed: bool) -> Result<Option<Found>, ResponseError> {
    let bound = if committed { log.stable() } else { log.end() };
    match timestamp {
        LATEST => Ok(Some(Found { offset: bound, timestamp: -1 })),
        EARLIEST => Ok(Some(Found { offset: log.start(), timestamp: -1 })),
        LATEST_TIME => Ok(log.find_latest_time()),
        timestamp if timestamp < 0 => Err(ResponseError::UnsupportedVersion),
        timestamp => Ok(log.find_time(timestamp, bound)),
    }
}
