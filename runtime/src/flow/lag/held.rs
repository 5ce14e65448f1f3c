//! Partitions that an open transaction holds up: their end is ahead of their last stable offset. That is so for a moment
//! whenever somebody writes; as long as the last stable offset stands still, it is the same transaction.
//! It must not know: whose transaction it is, or how offsets are found out.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::telemetry::Place;

/// The last stable offset of each partition that is held up, and when it was first seen there.
#[derive(Default)]
pub(super) struct Held(BTreeMap<Place, (i64, Instant)>);

impl Held {
    /// Takes each partition's last stable offset and its end, as they are now; how many offsets of each are held up, and
    /// for how long they have been seen to be.
    pub(super) fn look(
        &mut self,
        ends: impl Iterator<Item = (Place, i64, i64)>,
        now: Instant,
    ) -> BTreeMap<Place, (i64, Duration)> {
        let before = std::mem::take(&mut self.0);
        let mut held = BTreeMap::new();
        for (place, stable, end) in ends {
            if end <= stable {
                held.insert(place, (0, Duration::ZERO));
                continue;
            }
            let since = match before.get(&place) {
                Some((stood, since)) if *stood == stable => *since,
                _ => now,
            };
            held.insert(place.clone(), (end - stable, now - since));
            self.0.insert(place, (stable, since));
        }
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_is_old_only_while_the_same_one_is_open() {
        let (start, place): (Instant, Place) = (Instant::now(), ("raw".into(), 0));
        let mut held = Held::default();
        let mut look = |second, stable, end| {
            let at = start + Duration::from_secs(second);
            let (records, time) = held.look([(place.clone(), stable, end)].into_iter(), at)[&place];
            (records, time.as_secs())
        };
        assert_eq!(look(0, 10, 10), (0, 0));
        assert_eq!(look(5, 10, 13), (3, 0));
        assert_eq!(look(10, 10, 20), (10, 5));
        assert_eq!(look(15, 10, 20), (10, 10));
        // Another one is open by now: someone writes all the time, and nothing hangs.
        assert_eq!(look(20, 18, 22), (4, 0));
        assert_eq!(look(25, 22, 22), (0, 0));
        assert_eq!(look(30, 22, 25), (3, 0));
        // A read between the two questions: what was written since the first one is committed.
        assert_eq!(look(35, 27, 26), (0, 0));
    }

    #[test]
    fn a_partition_that_went_away_begins_anew_when_it_comes_back() {
        let (start, place): (Instant, Place) = (Instant::now(), ("raw".into(), 0));
        let mut held = Held::default();
        held.look([(place.clone(), 10, 13)].into_iter(), start);
        held.look([].into_iter(), start + Duration::from_secs(5));
        let now = start + Duration::from_secs(9);
        assert_eq!(held.look([(place.clone(), 10, 13)].into_iter(), now)[&place], (3, Duration::ZERO));
    }
}
