//! Records that are being worked on, by when they were written: how many, and the oldest.
//! It must not know: who works on them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Records in one hand.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hand(Arc<Mutex<Inner>>);

/// Records in the order in which they came; one that was let go leaves a hole until all before it have gone.
#[derive(Debug, Default)]
struct Inner {
    /// The number of the first one.
    first: u64,
    /// When each was written, milliseconds since the epoch; nothing where there is a hole.
    written: VecDeque<Option<i64>>,
    records: usize,
}

impl Inner {
    fn take(&mut self, written_at: i64) -> u64 {
        self.written.push_back(Some(written_at));
        self.records += 1;
        self.first + self.written.len() as u64 - 1
    }

    fn let_go(&mut self, number: u64) {
        let place = number.checked_sub(self.first).and_then(|index| self.written.get_mut(index as usize));
        if place.and_then(Option::take).is_some() {
            self.records -= 1;
        }
        while let Some(None) = self.written.front() {
            self.written.pop_front();
            self.first += 1;
        }
    }
}

/// One record in a hand, until it is let go or dropped.
#[derive(Debug)]
pub(crate) struct InHand {
    hand: Hand,
    number: u64,
    /// It was let go already.
    gone: AtomicBool,
}

impl Hand {
    pub(crate) fn take(&self, written_at: i64) -> InHand {
        InHand { hand: self.clone(), number: self.count_in(written_at), gone: AtomicBool::new(false) }
    }

    /// Takes one that somebody else keeps, by the number that it is given.
    pub(super) fn count_in(&self, written_at: i64) -> u64 {
        self.lock().take(written_at)
    }

    /// Lets the ones with these numbers go.
    pub(super) fn count_out(&self, numbers: impl IntoIterator<Item = u64>) {
        let mut inner = self.lock();
        numbers.into_iter().for_each(|number| inner.let_go(number));
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// How many.
    pub(crate) fn records(&self) -> usize {
        self.lock().records
    }

    /// When the oldest one was written, milliseconds since the epoch.
    pub(crate) fn oldest(&self) -> Option<i64> {
        self.lock().written.iter().flatten().min().copied()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InHand {
    pub(crate) fn let_go(&self) {
        if !self.gone.swap(true, Ordering::Relaxed) {
            self.hand.count_out([self.number]);
        }
    }

    /// Lets these go: of those that stand beside each other in one hand, all at once.
    pub(crate) fn let_go_all(all: &[&Self]) {
        for group in all.chunk_by(|one, next| one.hand.is(&next.hand)) {
            let there = group.iter().filter(|one| !one.gone.swap(true, Ordering::Relaxed));
            group[0].hand.count_out(there.map(|one| one.number));
        }
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.let_go();
    }
}

#[cfg(test)]
mod tests {
    use super::{Hand, InHand};

    #[test]
    fn what_was_let_go_out_of_order_is_gone_and_counted_once() {
        let hand = Hand::default();
        let [first, second, third] = [30, 10, 20].map(|written_at| hand.take(written_at));
        second.let_go();
        second.let_go();
        assert_eq!((hand.records(), hand.oldest()), (2, Some(20)));
        drop(second);
        drop(first);
        assert_eq!((hand.records(), hand.oldest()), (1, Some(20)));
        drop(third);
        let fourth = hand.take(5);
        assert_eq!((hand.records(), hand.oldest()), (1, Some(5)));
        drop(fourth);
        assert_eq!((hand.records(), hand.oldest()), (0, None));
    }

    #[test]
    fn what_is_let_go_together_goes_from_the_hand_it_is_in() {
        let (left, right) = (Hand::default(), Hand::default());
        let all = [left.take(1), left.take(2), right.take(3), left.take(4), left.take(5)];
        InHand::let_go_all(&[&all[0], &all[1], &all[2], &all[3], &all[3]]);
        assert_eq!((left.records(), left.oldest(), right.records()), (1, Some(5), 0));
        drop(all);
        assert_eq!((left.records(), right.records()), (0, 0), "each once");
    }
}
