//! Retention and compaction: what a log lets go of.
//!
//! Only what lies below the last stable offset is touched, and never the last batch, as Kafka never cleans its
//! active segment: readers at the end keep a batch to advance over. It must not know settings by name or clocks.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::{Aborted, Batch, Log};

/// What a topic wants cleaned.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cleaning {
    /// Drop the oldest batches while more bytes than this would be left.
    pub keep_bytes: Option<usize>,
    /// Drop batches whose latest time is before this, milliseconds since 1970.
    pub keep_since: Option<i64>,
    /// Keep only the last record of each key.
    pub compact: bool,
    /// When compacting, drop tombstones older than this, milliseconds since 1970.
    pub keep_tombstones_since: i64,
}

impl Log {
    /// Cleans as told.
    pub fn clean(&mut self, cleaning: &Cleaning) {
        if let Some(keep) = cleaning.keep_bytes {
            self.trim_to(keep);
        }
        if let Some(since) = cleaning.keep_since {
            self.drop_while(|_, batch| batch.max_timestamp < since);
        }
        if cleaning.compact {
            self.compact(cleaning.keep_tombstones_since);
        }
    }

    /// Drops the oldest batches while at least `keep` bytes are left without them.
    pub fn trim_to(&mut self, keep: usize) {
        self.drop_while(|bytes, batch| bytes - batch.bytes().len() >= keep);
    }

    fn drop_while(&mut self, drop: impl Fn(usize, &Batch) -> bool) {
        let stable = self.stable();
        while self.batches.len() > 1 {
            let first = &self.batches[0];
            if first.last_offset >= stable || !drop(self.bytes, first) {
                break;
            }
            self.drop_first();
        }
        self.aborted.retain(|one| one.marker_offset >= self.start);
    }

    /// Keeps the last record of each key, of committed transactions only. A batch that cannot be read is kept whole.
    fn compact(&mut self, keep_tombstones_since: i64) {
        let stable = self.stable();
        if stable == self.compacted_to {
            return;
        }
        self.compacted_to = stable;
        let last = self.batches.len().saturating_sub(1);
        let dirty = self.batches.partition_point(|batch| batch.last_offset < stable);
        let clean = dirty.min(last);
        let mut latest: BTreeMap<Bytes, i64> = BTreeMap::new();
        for batch in self.batches.range(..dirty).filter(|batch| self.is_readable(batch)) {
            for record in batch.records().unwrap_or_default() {
                if let Some(key) = record.key {
                    latest.insert(key, record.offset);
                }
            }
        }
        let rest = self.batches.split_off(clean);
        let untouched = rest.front().map_or(self.end, |batch| batch.base_offset);
        let old = std::mem::replace(&mut self.batches, rest);
        let mut kept = Vec::with_capacity(old.len());
        for batch in old.into_iter().filter(|batch| self.is_readable(batch)) {
            let retained = batch.retain(|record| {
                let is_latest =
                    record.key.as_ref().is_some_and(|key| latest.get(key) == Some(&record.offset));
                is_latest && (record.has_value || record.timestamp >= keep_tombstones_since)
            });
            match retained {
                Ok(batch) => kept.extend(batch),
                Err(_) => kept.push(batch),
            }
        }
        for batch in kept.into_iter().rev() {
            self.batches.push_front(batch);
        }
        self.bytes = self.batches.iter().map(|batch| batch.bytes().len()).sum();
        self.aborted.retain(|one| one.marker_offset >= untouched);
    }

    /// Whether a batch is data that committed readers see.
    fn is_readable(&self, batch: &Batch) -> bool {
        let is_within = |one: &Aborted| {
            one.producer_id == batch.producer_id
                && (one.first_offset..one.marker_offset).contains(&batch.base_offset)
        };
        let is_aborted = batch.is_transactional() && self.aborted.iter().any(is_within);
        !batch.is_control() && !is_aborted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::sample::{Sender, batch, batch_from};
    use kafka_protocol::records::Compression;

    fn append(log: &mut Log, records: &[(&str, Option<&str>)]) {
        log.append(&Batch::parse(batch(records)).unwrap(), None).unwrap();
    }

    fn offsets(log: &Log) -> Vec<i64> {
        log.batches.iter().flat_map(|batch| batch.records().unwrap()).map(|record| record.offset).collect()
    }

    #[test]
    fn compaction_keeps_the_last_of_each_key_and_the_last_batch() {
        let mut log = Log::default();
        append(&mut log, &[("a", Some("1")), ("b", Some("1"))]);
        append(&mut log, &[("a", Some("2"))]);
        append(&mut log, &[("a", Some("3"))]);
        log.clean(&Cleaning { compact: true, ..Cleaning::default() });
        assert_eq!(offsets(&log), [1, 3]);
        assert_eq!((log.start(), log.end()), (0, 4));
        assert_eq!(log.bytes(), log.batches.iter().map(|batch| batch.bytes().len()).sum::<usize>());
        assert_eq!(log.read(0, usize::MAX, true, true).unwrap().batches.len(), 2);
    }

    #[test]
    fn compaction_drops_old_tombstones() {
        let mut log = Log::default();
        append(&mut log, &[("a", None), ("b", None)]); // times 1000 and 1001
        append(&mut log, &[("c", Some("1"))]);
        log.clean(&Cleaning { compact: true, keep_tombstones_since: 1001, ..Cleaning::default() });
        assert_eq!(offsets(&log), [1, 2]);
    }

    #[test]
    fn compaction_drops_aborted_records_and_leaves_open_transactions() {
        let mut log = Log::default();
        let send = |log: &mut Log, producer_id, key| {
            let sender = Sender { producer_id, epoch: 0, sequence: 0, transactional: true };
            let bytes = batch_from(sender, Compression::Lz4, &[(key, Some("v"))]);
            log.append(&Batch::parse(bytes).unwrap(), None).unwrap();
        };
        append(&mut log, &[("a", Some("1"))]);
        send(&mut log, 1, "a");
        log.end_transaction(1, 0, false, 5);
        send(&mut log, 2, "a");
        append(&mut log, &[("a", Some("2"))]);
        log.clean(&Cleaning { compact: true, ..Cleaning::default() });
        assert_eq!(offsets(&log), [0, 3, 4]);
        assert!(log.aborted.is_empty());
    }

    #[test]
    fn retention_by_bytes_moves_the_start() {
        let mut log = Log::default();
        for _ in 0..10 {
            append(&mut log, &[("a", Some("1"))]);
        }
        let one = log.bytes() / 10;
        log.trim_to(3 * one);
        assert_eq!((log.start(), log.bytes()), (7, 3 * one));
        log.trim_to(0);
        assert_eq!((log.start(), log.end()), (9, 10));
    }

    #[test]
    fn retention_by_time_stops_at_the_first_young_batch() {
        let mut log = Log::default();
        append(&mut log, &[("a", Some("1"))]);
        append(&mut log, &[("a", Some("1")), ("b", Some("1"))]);
        append(&mut log, &[("a", Some("1"))]);
        log.clean(&Cleaning { keep_since: Some(1001), ..Cleaning::default() });
        assert_eq!(log.start(), 1);
    }
}
