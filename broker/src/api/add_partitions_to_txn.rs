//! AddPartitionsToTxn: opens a transaction, or widens it.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::add_partitions_to_txn_response::{
    AddPartitionsToTxnPartitionResult, AddPartitionsToTxnTopicResult,
};
use kafka_protocol::messages::{AddPartitionsToTxnRequest, AddPartitionsToTxnResponse, ApiKey};

use super::{Call, Handler, code, init_producer_id::fenced};
use crate::cluster::Cluster;
use crate::transaction::Producer;

pub(super) struct AddPartitionsToTxn;

impl Handler for AddPartitionsToTxn {
    type Request = AddPartitionsToTxnRequest;
    type Response = AddPartitionsToTxnResponse;
    const KEY: ApiKey = ApiKey::AddPartitionsToTxn;
    // Later versions are spoken between brokers only.
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;

    async fn handle(call: Call, request: AddPartitionsToTxnRequest) -> AddPartitionsToTxnResponse {
        let cluster: &mut Cluster = &mut call.shared.lock();
        let producer =
            Producer { id: request.v3_and_below_producer_id.0, epoch: request.v3_and_below_producer_epoch };
        let topics = request.v3_and_below_topics;
        let places: Vec<(String, i32)> = topics
            .iter()
            .flat_map(|topic| topic.partitions.iter().map(|index| (topic.name.to_string(), *index)))
            .collect();
        let is_known =
            |cluster: &mut Cluster, name: &str, index| cluster.topics.partition(name, index).is_ok();
        let all_known = places.iter().all(|(name, index)| is_known(cluster, name, *index));
        let added = if all_known {
            let id = &request.v3_and_below_transactional_id;
            cluster.transactions.add_partitions(call.shared.now(), id, producer, places)
        } else {
            Err(ResponseError::OperationNotAttempted)
        };
        let added = added.map_err(|error| fenced(error, call.version, 2));
        let mut results = Vec::new();
        for topic in topics {
            let partitions = topic.partitions.iter().map(|index| {
                let unknown = !is_known(cluster, &topic.name, *index);
                let result = if unknown { Err(ResponseError::UnknownTopicOrPartition) } else { added };
                AddPartitionsToTxnPartitionResult::default()
                    .with_partition_index(*index)
                    .with_partition_error_code(code(result))
            });
            let partitions = partitions.collect();
            results.push(
                AddPartitionsToTxnTopicResult::default()
                    .with_name(topic.name)
                    .with_results_by_partition(partitions),
            );
        }
        AddPartitionsToTxnResponse::default().with_results_by_topic_v3_and_below(results)
    }
}
