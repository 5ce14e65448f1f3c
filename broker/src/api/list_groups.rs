//! ListGroups: the groups there are.

use kafka_protocol::messages::list_groups_response::ListedGroup;
use kafka_protocol::messages::{ApiKey, GroupId, ListGroupsRequest, ListGroupsResponse};

use super::{Call, Handler, text};

/// The only type of group there is here.
const CLASSIC: &str = "classic";

pub(super) struct ListGroups;

impl Handler for ListGroups {
    type Request = ListGroupsRequest;
    type Response = ListGroupsResponse;
    const KEY: ApiKey = ApiKey::ListGroups;
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=5;

    async fn handle(call: Call, request: ListGroupsRequest) -> ListGroupsResponse {
        let cluster = call.shared.lock();
        let wanted = |filter: &[kafka_protocol::protocol::StrBytes], word: &str| {
            filter.is_empty() || filter.iter().any(|one| one.eq_ignore_ascii_case(word))
        };
        let groups = cluster.groups.iter().filter(|(_, group)| {
            !group.is_unused()
                && wanted(&request.states_filter, group.phase().name())
                && wanted(&request.types_filter, CLASSIC)
        });
        let groups = groups.map(|(id, group)| {
            ListedGroup::default()
                .with_group_id(GroupId(text(id)))
                .with_protocol_type(text(group.protocol_type()))
                .with_group_state(text(group.phase().name()))
                .with_group_type(text(CLASSIC))
        });
        ListGroupsResponse::default().with_groups(groups.collect())
    }
}
