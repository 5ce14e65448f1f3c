//! The requests the broker answers: one file each, and one table that everything else derives from.
//!
//! To add one: a file with a type that implements [`Handler`], and a line in [`APIS`].

mod add_offsets_to_txn;
mod add_partitions_to_txn;
mod alter_configs;
mod api_versions;
mod create_partitions;
mod create_topics;
mod delete_groups;
mod delete_records;
mod delete_topics;
mod describe_cluster;
mod describe_configs;
mod describe_groups;
mod end_txn;
#[cfg(test)]
mod every_version;
mod fetch;
mod find_coordinator;
mod heartbeat;
mod incremental_alter_configs;
mod init_producer_id;
mod join_group;
mod leave_group;
mod list_groups;
mod list_offsets;
mod metadata;
mod offset_commit;
mod offset_fetch;
mod offset_for_leader_epoch;
mod produce;
mod sync_group;
mod txn_offset_commit;

pub(crate) use api_versions::all_versions_as_v0;

use std::{ops::RangeInclusive, pin::Pin, sync::Arc};

use bytes::{Bytes, BytesMut};
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::{ApiKey, BrokerId};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, StrBytes};
use tokio::sync::Notify;

use crate::counted::Counted;
use crate::shared::Shared;

/// The one node there is.
pub(crate) const NODE: BrokerId = BrokerId(1);

/// One request as its handler meets it.
#[derive(Clone)]
pub(crate) struct Call {
    pub shared: Arc<Shared>,
    /// Wakes this connection when a partition it watches has changed.
    pub wake: Arc<Notify>,
    pub version: i16,
    pub client_id: String,
    pub client_host: String,
}

/// Answers one kind of request.
pub(crate) trait Handler {
    type Request: Decodable + Send;
    type Response: Encodable + HeaderVersion + Send;
    const KEY: ApiKey;
    /// The versions that are spoken.
    const VERSIONS: RangeInclusive<i16>;

    /// Answers a request. Errors are part of the response.
    fn handle(call: Call, request: Self::Request) -> impl Future<Output = Self::Response> + Send;

    /// Whether the client waits for a response at all.
    fn is_answered(_request: &Self::Request) -> bool {
        true
    }
}

/// A response's bytes after the correlation id, if the client wants one.
pub(crate) type Reply = Result<Option<Response>, Unreadable>;

/// A reply in the making.
type Replying = Pin<Box<dyn Future<Output = Reply> + Send>>;

/// An encoded response.
pub(crate) struct Response {
    pub header_version: i16,
    pub body: BytesMut,
}

/// A handler with its types taken away, for the table.
pub(crate) struct Api {
    pub key: ApiKey,
    pub versions: RangeInclusive<i16>,
    run: fn(Call, Bytes) -> Replying,
}

impl Api {
    const fn of<H: Handler + 'static>() -> Self {
        Self { key: H::KEY, versions: H::VERSIONS, run: |call, body| Box::pin(run::<H>(call, body)) }
    }

    /// Decodes, handles and encodes one request.
    pub async fn answer(&self, call: Call, body: Bytes) -> Reply {
        (self.run)(call, body).await
    }
}

/// A body that does not hold the message its header announces, or a response that cannot be written.
#[derive(Debug)]
pub(crate) struct Unreadable(pub String);

async fn run<H: Handler>(call: Call, mut body: Bytes) -> Reply {
    let unreadable = |error: &dyn std::fmt::Display| Unreadable(format!("{:?}: {error}", H::KEY));
    let version = call.version;
    // Once for what it counts, so that reading it makes no more room than it has bytes.
    let counted = H::Request::decode(&mut Counted::new(body.clone()), version);
    counted.map(drop).map_err(|error| unreadable(&error))?;
    let request = H::Request::decode(&mut body, version).map_err(|error| unreadable(&error))?;
    let is_answered = H::is_answered(&request);
    let response = H::handle(call, request).await;
    if !is_answered {
        return Ok(None);
    }
    let mut body = BytesMut::new();
    response.encode(&mut body, version).map_err(|error| unreadable(&error))?;
    Ok(Some(Response { header_version: H::Response::header_version(version), body }))
}

/// Every request that is answered, in the order of their keys.
pub(crate) static APIS: &[Api] = &[
    Api::of::<produce::Produce>(),
    Api::of::<fetch::Fetch>(),
    Api::of::<list_offsets::ListOffsets>(),
    Api::of::<metadata::Metadata>(),
    Api::of::<offset_commit::OffsetCommit>(),
    Api::of::<offset_fetch::OffsetFetch>(),
    Api::of::<find_coordinator::FindCoordinator>(),
    Api::of::<join_group::JoinGroup>(),
    Api::of::<heartbeat::Heartbeat>(),
    Api::of::<leave_group::LeaveGroup>(),
    Api::of::<sync_group::SyncGroup>(),
    Api::of::<describe_groups::DescribeGroups>(),
    Api::of::<list_groups::ListGroups>(),
    Api::of::<api_versions::ApiVersions>(),
    Api::of::<create_topics::CreateTopics>(),
    Api::of::<delete_topics::DeleteTopics>(),
    Api::of::<delete_records::DeleteRecords>(),
    Api::of::<init_producer_id::InitProducerId>(),
    Api::of::<offset_for_leader_epoch::OffsetForLeaderEpoch>(),
    Api::of::<add_partitions_to_txn::AddPartitionsToTxn>(),
    Api::of::<add_offsets_to_txn::AddOffsetsToTxn>(),
    Api::of::<end_txn::EndTxn>(),
    Api::of::<txn_offset_commit::TxnOffsetCommit>(),
    Api::of::<describe_configs::DescribeConfigs>(),
    Api::of::<alter_configs::AlterConfigs>(),
    Api::of::<create_partitions::CreatePartitions>(),
    Api::of::<delete_groups::DeleteGroups>(),
    Api::of::<incremental_alter_configs::IncrementalAlterConfigs>(),
    Api::of::<describe_cluster::DescribeCluster>(),
];

/// The number of an error, or 0.
fn code(result: Result<(), ResponseError>) -> i16 {
    result.err().map_or(0, |error| error.code())
}

fn text(text: impl Into<String>) -> StrBytes {
    StrBytes::from_string(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_keys_and_speaks_what_the_messages_can() {
        assert!(APIS.is_sorted_by(|one, next| (one.key as i16) < (next.key as i16)));
        for api in APIS {
            let can = api.key.valid_versions();
            assert!(can.min <= *api.versions.start() && *api.versions.end() <= can.max, "{:?}", api.key);
        }
    }
}
