//! DescribeCluster: the one node.

use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::{ApiKey, DescribeClusterRequest, DescribeClusterResponse};

use super::{Call, Handler, NODE, metadata::NO_OPERATIONS, text};

pub(super) struct DescribeCluster;

impl Handler for DescribeCluster {
    type Request = DescribeClusterRequest;
    type Response = DescribeClusterResponse;
    const KEY: ApiKey = ApiKey::DescribeCluster;
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=1;

    async fn handle(call: Call, request: DescribeClusterRequest) -> DescribeClusterResponse {
        let address = call.shared.address;
        let node = DescribeClusterBroker::default()
            .with_broker_id(NODE)
            .with_host(text(address.ip().to_string()))
            .with_port(i32::from(address.port()));
        DescribeClusterResponse::default()
            .with_endpoint_type(request.endpoint_type)
            .with_cluster_id(text(call.shared.cluster_id.clone()))
            .with_controller_id(NODE)
            .with_brokers(vec![node])
            .with_cluster_authorized_operations(NO_OPERATIONS)
    }
}
