//! Batches for the unit tests, made by the protocol crate's encoder rather than by the code under test.

use bytes::{Bytes, BytesMut};
use kafka_protocol::records::{
    Compression, NO_PARTITION_LEADER_EPOCH, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};

/// Who sends a batch.
#[derive(Clone, Copy)]
pub(crate) struct Sender {
    pub producer_id: i64,
    pub epoch: i16,
    pub sequence: i32,
    pub transactional: bool,
}

/// A producer without idempotence.
pub(crate) const NOBODY: Sender = Sender { producer_id: -1, epoch: -1, sequence: -1, transactional: false };

/// A batch of keys and values, at times 1000, 1001, ….
pub(crate) fn batch(records: &[(&str, Option<&str>)]) -> Bytes {
    batch_from(NOBODY, Compression::None, records)
}

/// A batch of a certain producer.
pub(crate) fn batch_from(sender: Sender, codec: Compression, records: &[(&str, Option<&str>)]) -> Bytes {
    let records: Vec<Record> = records
        .iter()
        .zip(0..)
        .map(|((key, value), index)| Record {
            transactional: sender.transactional,
            control: false,
            delete_horizon: false,
            partition_leader_epoch: NO_PARTITION_LEADER_EPOCH,
            producer_id: sender.producer_id,
            producer_epoch: sender.epoch,
            timestamp_type: TimestampType::Creation,
            offset: i64::from(index),
            sequence: sender.sequence + index,
            timestamp: 1000 + i64::from(index),
            key: Some(Bytes::copy_from_slice(key.as_bytes())),
            value: value.map(|value| Bytes::copy_from_slice(value.as_bytes())),
            headers: Default::default(),
        })
        .collect();
    let mut bytes = BytesMut::new();
    let options = RecordEncodeOptions { version: 2, compression: codec };
    RecordBatchEncoder::encode(&mut bytes, &records, &options).expect("the records are sound");
    bytes.freeze()
}
