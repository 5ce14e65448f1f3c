//! Fetch: batches out of logs, waiting for more if there are too few. Fetch sessions are declined (session 0).

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::fetch_request::FetchPartition;
use kafka_protocol::messages::fetch_response::{AbortedTransaction, FetchableTopicResponse, PartitionData};
use kafka_protocol::messages::{ApiKey, BrokerId, FetchRequest, FetchResponse, ProducerId};
use tokio::time::{Instant, timeout_at};

use super::{Call, Handler};
use crate::cluster::Cluster;
use crate::log::Slice;
use crate::topic::Partition;

/// `read_committed` on the wire.
const COMMITTED: i8 = 1;

pub(super) struct Fetch;

impl Handler for Fetch {
    type Request = FetchRequest;
    type Response = FetchResponse;
    const KEY: ApiKey = ApiKey::Fetch;
    // From version 13 on topics are named by id.
    const VERSIONS: std::ops::RangeInclusive<i16> = 4..=12;

    async fn handle(call: Call, request: FetchRequest) -> FetchResponse {
        let patience = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0));
        let deadline = Instant::now() + patience;
        let least = usize::try_from(request.min_bytes).unwrap_or(0);
        loop {
            let gathered = gather(&call, &request);
            if gathered.bytes >= least || gathered.failed || Instant::now() >= deadline {
                return respond(gathered);
            }
            // A late wake-up of an earlier fetch only makes us look once more.
            let _ = timeout_at(deadline, call.wake.notified()).await;
        }
    }
}

struct Gathered {
    topics: Vec<(FetchableTopicResponse, Vec<Slice>)>,
    bytes: usize,
    failed: bool,
}

/// Takes what is there now, and watches every partition asked for.
fn gather(call: &Call, request: &FetchRequest) -> Gathered {
    let cluster: &mut Cluster = &mut call.shared.lock();
    let limit = usize::try_from(request.max_bytes).unwrap_or(0);
    let committed = request.isolation_level == COMMITTED;
    let mut gathered = Gathered { topics: Vec::new(), bytes: 0, failed: false };
    for topic in &request.topics {
        let mut slices = Vec::new();
        let mut partitions = Vec::new();
        for asked in &topic.partitions {
            let data = PartitionData::default()
                .with_partition_index(asked.partition)
                .with_preferred_read_replica(BrokerId(-1));
            let read = cluster.topics.partition(&topic.topic, asked.partition).map(|partition| {
                partition.watch(&call.wake);
                let room = limit.saturating_sub(gathered.bytes);
                (read(partition, asked, room, gathered.bytes == 0, committed), partition)
            });
            let (data, slice) = match read {
                Err(error) => (data.with_error_code(error.code()).with_high_watermark(-1), Slice::default()),
                Ok((result, partition)) => {
                    let data = data
                        .with_high_watermark(partition.log.end())
                        .with_last_stable_offset(partition.log.stable())
                        .with_log_start_offset(partition.log.start());
                    match result {
                        Ok(slice) => (data, slice),
                        Err(error) => (data.with_error_code(error.code()), Slice::default()),
                    }
                }
            };
            gathered.failed |= data.error_code != 0;
            gathered.bytes += slice.bytes;
            partitions.push(data);
            slices.push(slice);
        }
        let topic =
            FetchableTopicResponse::default().with_topic(topic.topic.clone()).with_partitions(partitions);
        gathered.topics.push((topic, slices));
    }
    gathered
}

fn read(
    partition: &Partition,
    asked: &FetchPartition,
    room: usize,
    is_first: bool,
    committed: bool,
) -> Result<Slice, kafka_protocol::error::ResponseError> {
    let limit = room.min(usize::try_from(asked.partition_max_bytes).unwrap_or(0));
    partition.log.read(asked.fetch_offset, limit, is_first, committed)
}

/// Copies the batches together; the state is not locked any more.
fn respond(gathered: Gathered) -> FetchResponse {
    let responses = gathered.topics.into_iter().map(|(mut topic, slices)| {
        for (data, slice) in topic.partitions.iter_mut().zip(slices) {
            let aborted = slice.aborted.iter().map(|one| {
                AbortedTransaction::default()
                    .with_producer_id(ProducerId(one.producer_id))
                    .with_first_offset(one.first_offset)
            });
            data.aborted_transactions = Some(aborted.collect());
            data.records = Some(join(slice));
        }
        topic
    });
    FetchResponse::default().with_responses(responses.collect())
}

fn join(slice: Slice) -> Bytes {
    if let [only] = &slice.batches[..] {
        return only.clone();
    }
    let mut all = BytesMut::with_capacity(slice.bytes);
    for batch in &slice.batches {
        all.extend_from_slice(batch);
    }
    all.freeze()
}
