//! Records that are being worked on, by when they were written: how many, and the oldest.
//! It must not know: who works on them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Records in one hand.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hand(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    next: u64,
    /// When each was written, milliseconds since the epoch.
    written: BTreeMap<u64, i64>,
}

/// One record in a hand, until it is let go or dropped.
#[derive(Debug)]
pub(crate) struct InHand {
    hand: Hand,
    number: u64,
}

impl Hand {
    pub(crate) fn take(&self, written_at: i64) -> InHand {
        let mut inner = self.lock();
        inner.next += 1;
        let number = inner.next;
        inner.written.insert(number, written_at);
        drop(inner);
        InHand { hand: self.clone(), number }
    }

    /// How many.
    pub(crate) fn records(&self) -> usize {
        self.lock().written.len()
    }

    /// When the oldest one was written, milliseconds since the epoch.
    pub(crate) fn oldest(&self) -> Option<i64> {
        self.lock().written.values().min().copied()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InHand {
    pub(crate) fn let_go(&self) {
        self.hand.lock().written.remove(&self.number);
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.let_go();
    }
}
