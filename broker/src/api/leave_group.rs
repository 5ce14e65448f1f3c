//! LeaveGroup: members go for good.

use kafka_protocol::messages::leave_group_response::MemberResponse;
use kafka_protocol::messages::{ApiKey, LeaveGroupRequest, LeaveGroupResponse};

use super::{Call, Handler, code};
use crate::group::member::Answers;

pub(super) struct LeaveGroup;

impl Handler for LeaveGroup {
    type Request = LeaveGroupRequest;
    type Response = LeaveGroupResponse;
    const KEY: ApiKey = ApiKey::LeaveGroup;
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=5;

    async fn handle(call: Call, request: LeaveGroupRequest) -> LeaveGroupResponse {
        let now = call.shared.now();
        let mut answers = Answers::new();
        let response = {
            let mut cluster = call.shared.lock();
            let group = cluster.group(&request.group_id);
            if call.version < 3 {
                let left = group.leave(now, &request.member_id, None, &mut answers);
                LeaveGroupResponse::default().with_error_code(code(left))
            } else {
                let members = request.members.into_iter().map(|member| {
                    let instance = member.group_instance_id.as_deref();
                    let left = group.leave(now, &member.member_id, instance, &mut answers);
                    MemberResponse::default()
                        .with_member_id(member.member_id)
                        .with_group_instance_id(member.group_instance_id)
                        .with_error_code(code(left))
                });
                LeaveGroupResponse::default().with_members(members.collect())
            }
        };
        call.shared.deliver(answers);
        response
    }
}
