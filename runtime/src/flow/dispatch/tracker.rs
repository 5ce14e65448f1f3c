//! What is in work, by partition: offsets are committed up to the first gap, and a partition with too much in work is
//! paused until half of it is done.
//! It must not know: what the work is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::log::kafka::Offsets;

/// A topic's partition.
pub(super) type Place = (Arc<str>, i32);

/// Told to the work of a partition when the partition goes to another member.
pub(super) type Gone = Arc<AtomicBool>;

#[derive(Debug, Default)]
pub(super) struct Tracker {
    places: BTreeMap<Place, Track>,
}

#[derive(Debug, Default)]
struct Track {
    /// Taken records and whether they are done.
    taken: BTreeMap<i64, bool>,
    /// Everything below is done.
    next: i64,
    stored: i64,
    in_work: usize,
    paused: bool,
    gone: Gone,
}

impl Track {
    fn advance(&mut self) {
        while let Some(first) = self.taken.first_entry().filter(|first| *first.get()) {
            self.next = first.key() + 1;
            first.remove();
        }
    }
}

impl Tracker {
    /// A record goes into work.
    pub(super) fn take(&mut self, place: &Place, offset: i64) -> Gone {
        let track = self.places.entry(place.clone()).or_default();
        track.taken.insert(offset, false);
        track.in_work += 1;
        track.gone.clone()
    }

    /// A record is of no interest.
    pub(super) fn pass(&mut self, place: &Place, offset: i64) {
        let track = self.places.entry(place.clone()).or_default();
        track.taken.insert(offset, true);
        track.advance();
    }

    /// A record's work is done. Work of a partition that has gone counts for nothing.
    pub(super) fn done(&mut self, place: &Place, offset: i64, gone: &Gone) {
        let Some(track) = self.places.get_mut(place).filter(|track| Arc::ptr_eq(&track.gone, gone)) else {
            return;
        };
        if track.taken.insert(offset, true) == Some(false) {
            track.in_work -= 1;
        }
        track.advance();
    }

    /// A record's work was given up because the service stops: its offset is never committed.
    pub(super) fn abandon(&mut self, place: &Place, gone: &Gone) {
        if let Some(track) = self.places.get_mut(place).filter(|track| Arc::ptr_eq(&track.gone, gone)) {
            track.in_work = track.in_work.saturating_sub(1);
        }
    }

    /// Next offsets that are not stored yet.
    pub(super) fn due(&self) -> Offsets {
        let due = self.places.iter().filter(|(_, track)| track.next > track.stored);
        due.map(|(place, track)| (place.clone(), track.next)).collect()
    }

    /// These are stored.
    pub(super) fn stored(&mut self, offsets: &Offsets) {
        for (place, offset) in offsets {
            if let Some(track) = self.places.get_mut(place) {
                track.stored = *offset;
            }
        }
    }

    /// These partitions go: their work is told, and what is done of them is to be committed now.
    pub(super) fn revoke(&mut self, places: &[Place]) -> Offsets {
        let due = self.due();
        for place in places {
            if let Some(track) = self.places.remove(place) {
                track.gone.store(true, Ordering::SeqCst);
            }
        }
        due.into_iter().filter(|(place, _)| places.contains(place)).collect()
    }

    /// Which partitions to pause and to resume at this limit, and whether any work is going on.
    pub(super) fn pressure(&mut self, limit: usize) -> (Vec<Place>, Vec<Place>, bool) {
        let (mut pause, mut resume, mut busy) = (Vec::new(), Vec::new(), false);
        for (place, track) in &mut self.places {
            busy |= track.in_work > 0;
            // Behind one record that is stuck, finished ones pile up: they are bounded too.
            let waiting = track.taken.len() / 64;
            if !track.paused && track.in_work.max(waiting) >= limit {
                track.paused = true;
                pause.push(place.clone());
            } else if track.paused && track.in_work.max(waiting) <= limit / 2 {
                track.paused = false;
                resume.push(place.clone());
            }
        }
        (pause, resume, busy)
    }

    /// How many partitions are paused.
    pub(super) fn paused(&self) -> usize {
        self.places.values().filter(|track| track.paused).count()
    }

    /// How many records are in work.
    pub(super) fn in_work(&self) -> usize {
        self.places.values().map(|track| track.in_work).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        ("events".into(), 0)
    }

    #[test]
    fn finished_records_behind_a_stuck_one_are_bounded() {
        let mut tracker = Tracker::default();
        let gone = tracker.take(&place(), 0);
        (1..128).for_each(|offset| tracker.pass(&place(), offset));
        assert_eq!(tracker.pressure(2).0, [place()], "128 records wait for one");
        tracker.done(&place(), 0, &gone);
        assert_eq!(tracker.pressure(2).1, [place()]);
    }

    #[test]
    fn commits_go_up_to_the_first_gap() {
        let mut tracker = Tracker::default();
        let gone = tracker.take(&place(), 5);
        tracker.take(&place(), 6);
        tracker.pass(&place(), 7);
        tracker.done(&place(), 6, &gone);
        assert!(tracker.due().is_empty(), "5 is still in work");
        tracker.done(&place(), 5, &gone);
        assert_eq!(tracker.due()[&place()], 8);
        let due = tracker.due();
        tracker.stored(&due);
        assert!(tracker.due().is_empty());
    }

    #[test]
    fn a_full_partition_is_paused_until_half_is_done() {
        let mut tracker = Tracker::default();
        let gone: Vec<Gone> = (0..4).map(|offset| tracker.take(&place(), offset)).collect();
        assert_eq!(tracker.pressure(4).0, vec![place()]);
        tracker.done(&place(), 0, &gone[0]);
        assert_eq!(tracker.pressure(4).1, vec![]);
        tracker.done(&place(), 1, &gone[1]);
        assert_eq!(tracker.pressure(4).1, vec![place()]);
    }

    #[test]
    fn work_of_a_partition_that_went_and_came_back_counts_for_nothing() {
        let mut tracker = Tracker::default();
        let gone = tracker.take(&place(), 3);
        assert!(tracker.revoke(&[place()]).is_empty());
        assert!(gone.load(Ordering::SeqCst));
        tracker.take(&place(), 3);
        tracker.done(&place(), 3, &gone);
        assert!(tracker.due().is_empty());
    }
}
