//! One partition's log: batches in the order of their offsets, what read_committed readers may see of them, and
//! what has been taken away from its front.
//!
//! It is a value without locks, clocks or sockets: the time is given to it. It must not know topics, clients or
//! the transaction coordinator.

mod batch;
mod clean;
mod producers;
mod record;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod visibility;

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use kafka_protocol::error::ResponseError;

pub(crate) use batch::{Batch, BatchError};
pub(crate) use clean::Cleaning;
use producers::{Producers, Run, Verdict};

/// A transaction that was aborted, for read_committed readers to skip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Aborted {
    /// Whose transaction.
    pub producer_id: i64,
    /// Its first record in this partition.
    pub first_offset: i64,
    /// Its marker.
    pub marker_offset: i64,
}

/// What a reader is given.
#[derive(Debug, Default)]
pub(crate) struct Slice {
    /// Whole batches; the first may begin before the offset asked for.
    pub batches: Vec<Bytes>,
    /// Their length in bytes.
    pub bytes: usize,
    /// Aborted transactions among them.
    pub aborted: Vec<Aborted>,
}

/// An offset found for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// The record's offset.
    pub offset: i64,
    /// The record's time, milliseconds since 1970.
    pub timestamp: i64,
}

/// A partition's log.
#[derive(Debug, Default)]
pub(crate) struct Log {
    batches: VecDeque<Batch>,
    start: i64,
    end: i64,
    bytes: usize,
    producers: Producers,
    /// The first offset of each producer's open transaction.
    open: BTreeMap<i64, i64>,
    /// In the order of their markers.
    aborted: Vec<Aborted>,
    /// Up to where compaction has looked.
    compacted_to: i64,
}

impl Log {
    /// Appends a batch and gives the offset of its first record; a batch sent again is not appended twice.
    /// `append_time` replaces the producer's times.
    pub fn append(&mut self, batch: &Batch, append_time: Option<i64>) -> Result<i64, ResponseError> {
        let run = (batch.producer_id >= 0).then_some(Run {
            producer_id: batch.producer_id,
            epoch: batch.producer_epoch,
            first: batch.base_sequence,
            count: batch.count,
        });
        if let Some(run) = run
            && let Verdict::Duplicate(offset) = self.producers.check(run)?
        {
            return Ok(offset);
        }
        let base = self.end;
        self.push(batch.placed_at(base, append_time));
        if let Some(run) = run {
            self.producers.note(run, base);
            if batch.is_transactional() {
                self.open.entry(run.producer_id).or_insert(base);
            }
        }
        Ok(base)
    }

    /// Ends a producer's transaction here with a marker; older epochs are refused from now on.
    pub fn end_transaction(&mut self, producer_id: i64, epoch: i16, commit: bool, now: i64) {
        let marker_offset = self.end;
        self.push(Batch::marker(marker_offset, producer_id, epoch, commit, now));
        self.producers.fence(producer_id, epoch);
        if let Some(first_offset) = self.open.remove(&producer_id)
            && !commit
        {
            self.aborted.push(Aborted { producer_id, first_offset, marker_offset });
        }
    }

    fn push(&mut self, batch: Batch) {
        self.end = batch.last_offset + 1;
        self.bytes += batch.bytes().len();
        self.batches.push_back(batch);
    }

    /// Reads from `offset` up to `limit` bytes: whole batches, at least one if `at_least_one`. With `committed` it
    /// stops before the first open transaction and tells which transactions among them were aborted.
    pub fn read(
        &self,
        offset: i64,
        limit: usize,
        at_least_one: bool,
        committed: bool,
    ) -> Result<Slice, ResponseError> {
        if offset < self.start || offset > self.end {
            return Err(ResponseError::OffsetOutOfRange);
        }
        let bound = if committed { self.stable() } else { self.end };
        let mut slice = Slice::default();
        let mut next = offset;
        for batch in self.batches.range(self.position(offset)..) {
            let length = batch.bytes().len();
            let fits = slice.bytes + length <= limit || (at_least_one && slice.batches.is_empty());
            if batch.base_offset >= bound || !fits {
                break;
            }
            slice.bytes += length;
            slice.batches.push(batch.bytes().clone());
            next = batch.last_offset + 1;
        }
        if committed && next > offset {
            // They lie in the order of their markers.
            let first = self.aborted.partition_point(|one| one.marker_offset < offset);
            let ahead = self.aborted[first..].iter();
            slice.aborted = ahead.filter(|one| one.first_offset < next).copied().collect();
        }
        Ok(slice)
    }

    /// Index of the first batch that holds `offset` or comes after it.
    fn position(&self, offset: i64) -> usize {
        self.batches.partition_point(|batch| batch.last_offset < offset)
    }

    /// The first record at or after a time, below `bound`.
    pub fn find_time(&self, timestamp: i64, bound: i64) -> Option<Found> {
        let data = self.batches.iter().filter(|batch| !batch.is_control() && batch.base_offset < bound);
        data.filter(|batch| batch.max_timestamp >= timestamp).find_map(|batch| match batch.records() {
            Ok(records) => records
                .into_iter()
                .find(|record| record.timestamp >= timestamp && record.offset >= self.start)
                .map(|record| Found { offset: record.offset, timestamp: record.timestamp }),
            Err(_) => {
                Some(Found { offset: batch.base_offset.max(self.start), timestamp: batch.base_timestamp })
            }
        })
    }

    /// The record with the latest time.
    pub fn find_latest_time(&self) -> Option<Found> {
        let data = self.batches.iter().filter(|batch| !batch.is_control());
        self.find_time(data.map(|batch| batch.max_timestamp).max()?, self.end)
    }

