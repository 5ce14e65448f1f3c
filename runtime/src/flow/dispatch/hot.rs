//! Hot keys: the share of a partition's latest records that its most frequent key has, in memory of a fixed size. A key is
//! never named: its latest record's place is, where whoever may see keys can look.
//! It must not know: what a key holds, what is done with a record.

use crate::telemetry::{Level, Metrics};

/// How many keys are counted at once. A key with more than one in so many records is always among them.
const KEPT: usize = 8;
/// Older records count for less: all counts are halved after so many.
const WINDOW: u32 = 8_192;
/// Below so many records a share says nothing.
const ENOUGH: u32 = 512;
/// A key with this share is hot, until it has less than that one.
const HOT: (f64, f64) = (0.5, 0.4);

/// One partition's keys, by the space-saving method: the least frequent one gives way to one that is new.
#[derive(Debug, Default)]
pub(super) struct Keys {
    kept: [Key; KEPT],
    records: u32,
    was_hot: bool,
}

#[derive(Debug, Default, Clone, Copy)]
struct Key {
    number: u64,
    count: u32,
    /// How many of them may have been others'.
    doubt: u32,
    /// Where its latest record stands.
    offset: i64,
}

/// A partition's series, for as long as this process has the partition.
pub(super) struct Shown {
    metrics: Metrics,
    labels: [String; 3],
}

impl Keys {
    /// A record of this key stands there.
    pub(super) fn see(&mut self, number: u64, offset: i64) {
        self.records += 1;
        let known = self.kept.iter().position(|key| key.count > 0 && key.number == number);
        let index = known.unwrap_or_else(|| {
            let least = (0..KEPT).min_by_key(|index| self.kept[*index].count).unwrap_or_default();
            let key = &mut self.kept[least];
            (key.number, key.doubt) = (number, key.count);
            least
        });
        let key = &mut self.kept[index];
        (key.count, key.offset) = (key.count + 1, offset);
        if self.records >= WINDOW {
            self.records /= 2;
            self.kept.iter_mut().for_each(|key| (key.count, key.doubt) = (key.count / 2, key.doubt / 2));
        }
    }

    /// The share that the most frequent key has at least, and where its latest record stands; nothing after few records.
    pub(super) fn hottest(&self) -> Option<(f64, i64)> {
        let surely = |key: &Key| key.count - key.doubt.min(key.count);
        let hottest = self.kept.iter().max_by_key(|key| surely(key))?;
        let share = f64::from(surely(hottest)) / f64::from(self.records);
        (self.records >= ENOUGH).then_some((share, hottest.offset))
    }

    /// True once when a key has become hot.
    fn has_become_hot(&mut self, share: f64) -> bool {
        let (was_hot, least) = (self.was_hot, if self.was_hot { HOT.1 } else { HOT.0 });
        self.was_hot = share >= least;
        self.was_hot && !was_hot
    }
}

impl Shown {
    pub(super) fn new(metrics: &Metrics, group: &str, topic: &str, partition: i32) -> Self {
        let labels = [group.into(), topic.into(), partition.to_string()];
        let shown = Self { metrics: metrics.clone(), labels };
        shown.set(0.0);
        shown
    }

    /// Shows what is known of the partition's keys now.
    pub(super) fn show(&self, keys: &mut Keys) {
        let Some((share, offset)) = keys.hottest() else { return };
        self.set(share);
        let [group, topic, partition] = &self.labels;
        if keys.has_become_hot(share) {
            tracing::warn!(target: "storm::dispatch", code = "D-013", group, topic, partition, offset,
                percent = (share * 100.0) as u64, "one key has most of a partition's records");
        }
    }

    fn set(&self, share: f64) {
        let [group, topic, partition] = &self.labels;
        self.metrics.set(Level::HotKeyShare, &[group, topic, partition], share);
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        let [group, topic, partition] = &self.labels;
        self.metrics.forget(Level::HotKeyShare, &[group, topic, partition]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sees so many records, each of the key that `key` says.
    fn seen(records: u64, key: impl Fn(u64) -> u64) -> Keys {
        let mut keys = Keys::default();
        (0..records).for_each(|n| keys.see(key(n), n as i64));
        keys
    }

    #[test]
    fn one_key_among_many_is_found_with_its_share_and_place() {
        // Two of three records are of one key, the others of keys that never come again.
        for records in [600, 3_000, 100_000] {
            let keys = seen(records, |n| if n % 3 == 0 { 1_000 + n } else { 7 });
            let (share, offset) = keys.hottest().unwrap();
            assert!((0.6..=0.67).contains(&share), "{records}: {share}");
            assert_eq!(offset as u64, (0..records).rev().find(|n| n % 3 != 0).unwrap());
        }
    }

    #[test]
    fn keys_that_are_alike_make_none_hot_and_few_records_say_nothing() {
        assert!(seen(20_000, |n| n).hottest().unwrap().0 < 0.01, "each its own");
        assert!(seen(20_000, |n| n % 100).hottest().unwrap().0 < 0.1, "a hundred in turn");
        assert_eq!(seen(100, |_| 1).hottest(), None);
    }

    #[test]
    fn a_key_becomes_hot_once_and_cools_down() {
        let mut keys = seen(1_000, |_| 7);
        assert!(keys.has_become_hot(0.9) && !keys.has_become_hot(0.9) && !keys.has_become_hot(0.45));
        assert!(!keys.has_become_hot(0.3) && keys.has_become_hot(0.6));
        (0..60_000).for_each(|n| keys.see(1_000 + n, 0));
        assert!(keys.hottest().unwrap().0 < 0.1, "what was long ago is forgotten");
    }
}
