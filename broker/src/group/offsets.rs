//! A group's committed offsets, and those that wait for a transaction to end.
//!
//! It must not know members or generations; who may commit is the group's question.

use std::collections::{BTreeMap, btree_map::Entry};

/// A topic's name and a partition's number.
pub(crate) type Place = (String, i32);

/// A committed offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Committed {
    /// The next record to read.
    pub offset: i64,
    /// The leader's epoch that the client told, or -1.
    pub leader_epoch: i32,
    /// The client's own note.
    pub metadata: String,
}

/// Offsets of one group.
#[derive(Debug, Default)]
pub(crate) struct Offsets {
    committed: BTreeMap<Place, Committed>,
    pending: BTreeMap<i64, BTreeMap<Place, Committed>>,
}

impl Offsets {
    /// Commits at once.
    pub fn commit(&mut self, place: Place, offset: Committed) {
        self.committed.insert(place, offset);
    }

    /// Keeps an offset until its producer's transaction ends.
    pub fn hold(&mut self, producer_id: i64, place: Place, offset: Committed) {
        self.pending.entry(producer_id).or_default().insert(place, offset);
    }

    /// Ends a producer's transaction.
    pub fn settle(&mut self, producer_id: i64, commit: bool) {
        if let Entry::Occupied(held) = self.pending.entry(producer_id) {
            let held = held.remove();
            if commit {
                self.committed.extend(held);
            }
        }
    }

    /// The committed offset of a place.
    pub fn get(&self, place: &Place) -> Option<&Committed> {
        self.committed.get(place)
    }

    /// All committed offsets.
    pub fn iter(&self) -> impl Iterator<Item = (&Place, &Committed)> {
        self.committed.iter()
    }

    /// Whether a transaction that is still open would change a place.
    pub fn is_unstable(&self, place: &Place) -> bool {
        self.pending.values().any(|held| held.contains_key(place))
    }

    /// Whether nothing was committed or is pending.
    pub fn is_empty(&self) -> bool {
        self.committed.is_empty() && self.pending.is_empty()
    }

    /// Forgets a deleted topic.
    pub fn forget_topic(&mut self, topic: &str) {
        self.committed.retain(|(name, _), _| name != topic);
        self.pending.values_mut().for_each(|held| held.retain(|(name, _), _| name != topic));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_of_a_transaction_show_only_when_it_is_committed() {
        let place = ("t".to_owned(), 0);
        let at = |offset| Committed { offset, leader_epoch: -1, metadata: String::new() };
        let mut offsets = Offsets::default();
        offsets.commit(place.clone(), at(1));
        offsets.hold(7, place.clone(), at(5));
        assert!(offsets.is_unstable(&place));
        assert_eq!(offsets.get(&place), Some(&at(1)));
        offsets.settle(7, false);
        assert_eq!((offsets.get(&place), offsets.is_unstable(&place)), (Some(&at(1)), false));
        offsets.hold(7, place.clone(), at(6));
        offsets.settle(7, true);
        assert_eq!(offsets.get(&place), Some(&at(6)));
    }
}
