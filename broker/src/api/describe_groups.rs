//! DescribeGroups: a group's phase and members.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use kafka_protocol::messages::{ApiKey, DescribeGroupsRequest, DescribeGroupsResponse, GroupId};

use super::{Call, Handler, metadata::NO_OPERATIONS, text};
use crate::group::{Group, Phase};

pub(super) struct DescribeGroups;

impl Handler for DescribeGroups {
    type Request = DescribeGroupsRequest;
    type Response = DescribeGroupsResponse;
    const KEY: ApiKey = ApiKey::DescribeGroups;
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=6;

    async fn handle(call: Call, request: DescribeGroupsRequest) -> DescribeGroupsResponse {
        let cluster = call.shared.lock();
        let groups = request.groups.into_iter().map(|id| match cluster.groups.get(&**id) {
            Some(group) => described(id, group),
            None => {
                // Before version 6 an unknown group is a dead one, without an error.
                let error = if call.version >= 6 { ResponseError::GroupIdNotFound.code() } else { 0 };
                DescribedGroup::default()
                    .with_error_code(error)
                    .with_group_id(id)
                    .with_group_state(text("Dead"))
                    .with_authorized_operations(NO_OPERATIONS)
            }
        });
        DescribeGroupsResponse::default().with_groups(groups.collect())
    }
}

fn described(id: GroupId, group: &Group) -> DescribedGroup {
    // Kafka tells subscriptions and assignments only of a settled group.
    let settled = group.phase() == Phase::Stable;
    let members = group.members().map(|(id, member)| {
        let mut described = DescribedGroupMember::default()
            .with_member_id(text(id))
            .with_group_instance_id(member.instance.clone().map(text))
            .with_client_id(text(member.client_id.clone()))
            .with_client_host(text(member.client_host.clone()));
        if settled {
            described.member_metadata = member.subscription(group.protocol());
            described.member_assignment = member.assignment.clone();
        }
        described
    });
    DescribedGroup::default()
        .with_group_id(id)
        .with_group_state(text(group.phase().name()))
        .with_protocol_type(text(group.protocol_type()))
        .with_protocol_data(text(if settled { group.protocol() } else { "" }))
        .with_members(members.collect())
        .with_authorized_operations(NO_OPERATIONS)
}
