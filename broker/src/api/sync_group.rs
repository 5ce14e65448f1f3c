//! SyncGroup: answered when the leader has assigned.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::{ApiKey, SyncGroupRequest, SyncGroupResponse};

use super::{Call, Handler, text};
use crate::group::member::{Answer, Synced};
use crate::group::{Speaker, Sync};

pub(super) struct SyncGroup;

impl Handler for SyncGroup {
    type Request = SyncGroupRequest;
    type Response = SyncGroupResponse;
    const KEY: ApiKey = ApiKey::SyncGroup;
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=5;

    async fn handle(call: Call, request: SyncGroupRequest) -> SyncGroupResponse {
        let now = call.shared.now();
        let sync = Sync {
            speaker: Speaker {
                member_id: &request.member_id,
                instance: request.group_instance_id.as_deref(),
                generation: request.generation_id,
            },
            protocol_type: request.protocol_type.as_deref(),
            protocol: request.protocol_name.as_deref(),
            assignments: request
                .assignments
                .iter()
                .map(|one| (one.member_id.to_string(), one.assignment.clone()))
                .collect(),
        };
        let answer = call.shared.ask(|cluster, ticket, answers| {
            cluster.group(&request.group_id).sync(now, ticket, sync, answers);
        });
        match answer.await {
            Some(Answer::Sync(Ok(synced))) => accepted(synced),
            Some(Answer::Sync(Err(error))) => SyncGroupResponse::default().with_error_code(error.code()),
            _ => SyncGroupResponse::default().with_error_code(ResponseError::RebalanceInProgress.code()),
        }
    }
}

fn accepted(synced: Synced) -> SyncGroupResponse {
    SyncGroupResponse::default()
        .with_protocol_type(Some(text(synced.protocol_type)))
        .with_protocol_name(Some(text(synced.protocol)))
        .with_assignment(synced.assignment)
}
