//! The way between two threads of one loop: what one puts on it the other takes in the same order, while the first goes on.
//! It holds so many bytes; who puts more on it waits.
//! It must not know: what lies on it.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A queue of things that weigh something.
pub(super) struct Belt<T> {
    most: usize,
    inner: Mutex<Inner<T>>,
    moved: Condvar,
}

struct Inner<T> {
    queue: VecDeque<(usize, T)>,
    bytes: usize,
    /// No more comes.
    closed: Option<Closed>,
    /// Nobody takes any more.
    left: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closed {
    /// What lies on it is taken.
    Done,
    /// What lies on it is nothing worth.
    Abandoned,
}

/// What was taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken<T> {
    /// The next thing.
    Next(T),
    /// Nothing came in time.
    Nothing,
    /// Nothing comes any more, and all was taken.
    Done,
    /// Nothing comes any more: whoever put things here has failed.
    Abandoned,
}

impl<T> Belt<T> {
    /// One that holds so many bytes, and always one thing.
    pub(super) fn new(most: usize) -> Self {
        let inner = Inner { queue: VecDeque::new(), bytes: 0, closed: None, left: false };
        Self { most, inner: Mutex::new(inner), moved: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts something on it as soon as there is room. False when nobody takes any more.
    pub(super) fn put(&self, thing: T, bytes: usize) -> bool {
        let full = |inner: &mut Inner<T>| {
            !inner.left && !inner.queue.is_empty() && inner.bytes.saturating_add(bytes) > self.most
        };
        let waited = self.moved.wait_while(self.lock(), full);
        let mut inner = waited.unwrap_or_else(PoisonError::into_inner);
        if inner.left {
            return false;
        }
        inner.queue.push_back((bytes, thing));
        inner.bytes += bytes;
        self.moved.notify_all();
        true
    }

    /// Takes the next thing, waiting for it no longer than `patience`.
    pub(super) fn take(&self, patience: Duration) -> Taken<T> {
        let empty = |inner: &mut Inner<T>| inner.queue.is_empty() && inner.closed.is_none();
        let waited = self.moved.wait_timeout_while(self.lock(), patience, empty);
        let (mut inner, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if inner.closed == Some(Closed::Abandoned) {
            return Taken::Abandoned;
        }
        match inner.queue.pop_front() {
            Some((bytes, thing)) => {
                inner.bytes -= bytes;
                self.moved.notify_all();
                Taken::Next(thing)
            }
            None if inner.closed.is_some() => Taken::Done,
            None => Taken::Nothing,
        }
    }

    /// Throws away what lies on it: how many things.
    pub(super) fn clear(&self) -> usize {
        let mut inner = self.lock();
        let things = std::mem::take(&mut inner.queue).len();
        inner.bytes = 0;
        self.moved.notify_all();
        things
    }

    /// True when nobody takes any more.
    pub(super) fn is_left(&self) -> bool {
        self.lock().left
    }

    /// The end at which things are put on: closed when this is dropped.
    pub(super) fn feeding(&self) -> Feeding<'_, T> {
        Feeding(self)
    }

    /// The end at which things are taken: left when this is dropped.
    pub(super) fn taking(&self) -> Taking<'_, T> {
        Taking(self)
    }

    fn close(&self, how: Closed) {
        let mut inner = self.lock();
        inner.closed.get_or_insert(how);
        self.moved.notify_all();
    }
}

/// Dropped by whoever fails: what lies on the belt is not to be taken.
pub(super) struct Feeding<'b, T>(&'b Belt<T>);

impl<T> Feeding<'_, T> {
    /// That was all.
    pub(super) fn done(self) {
        self.0.close(Closed::Done);
    }
}

impl<T> Drop for Feeding<'_, T> {
    fn drop(&mut self) {
        self.0.close(Closed::Abandoned);
    }
}

/// Dropped by whoever takes no more.
pub(super) struct Taking<'b, T>(&'b Belt<T>);

impl<T> Drop for Taking<'_, T> {
    fn drop(&mut self) {
        self.0.lock().left = true;
        self.0.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn things_come_in_their_order_and_the_end_after_them() {
        let belt = Belt::new(100);
        let feeding = belt.feeding();
        assert!(belt.put(1, 10) && belt.put(2, 10));
        assert_eq!(belt.take(LONG), Taken::Next(1));
        feeding.done();
        assert_eq!(belt.take(LONG), Taken::Next(2));
        assert_eq!(belt.take(LONG), Taken::Done);
    }

    #[test]
    fn what_someone_has_put_on_who_fails_is_not_taken() {
        let belt = Belt::new(100);
        let feeding = belt.feeding();
        assert!(belt.put(1, 10));
        drop(feeding);
        assert_eq!(belt.take(LONG), Taken::Abandoned);
    }

    #[test]
    fn a_full_belt_is_waited_for_and_one_thing_always_fits() {
        let belt = Belt::new(100);
        assert!(belt.put(0, 1_000));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                (1..1_000).for_each(|thing| assert!(belt.put(thing, 60)));
            });
            (0..1_000).for_each(|thing| assert_eq!(belt.take(LONG), Taken::Next(thing)));
        });
        assert_eq!(belt.take(Duration::ZERO), Taken::Nothing);
    }

    #[test]
    fn who_waits_for_room_goes_on_when_it_is_cleared_or_left() {
        let belt = Belt::new(100);
        assert!(belt.put(1, 100));
        std::thread::scope(|scope| {
            let taking = belt.taking();
            let waiting = scope.spawn(|| belt.put(2, 100));
            assert!(belt.clear() >= 1);
            assert!(waiting.join().unwrap(), "there is room");
            let _ = belt.clear();
            assert!(belt.put(3, 100));
            let waiting = scope.spawn(|| belt.put(4, 100));
            drop(taking);
            assert!(!waiting.join().unwrap(), "nobody takes it");
        });
        assert!(belt.is_left());
    }
}
