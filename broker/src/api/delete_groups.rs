//! DeleteGroups: forgets groups without members.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::delete_groups_response::DeletableGroupResult;
use kafka_protocol::messages::{ApiKey, DeleteGroupsRequest, DeleteGroupsResponse};

use super::{Call, Handler, code};

pub(super) struct DeleteGroups;

impl Handler for DeleteGroups {
    type Request = DeleteGroupsRequest;
    type Response = DeleteGroupsResponse;
    const KEY: ApiKey = ApiKey::DeleteGroups;
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;

    async fn handle(call: Call, request: DeleteGroupsRequest) -> DeleteGroupsResponse {
        let mut cluster = call.shared.lock();
        let results = request.groups_names.into_iter().map(|id| {
            let deleted = match cluster.groups.get(&**id) {
                None => Err(ResponseError::GroupIdNotFound),
                Some(group) if !group.is_empty() => Err(ResponseError::NonEmptyGroup),
                Some(_) => {
                    cluster.groups.remove(&**id);
                    Ok(())
                }
            };
            DeletableGroupResult::default().with_group_id(id).with_error_code(code(deleted))
        });
        DeleteGroupsResponse::default().with_results(results.collect())
    }
}
