//! InitProducerId: a producer gets its id; a transactional one fences whoever held its `transactional.id` before.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::{ApiKey, InitProducerIdRequest, InitProducerIdResponse, ProducerId};

use super::{Call, Handler};
use crate::cluster::Cluster;
use crate::transaction::Producer;

pub(super) struct InitProducerId;

impl Handler for InitProducerId {
    type Request = InitProducerIdRequest;
    type Response = InitProducerIdResponse;
    const KEY: ApiKey = ApiKey::InitProducerId;
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=4;

    async fn handle(call: Call, request: InitProducerIdRequest) -> InitProducerIdResponse {
        match init(&call, &request) {
            Ok(producer) => InitProducerIdResponse::default()
                .with_producer_id(ProducerId(producer.id))
                .with_producer_epoch(producer.epoch),
            Err(error) => InitProducerIdResponse::default()
                .with_error_code(fenced(error, call.version, 4).code())
                .with_producer_id(ProducerId(-1))
                .with_producer_epoch(-1),
        }
    }
}

fn init(call: &Call, request: &InitProducerIdRequest) -> Result<Producer, ResponseError> {
    let cluster: &mut Cluster = &mut call.shared.lock();
    let Some(id) = &request.transactional_id else {
        return Ok(cluster.transactions.new_producer());
    };
    if id.is_empty() {
        return Err(ResponseError::InvalidRequest);
    }
    let timeout = i64::from(request.transaction_timeout_ms);
    if timeout <= 0
        || u128::from(timeout.unsigned_abs()) > call.shared.options.max_transaction_timeout.as_millis()
    {
        return Err(ResponseError::InvalidTransactionTimeout);
    }
    let current = (request.producer_id.0 >= 0)
        .then_some(Producer { id: request.producer_id.0, epoch: request.producer_epoch });
    let (producer, ended) = cluster.transactions.init(id, timeout, current)?;
    if let Some(ended) = ended {
        cluster.settle(&ended, call.shared.now());
    }
    Ok(producer)
}

/// Clients before version `since` of a request know fencing by an older name.
pub(super) fn fenced(error: ResponseError, version: i16, since: i16) -> ResponseError {
    match error {
        ResponseError::ProducerFenced if version < since => ResponseError::InvalidProducerEpoch,
        error => error,
    }
}
