//! Who works on what: each lane is a task, each key is in one lane at a time, and its records wait for each other in
//! order. A slow key holds its lane and nobody else's.
//! It must not know: what the work is, offsets.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::hash::{BuildHasherDefault, Hasher};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use tokio::sync::Notify;

use super::job::{Done, Job};

/// How many jobs a lane takes at once while none of them has to wait for anything.
const MOST: usize = 32;
/// After so many jobs a lane lets others on its thread have a turn.
const TURN: usize = 128;

/// What lanes do with a job.
pub(super) trait Work: Send + Sync + 'static {
    /// Does it, in this seat. It is given back when it is done, and was neither parked nor given up.
    fn take(&self, job: Job, seat: usize) -> impl Future<Output = Option<Done>> + Send;
    /// Marks what is done; empties the vector.
    fn mark(&self, done: &mut Vec<Done>);
    /// True when it may hold its thread for long: nothing else is to wait behind it.
    fn may_block(&self, job: &Job) -> bool;
}

/// Jobs on their way to lanes.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    bell: Notify,
    idle: AtomicUsize,
    /// How many jobs to take at once: many while none of them waits, one when they do.
    chunk: AtomicUsize,
}

#[derive(Default)]
struct State {
    /// Jobs that may begin: no two have the same key.
    ready: VecDeque<Job>,
    /// Keys that are ready or in a lane, each with what waits behind.
    busy: HashMap<u64, VecDeque<Job>, BuildHasherDefault<AsItIs>>,
    closed: bool,
}

/// A key's number is a hash already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

impl State {
    fn add(&mut self, job: Job) {
        match self.busy.entry(job.key) {
            Entry::Occupied(mut waiting) => waiting.get_mut().push_back(job),
            Entry::Vacant(free) => {
                free.insert(VecDeque::new());
                self.ready.push_back(job);
            }
        }
    }

    fn ended(&mut self, key: u64) {
        let Entry::Occupied(mut waiting) = self.busy.entry(key) else { return };
        match waiting.get_mut().pop_front() {
            Some(next) => self.ready.push_back(next),
            None => drop(waiting.remove()),
        }
    }
}

impl Queue {
    /// Takes these jobs, in order; empties the vector.
    pub(super) fn push(&self, jobs: &mut Vec<Job>) {
        if jobs.is_empty() {
            return;
        }
        let mut state = self.lock();
        jobs.drain(..).for_each(|job| state.add(job));
        let ready = state.ready.len();
        drop(state);
        self.wake(ready);
    }

    /// No more jobs will come.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.bell.notify_waiters();
    }

    /// Ends these keys' jobs and takes the next ones; false when there will be none.
    async fn next(&self, ended: &mut Vec<u64>, jobs: &mut VecDeque<Job>) -> bool {
        loop {
            let rung = self.bell.notified();
            tokio::pin!(rung);
            rung.as_mut().enable();
            let left = {
                let mut state = self.lock();
                ended.drain(..).for_each(|key| state.ended(key));
                let many = self.chunk.load(Ordering::Relaxed).clamp(1, MOST).min(state.ready.len());
                jobs.extend(state.ready.drain(..many));
                if jobs.is_empty() && state.closed {
                    return false;
                }
                state.ready.len()
            };
            if !jobs.is_empty() {
                self.wake(left);
                return true;
            }
            self.idle.fetch_add(1, Ordering::SeqCst);
            rung.await;
            self.idle.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// Gives back what must not wait behind a job that does.
    fn give_back(&self, ended: &mut Vec<u64>, jobs: &mut VecDeque<Job>) {
        if ended.is_empty() && jobs.is_empty() {
            return;
        }
        let mut state = self.lock();
        ended.drain(..).for_each(|key| state.ended(key));
        while let Some(job) = jobs.pop_back() {
            state.ready.push_front(job);
        }
        let ready = state.ready.len();
        drop(state);
        self.wake(ready);
    }

    /// Wakes as many lanes as have something to do. A lane that is about to sleep has enabled its bell before it looked.
    fn wake(&self, ready: usize) {
        // One lane takes several jobs while they are short.
        let chunk = self.chunk.load(Ordering::Relaxed).clamp(1, MOST);
        let lanes = ready.div_ceil(chunk).min(self.idle.load(Ordering::SeqCst).max(1));
        (0..lanes.min(ready)).for_each(|_| self.bell.notify_one());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts so many lanes; they end when the queue is closed and empty.
pub(super) fn start<W: Work>(queue: &Arc<Queue>, worker: &Arc<W>, lanes: usize, on: &tokio::runtime::Handle) {
    for seat in 0..lanes {
        on.spawn(lane(queue.clone(), worker.clone(), seat));
    }
}

async fn lane<W: Work>(queue: Arc<Queue>, worker: Arc<W>, seat: usize) {
    let (mut jobs, mut ended, mut done, mut turn) = (VecDeque::new(), Vec::new(), Vec::new(), 0);
    while queue.next(&mut ended, &mut jobs).await {
        let mut waited = false;
        while let Some(job) = jobs.pop_front() {
            let key = job.key;
            // What is done is not to wait for what waits: it is marked, and its keys' next records may begin.
            if (!jobs.is_empty() || !done.is_empty()) && worker.may_block(&job) {
                worker.mark(&mut done);
                queue.give_back(&mut ended, &mut jobs);
            }
            let mut work = pin!(worker.take(job, seat));
            let first = std::future::poll_fn(|context| Poll::Ready(work.as_mut().poll(context)));
            let worked = match first.await {
                Poll::Ready(worked) => worked,
                Poll::Pending => {
                    waited = true;
                    queue.chunk.store(1, Ordering::Relaxed);
                    worker.mark(&mut done);
                    queue.give_back(&mut ended, &mut jobs);
                    work.await
                }
            };
            done.extend(worked);
            ended.push(key);
            turn += 1;
        }
        worker.mark(&mut done);
        if !waited {
            let chunk = queue.chunk.load(Ordering::Relaxed);
            queue.chunk.store((chunk * 2).clamp(2, MOST), Ordering::Relaxed);
        }
        if turn >= TURN {
            turn = 0;
            tokio::task::yield_now().await;
        }
    }
}
