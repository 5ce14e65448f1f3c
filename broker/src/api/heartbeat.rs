//! Heartbeat: a member is alive, and learns whether it is to join again.

use kafka_protocol::messages::{ApiKey, HeartbeatRequest, HeartbeatResponse};

use super::{Call, Handler, code};
use crate::group::Speaker;

pub(super) struct Heartbeat;

impl Handler for Heartbeat {
    type Request = HeartbeatRequest;
    type Response = HeartbeatResponse;
    const KEY: ApiKey = ApiKey::Heartbeat;
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=4;

    async fn handle(call: Call, request: HeartbeatRequest) -> HeartbeatResponse {
        let speaker = Speaker {
            member_id: &request.member_id,
            instance: request.group_instance_id.as_deref(),
            generation: request.generation_id,
        };
        let alive = call.shared.lock().group(&request.group_id).heartbeat(call.shared.now(), speaker);
        HeartbeatResponse::default().with_error_code(code(alive))
    }
}
