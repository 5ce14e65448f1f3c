//! FindCoordinator: always the one node.

use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::{ApiKey, FindCoordinatorRequest, FindCoordinatorResponse};

use super::{Call, Handler, NODE, text};

pub(super) struct FindCoordinator;

impl Handler for FindCoordinator {
    type Request = FindCoordinatorRequest;
    type Response = FindCoordinatorResponse;
    const KEY: ApiKey = ApiKey::FindCoordinator;
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=4;

    async fn handle(call: Call, request: FindCoordinatorRequest) -> FindCoordinatorResponse {
        let address = call.shared.address;
        let (host, port) = (text(address.ip().to_string()), i32::from(address.port()));
        if call.version < 4 {
            return FindCoordinatorResponse::default().with_node_id(NODE).with_host(host).with_port(port);
        }
        let coordinator = |key| {
            Coordinator::default().with_key(key).with_node_id(NODE).with_host(host.clone()).with_port(port)
        };
        let all = request.coordinator_keys.into_iter().map(coordinator).collect();
        FindCoordinatorResponse::default().with_coordinators(all)
    }
}
