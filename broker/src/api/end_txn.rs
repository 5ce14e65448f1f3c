//! EndTxn: commits or aborts; markers are written and offsets settled before the answer.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::{ApiKey, EndTxnRequest, EndTxnResponse};

use super::{Call, Handler, code, init_producer_id::fenced};
use crate::cluster::Cluster;
use crate::transaction::Producer;

pub(super) struct EndTxn;

impl Handler for EndTxn {
    type Request = EndTxnRequest;
    type Response = EndTxnResponse;
    const KEY: ApiKey = ApiKey::EndTxn;
    // Version 5 speaks of KIP-890's second part.
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;

    async fn handle(call: Call, request: EndTxnRequest) -> EndTxnResponse {
        let ended = end(&call, &request).map_err(|error| fenced(error, call.version, 2));
        EndTxnResponse::default().with_error_code(code(ended))
    }
}

fn end(call: &Call, request: &EndTxnRequest) -> Result<(), ResponseError> {
    let cluster: &mut Cluster = &mut call.shared.lock();
    let producer = Producer { id: request.producer_id.0, epoch: request.producer_epoch };
    let ended = cluster.transactions.end(&request.transactional_id, producer, request.committed)?;
    if let Some(ended) = ended {
        cluster.settle(&ended, call.shared.now());
    }
    Ok(())
}
