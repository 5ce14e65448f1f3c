//! Keys that are parked: a policy has used up its attempts on a record, which waits here with the later ones of its key and
//! is tried again now and then. Order is kept by policy and key; everything else goes on.
//! It must not know: what a policy does, offsets.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::job::Job;

/// A policy, by its place in the plan, and the number of a key.
pub(super) type Spot = (usize, u64);

/// All parked keys of a dispatcher.
#[derive(Default)]
pub(super) struct Parking {
    /// Between two attempts at a parked key.
    retry: Duration,
    /// How many keys are parked, for a look without the lock.
    keys: AtomicUsize,
    spots: Mutex<HashMap<Spot, Parked>>,
    bell: Notify,
    closed: AtomicBool,
}

/// What waits of one key for one policy, in order.
struct Parked {
    waiting: VecDeque<Entry>,
    /// When the first one is tried next.
    again: Instant,
    since: Instant,
    trying: bool,
}

#[derive(Clone)]
struct Entry {
    job: Arc<Waiting>,
    /// It was tried before; else it only waits for those before it.
    tried: bool,
}

/// A record for which at least one policy is parked.
pub(super) struct Waiting {
    pub(super) job: Job,
    /// How many policies have yet to do it.
    open: AtomicUsize,
}

/// How much is parked, of one policy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) keys: usize,
    pub(super) records: usize,
    /// How long the oldest key has been parked.
    pub(super) time: Duration,
}

impl Parking {
    pub(super) fn new(retry: Duration) -> Self {
        Self { retry, ..Self::default() }
    }

    /// True when records of this key must wait for those before them.
    pub(super) fn has(&self, spot: Spot) -> bool {
        self.keys() > 0 && self.lock().contains_key(&spot)
    }

    /// How many keys are parked.
    pub(super) fn keys(&self) -> usize {
        self.keys.load(Ordering::Acquire)
    }

    /// How much is parked of a policy.
    pub(super) fn of(&self, policy: usize, now: Instant) -> Amount {
        let spots = self.lock();
        let of_it = spots.iter().filter(|((of, _), _)| *of == policy);
        of_it.fold(Amount::default(), |sum, (_, parked)| Amount {
            keys: sum.keys + 1,
            records: sum.records + parked.waiting.len(),
            time: sum.time.max(now.saturating_duration_since(parked.since)),
        })
    }

    /// Takes a record for these policies, each with a word on whether it was tried already. One that was not only waits
    /// for those before it: when they are through by now, its turn is at once.
    pub(super) fn add(&self, job: Job, left: &[(usize, bool)], now: Instant) {
        let key = job.key;
        let job = Arc::new(Waiting { job, open: AtomicUsize::new(left.len()) });
        let mut spots = self.lock();
        for &(policy, tried) in left {
            let again = if tried { now + self.retry } else { now };
            let fresh = || Parked { waiting: VecDeque::new(), again, since: now, trying: false };
            let parked = spots.entry((policy, key)).or_insert_with(fresh);
            parked.waiting.push_back(Entry { job: job.clone(), tried });
        }
        self.count(&spots);
        drop(spots);
        self.bell.notify_one();
    }

    /// The next key whose time has come, for the caller alone until it says how it went. Nothing once closed.
    pub(super) async fn next(&self) -> Option<Spot> {
        loop {
            let rung = self.bell.notified();
            if self.closed.load(Ordering::Acquire) {
                return None;
            }
            let first = {
                let mut spots = self.lock();
                let free = spots.iter_mut().filter(|(_, parked)| !parked.trying);
                let first = free.min_by_key(|(_, parked)| parked.again);
                match first {
                    Some((spot, parked)) if parked.again <= Instant::now() => {
                        parked.trying = true;
                        // Somebody else looks after the others.
                        self.bell.notify_one();
                        return Some(*spot);
                    }
                    other => other.map(|(_, parked)| parked.again),
                }
            };
            match first {
                None => rung.await,
                Some(again) => {
                    let _ = tokio::time::timeout_at(again.into(), rung).await;
                }
            }
        }
    }

    /// The first record that waits there, and whether it was tried before; with none left the key is parked no more.
    pub(super) fn first(&self, spot: Spot) -> Option<(Arc<Waiting>, bool)> {
        let mut spots = self.lock();
        let parked = spots.get_mut(&spot)?;
        parked.waiting.retain(|entry| !entry.job.job.is_gone());
        let first = parked.waiting.front().map(|entry| (entry.job.clone(), entry.tried));
        if first.is_none() {
            spots.remove(&spot);
            self.count(&spots);
        }
        first
    }

    /// A policy is done with that record. True when it was the last one that had to be.
    pub(super) fn through(&self, spot: Spot, job: &Arc<Waiting>) -> bool {
        if let Some(parked) = self.lock().get_mut(&spot) {
            parked.waiting.retain(|entry| !Arc::ptr_eq(&entry.job, job));
        }
        job.open.fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// Its first record has failed again, or for the first time.
    pub(super) fn failed(&self, spot: Spot, now: Instant) {
        if let Some(parked) = self.lock().get_mut(&spot) {
            (parked.again, parked.trying) = (now + self.retry, false);
            if let Some(first) = parked.waiting.front_mut() {
                first.tried = true;
            }
        }
    }

    /// Drops the records of partitions that have gone: they come again, to whoever has those now.
    pub(super) fn forget_gone(&self) {
        if self.keys() == 0 {
            return;
        }
        let mut spots = self.lock();
        spots.values_mut().for_each(|parked| parked.waiting.retain(|entry| !entry.job.job.is_gone()));
        // Of one that is being tried, whoever tries it finds out.
        spots.retain(|_, parked| parked.trying || !parked.waiting.is_empty());
        self.count(&spots);
    }

    /// Nothing more is tried.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.bell.notify_waiters();
    }

    fn count(&self, spots: &HashMap<Spot, Parked>) {
        self.keys.store(spots.len(), Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Spot, Parked>> {
        self.spots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "park/tests.rs"]
mod tests;
