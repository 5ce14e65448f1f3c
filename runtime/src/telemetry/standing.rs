//! Where a group's member stands: for each of its partitions the next record to read, and those in work. The member's loop
//! tells it, the watch over its lag reads it.
//! It must not know: how far the log goes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::hand::Hand;

/// A topic's partition.
pub(crate) type Place = (Arc<str>, i32);

/// Shared by a loop and its watch.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standing(Arc<Mutex<BTreeMap<Place, Stand>>>);

/// Where a member stands in one partition.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stand {
    /// The offset of the next record to read; nothing before the first one was read.
    pub(crate) next: Option<i64>,
    /// Read and not done.
    pub(crate) hand: Hand,
}

impl Standing {
    /// The member has these partitions and no others, and stands there in each.
    pub(crate) fn tell(&self, positions: impl IntoIterator<Item = (Place, Option<i64>)>) {
        let mut stands = self.lock();
        let mut kept = BTreeSet::new();
        for (place, next) in positions {
            let stand = stands.entry(place.clone()).or_default();
            stand.next = next;
            kept.insert(place);
        }
        stands.retain(|place, _| kept.contains(place));
    }

    /// What of this partition is in work. A record may come before its partition was told.
    pub(crate) fn hand(&self, place: &Place) -> Hand {
        self.lock().entry(place.clone()).or_default().hand.clone()
    }

    /// All partitions of the member.
    pub(crate) fn stands(&self) -> BTreeMap<Place, Stand> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Place, Stand>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