    /// Takes away what lies before `offset` (all of it, if `None`) and gives the new start.
    pub fn delete_before(&mut self, offset: Option<i64>) -> Result<i64, ResponseError> {
        let offset = offset.unwrap_or(self.end);
        if offset < 0 || offset > self.end {
            return Err(ResponseError::OffsetOutOfRange);
        }
        self.start = self.start.max(offset);
        while self.batches.front().is_some_and(|batch| batch.last_offset < self.start) {
            self.drop_first();
        }
        self.aborted.retain(|one| one.marker_offset >= self.start);
        Ok(self.start)
    }

    /// The first offset that can be read.
    pub fn start(&self) -> i64 {
        self.start
    }

    /// The offset of the next record: Kafka's high watermark.
    pub fn end(&self) -> i64 {
        self.end
    }

    /// Kafka's last stable offset: the first open transaction, or the end.
    pub fn stable(&self) -> i64 {
        self.open.values().min().copied().unwrap_or(self.end)
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn drop_first(&mut self) {
        if let Some(batch) = self.batches.pop_front() {
            self.bytes -= batch.bytes().len();
            self.start = self.start.max(batch.last_offset + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kafka_protocol::records::Compression;
    use sample::{NOBODY, Sender, batch, batch_from};

    fn parsed(bytes: Bytes) -> Batch {
        Batch::parse(bytes).unwrap()
    }

    fn transactional(producer_id: i64, sequence: i32) -> Batch {
        let sender = Sender { producer_id, epoch: 0, sequence, transactional: true };
        parsed(batch_from(sender, Compression::None, &[("k", Some("v"))]))
    }

    fn read(log: &Log, offset: i64, committed: bool) -> Slice {
        log.read(offset, usize::MAX, true, committed).unwrap()
    }

    #[test]
    fn committed_readers_stop_before_the_first_open_transaction() {
        let mut log = Log::default();
        log.append(&transactional(1, 0), None).unwrap();
        log.append(&transactional(2, 0), None).unwrap();
        log.end_transaction(2, 0, true, 5);
        assert_eq!((log.stable(), log.end()), (0, 3));
        assert!(read(&log, 0, true).batches.is_empty());
        assert_eq!(read(&log, 0, false).batches.len(), 3);
        log.end_transaction(1, 0, true, 6);
        assert_eq!((log.stable(), read(&log, 0, true).batches.len()), (4, 4));
    }

    #[test]
    fn aborted_transactions_are_told_only_to_readers_that_meet_them() {
        let mut log = Log::default();
        log.append(&transactional(1, 0), None).unwrap();
        log.end_transaction(1, 0, false, 5);
        log.append(&parsed(batch(&[("x", Some("y"))])), None).unwrap();
        let aborted = Aborted { producer_id: 1, first_offset: 0, marker_offset: 1 };
        assert_eq!(read(&log, 0, true).aborted, [aborted]);
        assert_eq!(read(&log, 1, true).aborted, [aborted]);
        assert_eq!(read(&log, 2, true).aborted, []);
        assert_eq!(read(&log, 0, false).aborted, []);
    }

    #[test]
    fn a_retry_is_answered_with_the_first_offset_and_not_appended() {
        let mut log = Log::default();
        assert_eq!(log.append(&transactional(1, 0), None), Ok(0));
        assert_eq!(log.append(&transactional(1, 0), None), Ok(0));
        assert_eq!(log.end(), 1);
    }

    #[test]
    fn a_marker_with_a_higher_epoch_fences_the_old_one() {
        let mut log = Log::default();
        log.append(&transactional(1, 0), None).unwrap();
        log.end_transaction(1, 1, false, 5);
        assert_eq!(log.append(&transactional(1, 1), None), Err(ResponseError::InvalidProducerEpoch));
    }

    #[test]
    fn times_are_found_inside_compressed_batches() {
        for codec in [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd] {
            let mut log = Log::default();
            let records = [("a", Some("1")), ("b", Some("2")), ("c", Some("3"))];
            log.append(&parsed(batch_from(NOBODY, codec, &records)), None).unwrap();
            assert_eq!(log.find_time(1001, 3), Some(Found { offset: 1, timestamp: 1001 }), "{codec:?}");
            assert_eq!(log.find_latest_time(), Some(Found { offset: 2, timestamp: 1002 }));
            assert_eq!(log.find_time(1003, 3), None);
        }
    }

    #[test]
    fn reading_outside_the_log_is_out_of_range() {
        let mut log = Log::default();
        log.append(&parsed(batch(&[("a", None), ("b", None)])), None).unwrap();
        log.append(&parsed(batch(&[("c", None)])), None).unwrap();
        assert_eq!(log.delete_before(Some(2)), Ok(2));
        assert_eq!(log.read(1, 10, true, false).unwrap_err(), ResponseError::OffsetOutOfRange);
        assert_eq!(log.read(4, 10, true, false).unwrap_err(), ResponseError::OffsetOutOfRange);
        assert_eq!(read(&log, 3, false).batches.len(), 0);
        assert_eq!(log.delete_before(Some(9)), Err(ResponseError::OffsetOutOfRange));
    }

    #[test]
    fn a_batch_larger_than_the_limit_is_given_alone() {
        let mut log = Log::default();
        log.append(&parsed(batch(&[("a", None)])), None).unwrap();
        log.append(&parsed(batch(&[("b", None)])), None).unwrap();
        assert_eq!(log.read(0, 1, true, false).unwrap().batches.len(), 1);
        assert_eq!(log.read(0, 1, false, false).unwrap().batches.len(), 0);
    }
}
