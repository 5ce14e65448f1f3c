//! Setting capture's position back to its first one: every row is read and written again, and must get the ids that it
//! had before.
//! It must not know: what the ids are made of.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::topics::{self, Sender};
use crate::verdict::is_row;

/// Where capture reads its position, and where it writes.
const PROGRESS: &str = "priv_ordering.shop.progress";
const RAW: &str = "priv_ordering";

/// Stores the first position as the newest. Returns how many rows were written until now.
///
/// # Panics
/// When the brokers do not answer.
pub(crate) fn set_back(brokers: &str) -> usize {
    let records = topics::read(brokers, &[PROGRESS.to_owned(), RAW.to_owned()], Duration::from_secs(60));
    let records = records.unwrap_or_else(|why| panic!("{why}"));
    let first = records.of(PROGRESS).first().expect("capture has stored a position");
    let sender = Sender::new(brokers).unwrap_or_else(|why| panic!("{why}"));
    let stored = sender.store(PROGRESS, &first.key, &first.body) && sender.flush(Duration::from_secs(60));
    assert!(stored, "the position is not stored");
    records.of(RAW).iter().filter(is_row).count()
}

/// Waits until the last row of each partition was written a second time.
///
/// # Panics
/// When it is not within `patience`.
pub(crate) fn wait(brokers: &str, patience: Duration, mut meanwhile: impl FnMut()) {
    let start = Instant::now();
    loop {
        meanwhile();
        if let Ok(records) = topics::read(brokers, &[RAW.to_owned()], Duration::from_secs(60)) {
            let mut times: BTreeMap<&str, usize> = BTreeMap::new();
            // A transaction is not cut at the same places again.
            for record in records.of(RAW).iter().filter(is_row) {
                *times.entry(&record.id).or_default() += 1;
            }
            if times.values().all(|times| *times > 1) {
                return;
            }
            let left = times.values().filter(|times| **times == 1).count();
            assert!(start.elapsed() < patience, "{left} rows were not read again in {patience:?}");
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}
