//! AddOffsetsToTxn: a group's offsets are to be part of a transaction.

use kafka_protocol::messages::{AddOffsetsToTxnRequest, AddOffsetsToTxnResponse, ApiKey};

use super::{Call, Handler, code, init_producer_id::fenced};
use crate::cluster::Cluster;
use crate::transaction::Producer;

pub(super) struct AddOffsetsToTxn;

impl Handler for AddOffsetsToTxn {
    type Request = AddOffsetsToTxnRequest;
    type Response = AddOffsetsToTxnResponse;
    const KEY: ApiKey = ApiKey::AddOffsetsToTxn;
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;

    async fn handle(call: Call, request: AddOffsetsToTxnRequest) -> AddOffsetsToTxnResponse {
        let cluster: &mut Cluster = &mut call.shared.lock();
        let producer = Producer { id: request.producer_id.0, epoch: request.producer_epoch };
        let now = call.shared.now();
        let added =
            cluster.transactions.add_group(now, &request.transactional_id, producer, &request.group_id);
        let added = added.map_err(|error| fenced(error, call.version, 2));
        AddOffsetsToTxnResponse::default().with_error_code(code(added))
    }
}
