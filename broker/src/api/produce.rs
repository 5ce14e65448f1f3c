//! Produce: batches into logs. Checksums are verified before the state is locked.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::produce_request::TopicProduceData;
use kafka_protocol::messages::produce_response::{PartitionProduceResponse, TopicProduceResponse};
use kafka_protocol::messages::{ApiKey, ProduceRequest, ProduceResponse};

use super::{Call, Handler, text};
use crate::cluster::Cluster;
use crate::log::{Batch, BatchError};
use crate::topic::Refused;
use crate::transaction::Producer;

pub(super) struct Produce;

impl Handler for Produce {
    type Request = ProduceRequest;
    type Response = ProduceResponse;
    const KEY: ApiKey = ApiKey::Produce;
    // Version 11 on speaks of KIP-890's second part.
    const VERSIONS: std::ops::RangeInclusive<i16> = 3..=10;

    async fn handle(call: Call, request: ProduceRequest) -> ProduceResponse {
        let responses = request.topic_data.into_iter().map(|topic| one_topic(&call, topic)).collect();
        ProduceResponse::default().with_responses(responses)
    }

    fn is_answered(request: &ProduceRequest) -> bool {
        request.acks != 0
    }
}

fn one_topic(call: &Call, topic: TopicProduceData) -> TopicProduceResponse {
    let partitions = topic.partition_data.into_iter().map(|data| {
        let batch = data.records.map_or(Err(BatchError::Invalid), Batch::parse);
        let appended = batch.map_err(refusal).and_then(|batch| append(call, &topic.name, data.index, &batch));
        let response = PartitionProduceResponse::default().with_index(data.index);
        match appended {
            Ok((offset, time, start)) => response
                .with_base_offset(offset)
                .with_log_append_time_ms(time.unwrap_or(-1))
                .with_log_start_offset(start),
            Err(Refused(error, why)) => response
                .with_error_code(error.code())
                .with_base_offset(-1)
                .with_log_append_time_ms(-1)
                .with_log_start_offset(-1)
                .with_error_message(why.map(text)),
        }
    });
    let partition_responses = partitions.collect();
    TopicProduceResponse::default().with_name(topic.name).with_partition_responses(partition_responses)
}

/// The first record's offset, the time it was given if the log gives times, and the log's start.
fn append(call: &Call, name: &str, index: i32, batch: &Batch) -> Result<(i64, Option<i64>, i64), Refused> {
    let shared = &call.shared;
    let now = shared.now();
    let cluster: &mut Cluster = &mut shared.lock();
    if batch.is_control() {
        return Err(refusal(BatchError::Invalid));
    }
    if batch.is_transactional() {
        let producer = Producer { id: batch.producer_id, epoch: batch.producer_epoch };
        cluster.transactions.may_write(producer, name, index)?;
    }
    let topic = cluster.topics.get_mut(name).ok_or(ResponseError::UnknownTopicOrPartition)?;
    let offset = topic.append(index, batch, now, shared.options.topic_bytes)?;
    let time = topic.gives_times().then_some(now);
    let start = topic.partition(index).map_or(0, |partition| partition.log.start());
    Ok((offset, time, start))
}

fn refusal(error: BatchError) -> Refused {
    match error {
        BatchError::Corrupt => ResponseError::CorruptMessage.into(),
        BatchError::OldFormat => ResponseError::UnsupportedForMessageFormat.into(),
        BatchError::Invalid => {
            let why = "a partition's data is exactly one batch of at least one record".to_owned();
            Refused(ResponseError::InvalidRecord, Some(why))
        }
    }
}
