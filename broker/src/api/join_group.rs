//! JoinGroup: answered when the new generation is known.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::join_group_response::JoinGroupResponseMember;
use kafka_protocol::messages::{ApiKey, JoinGroupRequest, JoinGroupResponse};
use uuid::Uuid;

use super::{Call, Handler, text};
use crate::group::member::{Answer, Join, Joined};

/// Kafka's longest session time-out, milliseconds.
const LONGEST_SESSION: i64 = 30 * 60 * 1000;

pub(super) struct JoinGroup;

impl Handler for JoinGroup {
    type Request = JoinGroupRequest;
    type Response = JoinGroupResponse;
    const KEY: ApiKey = ApiKey::JoinGroup;
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=9;

    async fn handle(call: Call, request: JoinGroupRequest) -> JoinGroupResponse {
        let options = &call.shared.options;
        let shortest = i64::try_from(options.min_session_timeout.as_millis()).unwrap_or(LONGEST_SESSION);
        let delay = i64::try_from(options.initial_rebalance_delay.as_millis()).unwrap_or(0);
        let session = i64::from(request.session_timeout_ms);
        if request.group_id.is_empty() {
            return refused(ResponseError::InvalidGroupId, request.member_id.to_string(), call.version);
        }
        if !(shortest..=LONGEST_SESSION).contains(&session) {
            return refused(
                ResponseError::InvalidSessionTimeout,
                request.member_id.to_string(),
                call.version,
            );
        }
        let group = request.group_id.to_string();
        let join = read(&call, request);
        let now = call.shared.now();
        let answer = call.shared.ask(|cluster, ticket, answers| {
            cluster.group(&group).join(now, ticket, join, delay, answers);
        });
        match answer.await {
            Some(Answer::Join(Ok(joined))) => accepted(joined, call.version),
            Some(Answer::Join(Err((error, member_id)))) => refused(error, member_id, call.version),
            _ => refused(ResponseError::RebalanceInProgress, String::new(), call.version),
        }
    }
}

fn read(call: &Call, request: JoinGroupRequest) -> Join {
    let session_timeout = i64::from(request.session_timeout_ms);
    let instance = request.group_instance_id.map(|id| id.to_string());
    let name = instance.as_deref().unwrap_or(&call.client_id);
    Join {
        member_id: request.member_id.to_string(),
        fresh_id: format!("{name}-{}", Uuid::new_v4()),
        client_id: call.client_id.clone(),
        client_host: call.client_host.clone(),
        session_timeout,
        rebalance_timeout: match request.rebalance_timeout_ms {
            none if none <= 0 => session_timeout,
            timeout => i64::from(timeout),
        },
        protocol_type: request.protocol_type.to_string(),
        protocols: request.protocols.into_iter().map(|one| (one.name.to_string(), one.metadata)).collect(),
        require_known_id: call.version >= 4 && instance.is_none(),
        can_skip_assignment: call.version >= 9,
        instance,
    }
}

fn accepted(joined: Joined, version: i16) -> JoinGroupResponse {
    let members = joined.members.into_iter().map(|(id, instance, metadata)| {
        JoinGroupResponseMember::default()
            .with_member_id(text(id))
            .with_group_instance_id(instance.filter(|_| version >= 5).map(text))
            .with_metadata(metadata)
    });
    JoinGroupResponse::default()
        .with_generation_id(joined.generation)
        .with_protocol_type(Some(text(joined.protocol_type)).filter(|_| version >= 7))
        .with_protocol_name(Some(text(joined.protocol)))
        .with_leader(text(joined.leader))
        .with_skip_assignment(joined.skip_assignment)
        .with_member_id(text(joined.member_id))
        .with_members(members.collect())
}

fn refused(error: ResponseError, member_id: String, version: i16) -> JoinGroupResponse {
    JoinGroupResponse::default()
        .with_error_code(error.code())
        .with_generation_id(-1)
        .with_protocol_name((version < 7).then(|| text("")))
        .with_member_id(text(member_id))
}
