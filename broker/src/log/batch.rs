//! One record batch (format 2) as it lies in a log: its header read, its bytes kept as the producer sent them.
//!
//! Batches pass through unopened, so that compressed ones stay compressed and a header seen twice stays twice.
//! This module must not know offsets of a log, transactions' fates or topics' settings.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::record::Record;

const LENGTH_AT: usize = 8;
const LEADER_EPOCH_AT: usize = 12;
const MAGIC_AT: usize = 16;
const CRC_AT: usize = 17;
const ATTRIBUTES_AT: usize = 21;
const MAX_TIMESTAMP_AT: usize = 35;
const COUNT_AT: usize = 57;
/// Bytes before the first record.
pub(crate) const HEADER_LENGTH: usize = 61;

const COMPRESSION_MASK: i16 = 0b0000_0111;
const LOG_APPEND_TIME: i16 = 0b0000_1000;
const TRANSACTIONAL: i16 = 0b0001_0000;
const CONTROL: i16 = 0b0010_0000;

/// Why bytes are not a record batch that a log may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BatchError {
    /// Shorter than it says, or its checksum does not hold.
    Corrupt,
    /// A message set of before Kafka 0.11.
    OldFormat,
    /// Well-formed, but not what a producer may send: no records, gaps, or more than one batch.
    Invalid,
}

/// One record batch.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    /// Offset of its first record.
    pub base_offset: i64,
    /// Offset of its last record.
    pub last_offset: i64,
    /// Time of its first record, milliseconds since 1970.
    pub base_timestamp: i64,
    /// Latest time of its records, milliseconds since 1970.
    pub max_timestamp: i64,
    /// Its producer, or -1.
    pub producer_id: i64,
    /// Its producer's epoch, or -1.
    pub producer_epoch: i16,
    /// Sequence number of its first record, or -1.
    pub base_sequence: i32,
    /// Number of records in it.
    pub count: i32,
    attributes: i16,
    bytes: Bytes,
}

impl Batch {
    /// Reads the one batch that `bytes` hold, verifying length and checksum.
    pub fn parse(bytes: Bytes) -> Result<Self, BatchError> {
        if bytes.len() < HEADER_LENGTH {
            return Err(BatchError::Corrupt);
        }
        if bytes[MAGIC_AT] != 2 {
            return Err(BatchError::OldFormat);
        }
        let length = (&bytes[LENGTH_AT..]).get_i32();
        let end = usize::try_from(length).map_err(|_| BatchError::Corrupt)?.saturating_add(LEADER_EPOCH_AT);
        if end < HEADER_LENGTH || bytes.len() < end {
            return Err(BatchError::Corrupt);
        }
        if bytes.len() > end {
            return Err(BatchError::Invalid);
        }
        if (&bytes[CRC_AT..]).get_u32() != crc32c::crc32c(&bytes[ATTRIBUTES_AT..]) {
            return Err(BatchError::Corrupt);
        }
        let batch = Self::view(bytes);
        let records = batch.last_offset.checked_sub(batch.base_offset).and_then(|last| last.checked_add(1));
        if batch.count < 1 || records != Some(i64::from(batch.count)) {
            return Err(BatchError::Invalid);
        }
        Ok(batch)
    }

    /// The same of bytes whose length, format and checksum are made right first.
    pub fn sealed(bytes: &[u8]) -> Result<Self, BatchError> {
        let mut bytes = BytesMut::from(bytes);
        if bytes.len() < HEADER_LENGTH {
            return Err(BatchError::Corrupt);
        }
        bytes[MAGIC_AT] = 2;
        seal(&mut bytes);
        Self::parse(bytes.freeze())
    }

