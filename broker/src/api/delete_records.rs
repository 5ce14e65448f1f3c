//! DeleteRecords: takes away a log's front.

use kafka_protocol::messages::delete_records_response::{
    DeleteRecordsPartitionResult, DeleteRecordsTopicResult,
};
use kafka_protocol::messages::{ApiKey, DeleteRecordsRequest, DeleteRecordsResponse};

use super::{Call, Handler};

/// "Up to the end" on the wire.
const TO_THE_END: i64 = -1;

pub(super) struct DeleteRecords;

impl Handler for DeleteRecords {
    type Request = DeleteRecordsRequest;
    type Response = DeleteRecordsResponse;
    const KEY: ApiKey = ApiKey::DeleteRecords;
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;

    async fn handle(call: Call, request: DeleteRecordsRequest) -> DeleteRecordsResponse {
        let mut cluster = call.shared.lock();
        let topics = request.topics.into_iter().map(|topic| {
            let partitions = topic.partitions.iter().map(|asked| {
                let before = (asked.offset != TO_THE_END).then_some(asked.offset);
                let partition = cluster.topics.partition(&topic.name, asked.partition_index);
                let response =
                    DeleteRecordsPartitionResult::default().with_partition_index(asked.partition_index);
                match partition.and_then(|partition| partition.log.delete_before(before)) {
                    Ok(start) => response.with_low_watermark(start),
                    Err(error) => response.with_low_watermark(-1).with_error_code(error.code()),
                }
            });
            let partitions = partitions.collect();
            DeleteRecordsTopicResult::default().with_name(topic.name).with_partitions(partitions)
        });
        DeleteRecordsResponse::default().with_topics(topics.collect())
    }
}
