//! Whatever producers do, a read_committed client that filters as Kafka's clients do sees the committed records, in
//! order, and nothing else, however small its fetches are and wherever it starts.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use kafka_protocol::records::Compression;
use proptest::prelude::*;

use super::sample::{NOBODY, Sender, batch_from};
use super::{Batch, Cleaning, Log, Slice};

#[derive(Debug, Clone)]
enum Step {
    Write { producer: i64 },
    End { producer: i64, commit: bool },
    Plain,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..4_i64).prop_map(|producer| Step::Write { producer }),
        2 => (1..4_i64, any::<bool>()).prop_map(|(producer, commit)| Step::End { producer, commit }),
        1 => Just(Step::Plain),
    ]
}

/// What is expected of each record, by offset.
#[derive(Default)]
struct Expected {
    open: BTreeMap<i64, Vec<i64>>,
    good: BTreeSet<i64>,
    sequences: BTreeMap<i64, i32>,
}

fn take(log: &mut Log, expected: &mut Expected, step: &Step) {
    let append = |log: &mut Log, sender| {
        let batch = Batch::parse(batch_from(sender, Compression::None, &[("k", Some("v"))])).unwrap();
        log.append(&batch, None).unwrap()
    };
    match *step {
        Step::Plain => {
            expected.good.insert(append(log, NOBODY));
        }
        Step::Write { producer } => {
            let sequence = expected.sequences.entry(producer).or_default();
            let sender = Sender { producer_id: producer, epoch: 0, sequence: *sequence, transactional: true };
            *sequence += 1;
            expected.open.entry(producer).or_default().push(append(log, sender));
        }
        Step::End { producer, commit } => {
            log.end_transaction(producer, 0, commit, 0);
            let written = expected.open.remove(&producer).unwrap_or_default();
            if commit {
                expected.good.extend(written);
            }
        }
    }
}

/// Reads as a client does: each fetch is filtered by its own list of aborted transactions.
fn read_committed(log: &Log, mut offset: i64, limit: usize) -> Vec<i64> {
    let mut seen = Vec::new();
    loop {
        let slice = log.read(offset, limit, true, true).unwrap();
        if slice.batches.is_empty() {
            return seen;
        }
        offset = filter(&slice, offset, &mut seen);
    }
}

fn filter(slice: &Slice, from: i64, seen: &mut Vec<i64>) -> i64 {
    let mut aborted = slice.aborted.clone();
    aborted.sort_by_key(|one| one.first_offset);
    let mut aborted = aborted.into_iter().peekable();
    let mut skipping = BTreeSet::new();
    let mut next = from;
    for batch in slice.batches.iter().map(|bytes: &Bytes| Batch::parse(bytes.clone()).unwrap()) {
        while let Some(one) = aborted.next_if(|one| one.first_offset <= batch.last_offset) {
            skipping.insert(one.producer_id);
        }
        next = batch.last_offset + 1;
        if batch.is_control() {
            skipping.remove(&batch.producer_id);
        } else if !(batch.is_transactional() && skipping.contains(&batch.producer_id)) {
            seen.extend(batch.records().unwrap().iter().map(|record| record.offset).filter(|at| *at >= from));
        }
    }
    next
}

proptest! {
    #[test]
    fn committed_readers_see_committed_records_only(
        steps in proptest::collection::vec(step(), 1..40),
        start in 0..40_i64,
        limit in 1..1000_usize,
    ) {
        let (mut log, mut expected) = (Log::default(), Expected::default());
        for step in &steps {
            take(&mut log, &mut expected, step);
        }
        let start = start.min(log.end());
        let stable = expected.open.values().flatten().min().copied().unwrap_or(log.end());
        prop_assert_eq!(log.stable(), stable);
        let good: Vec<i64> = expected.good.range(start..stable.max(start)).copied().collect();
        prop_assert_eq!(read_committed(&log, start, limit), good);

        // All have one key: what compaction leaves of it is the last committed one, and what it may not touch.
        let end = log.end();
        log.clean(&Cleaning { compact: true, ..Cleaning::default() });
        let last = expected.good.range(..stable).next_back();
        let left = read_committed(&log, 0, limit);
        prop_assert!(left.iter().all(|at| expected.good.contains(at)));
        prop_assert_eq!(left.last(), last);
        prop_assert_eq!(log.end(), end);
    }
}