    /// Reads the header of bytes known to be a whole batch.
    fn view(bytes: Bytes) -> Self {
        let mut head = &bytes[..];
        let base_offset = head.get_i64();
        head.advance(ATTRIBUTES_AT - LENGTH_AT);
        let attributes = head.get_i16();
        let last_offset = base_offset.saturating_add(i64::from(head.get_i32()));
        Self {
            base_offset,
            last_offset,
            base_timestamp: head.get_i64(),
            max_timestamp: head.get_i64(),
            producer_id: head.get_i64(),
            producer_epoch: head.get_i16(),
            base_sequence: head.get_i32(),
            count: head.get_i32(),
            attributes,
            bytes,
        }
    }

    /// The batch moved to `base_offset`; with `append_time` (milliseconds) its records carry that time instead of
    /// the producer's.
    pub fn placed_at(&self, base_offset: i64, append_time: Option<i64>) -> Self {
        let mut bytes = BytesMut::from(&self.bytes[..]);
        (&mut bytes[..]).put_i64(base_offset);
        (&mut bytes[LEADER_EPOCH_AT..]).put_i32(0);
        if let Some(time) = append_time {
            (&mut bytes[ATTRIBUTES_AT..]).put_i16(self.attributes | LOG_APPEND_TIME);
            (&mut bytes[MAX_TIMESTAMP_AT..]).put_i64(time);
            seal(&mut bytes);
        }
        Self::view(bytes.freeze())
    }

    /// The marker that ends a transaction in a partition.
    pub fn marker(offset: i64, producer_id: i64, epoch: i16, commit: bool, now: i64) -> Self {
        let mut record = BytesMut::new();
        record.put_slice(&[0, 0, 0]); // attributes, timestamp delta and offset delta
        record.put_u8(8); // zigzag of a key of 4 bytes
        record.put_i16(0);
        record.put_i16(i16::from(commit));
        record.put_u8(12); // zigzag of a value of 6 bytes
        record.put_i16(0);
        record.put_i32(0);
        record.put_u8(0); // no headers
        let mut bytes = BytesMut::zeroed(HEADER_LENGTH);
        bytes.put_u8(u8::try_from(record.len() * 2).expect("a marker is 16 bytes"));
        bytes.put_slice(&record);
        let mut head = &mut bytes[..];
        head.put_i64(offset);
        head.put_i32(0); // length, set by `seal`
        head.put_i32(0); // leader epoch
        head.put_i8(2);
        head.put_u32(0); // checksum, set by `seal`
        head.put_i16(TRANSACTIONAL | CONTROL);
        head.put_i32(0);
        head.put_i64(now);
        head.put_i64(now);
        head.put_i64(producer_id);
        head.put_i16(epoch);
        head.put_i32(-1);
        head.put_i32(1);
        seal(&mut bytes);
        Self::view(bytes.freeze())
    }

    /// The batch with only the records that `keep` chooses, at their old offsets; none if nothing is left.
    /// What is left is stored uncompressed. Fails if the records cannot be read.
    pub fn retain(&self, mut keep: impl FnMut(&Record) -> bool) -> Result<Option<Self>, BatchError> {
        let all = self.records()?;
        let total = all.len();
        let kept: Vec<Record> = all.into_iter().filter(|record| keep(record)).collect();
        if kept.len() == total {
            return Ok(Some(self.clone()));
        }
        if kept.is_empty() {
            return Ok(None);
        }
        let mut bytes = BytesMut::from(&self.bytes[..HEADER_LENGTH]);
        for record in &kept {
            record.write(&mut bytes);
        }
        (&mut bytes[ATTRIBUTES_AT..]).put_i16(self.attributes & !COMPRESSION_MASK);
        (&mut bytes[COUNT_AT..]).put_i32(i32::try_from(kept.len()).unwrap_or(i32::MAX));
        seal(&mut bytes);
        Ok(Some(Self::view(bytes.freeze())))
    }

    /// Its records, decompressed.
    pub fn records(&self) -> Result<Vec<Record>, BatchError> {
        let body = self.bytes.slice(HEADER_LENGTH..);
        let mut records = super::record::read(self.attributes & COMPRESSION_MASK, body, self.count)?;
        for record in &mut records {
            record.offset = self.base_offset.saturating_add(i64::from(record.offset_delta));
            record.timestamp = if self.attributes & LOG_APPEND_TIME == 0 {
                self.base_timestamp.saturating_add(record.timestamp_delta)
            } else {
                self.max_timestamp
            };
        }
        Ok(records)
    }

    /// Whether it belongs to a transaction.
    pub fn is_transactional(&self) -> bool {
        self.attributes & TRANSACTIONAL != 0
    }

    /// Whether it is a transaction's marker rather than data.
    pub fn is_control(&self) -> bool {
        self.attributes & CONTROL != 0
    }

    /// The bytes as stored.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

/// Sets length and checksum of a batch whose other bytes are settled.
fn seal(bytes: &mut BytesMut) {
    let length = i32::try_from(bytes.len() - LEADER_EPOCH_AT).expect("a batch is under 2 GiB");
    (&mut bytes[LENGTH_AT..]).put_i32(length);
    let checksum = crc32c::crc32c(&bytes[ATTRIBUTES_AT..]);
    (&mut bytes[CRC_AT..]).put_u32(checksum);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::sample;
    use proptest::prelude::*;

    #[test]
    fn a_batch_is_read_back_as_it_was_written() {
        let batch = Batch::parse(sample::batch(&[("a", Some("1")), ("b", None)])).unwrap();
        assert_eq!((batch.count, batch.base_offset, batch.last_offset), (2, 0, 1));
        let moved = batch.placed_at(40, None);
        let records = Batch::parse(moved.bytes().clone()).unwrap().records().unwrap();
        assert_eq!(records[1].offset, 41);
        assert_eq!(records[0].key.as_deref(), Some(&b"a"[..]));
        assert!(!records[1].has_value);
    }

    #[test]
    fn append_time_replaces_the_producers_time() {
        let batch = Batch::parse(sample::batch(&[("a", Some("1"))])).unwrap().placed_at(0, Some(777));
        let again = Batch::parse(batch.bytes().clone()).unwrap();
        assert_eq!(again.max_timestamp, 777);
        assert_eq!(again.records().unwrap()[0].timestamp, 777);
    }

    #[test]
    fn a_marker_is_a_sound_control_batch() {
        let marker = Batch::parse(Batch::marker(9, 5, 2, true, 100).bytes().clone()).unwrap();
        assert!(marker.is_control() && marker.is_transactional());
        assert_eq!((marker.producer_id, marker.producer_epoch, marker.base_offset), (5, 2, 9));
        assert_eq!(marker.records().unwrap()[0].key.as_deref(), Some(&[0, 0, 0, 1][..]));
    }

    #[test]
    fn retaining_some_records_keeps_their_offsets() {
        let batch =
            Batch::parse(sample::batch(&[("a", Some("1")), ("b", Some("2")), ("a", Some("3"))])).unwrap();
        let left = batch.placed_at(10, None).retain(|record| record.offset != 10).unwrap().unwrap();
        assert_eq!((left.base_offset, left.last_offset, left.count), (10, 12, 2));
        assert_eq!(left.records().unwrap().iter().map(|record| record.offset).collect::<Vec<_>>(), [11, 12]);
        assert!(batch.retain(|_| false).unwrap().is_none());
    }

    #[test]
    fn a_flipped_bit_is_found() {
        let mut bytes = sample::batch(&[("a", Some("1"))]).to_vec();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        assert_eq!(Batch::parse(bytes.into()).unwrap_err(), BatchError::Corrupt);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Batch::parse(bytes.into());
        }

        #[test]
        fn no_sealed_rubbish_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 45..200)) {
            let mut bytes = BytesMut::zeroed(ATTRIBUTES_AT - 5);
            bytes.put_u8(2);
            bytes.put_u32(0);
            bytes.put_slice(&body);
            bytes[ATTRIBUTES_AT + 1] &= 0xf8; // uncompressed, so that records are reached
            seal(&mut bytes);
            if let Ok(batch) = Batch::parse(bytes.freeze()) {
                let _ = batch.records();
            }
        }
    }
}
