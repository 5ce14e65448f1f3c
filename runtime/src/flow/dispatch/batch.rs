//! What one round of polling brought, gathered by partition: trackers, metrics and lanes are told once a batch. A record
//! that nobody asks for costs a look at its type.
//! It must not know: Kafka's client, when offsets are committed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::ahead::Ahead;
use super::hot::{Keys, Shown};
use super::job::Job;
use super::lanes::Queue;
use super::lock;
use super::plan::Topic;
use super::read::{Passed, read};
use super::tracker::{Step, Track, Tracker};
use super::work::Worker;
use crate::log::kafka::Fetched;
use crate::telemetry::{Hand, Now, Spread, Standing};

pub(super) struct Batch<'b> {
    worker: &'b Worker,
    tracker: &'b Mutex<Tracker>,
    topics: Vec<Topic>,
    slots: Vec<Slot>,
    /// The slot of the record before: fetches come a partition at a time.
    last: usize,
    jobs: Vec<Job>,
    standing: &'b Standing,
    spread: Spread,
    passed: BTreeMap<(usize, &'static str), u64>,
    /// Records, bytes, when the oldest was written in milliseconds since the epoch.
    retrieved: (u64, u64, i64),
    len: usize,
    /// When the first of them came.
    now: Now,
}

/// A partition that this member has.
struct Slot {
    topic: usize,
    partition: i32,
    track: Arc<Track>,
    hand: Hand,
    steps: Vec<(i64, Step)>,
    /// What was done before this member had it.
    before: Ahead,
    keys: Keys,
    shown: Shown,
}

impl<'b> Batch<'b> {
    pub(super) fn new(worker: &'b Worker, tracker: &'b Mutex<Tracker>, standing: &'b Standing) -> Self {
        let topics = worker.plan.readers(&worker.ground);
        let spread = Spread::new(&worker.ground.metrics);
        let (slots, jobs, passed) = Default::default();
        let (last, retrieved, len, now) = (0, (0, 0, 0), 0, Now::new());
        Self { worker, tracker, topics, slots, last, jobs, standing, spread, passed, retrieved, len, now }
    }

    /// How many records it has.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn add(&mut self, fetched: &Fetched<'_>) {
        let Some(slot) = self.slot(fetched.topic(), fetched.partition()) else { return };
        if self.len == 0 {
            self.now = Now::new();
        }
        self.len += 1;
        self.last = slot;
        if self.slots[slot].before.has(fetched.offset()) {
            *self.passed.entry((self.slots[slot].topic, "done before")).or_default() += 1;
            self.slots[slot].steps.push((fetched.offset(), Step::Pass));
            return;
        }
        let topic = &self.topics[self.slots[slot].topic];
        let reading =
            read(&self.worker.plan, topic, fetched.message_type(), || fetched.record(topic.name.clone()));
        let step = match reading {
            Err(Passed(reason)) => {
                *self.passed.entry((self.slots[slot].topic, reason)).or_default() += 1;
                Step::Pass
            }
            Ok((kind, record)) => {
                crate::failpoint::reach("dispatch-polled");
                let written_at = record.written_at;
                let in_hand = self.slots[slot].hand.take(written_at);
                let held = self.worker.hold(&kind, &record, self.now);
                let track = self.slots[slot].track.clone();
                let job = Job::new(kind, record, track, held, Some(in_hand), self.now.instant);
                let (records, bytes, oldest) = self.retrieved;
                let oldest = if records == 0 { written_at } else { oldest.min(written_at) };
                self.retrieved = (records + 1, bytes + job.bytes as u64, oldest);
                self.slots[slot].keys.see(job.key, fetched.offset());
                let step = Step::Take(job.bytes);
                self.jobs.push(job);
                step
            }
        };
        self.slots[slot].steps.push((fetched.offset(), step));
    }

    /// Partitions have gone: their records are another member's now.
    pub(super) fn forget_gone(&mut self) {
        self.slots.retain(|slot| !slot.track.is_gone());
        self.jobs.retain(|job| !job.is_gone());
        self.last = 0;
    }

    /// Tells everyone.
    pub(super) fn flush(&mut self, queue: &Queue) {
        if self.len == 0 {
            return;
        }
        self.len = 0;
        for slot in self.slots.iter_mut().filter(|slot| !slot.steps.is_empty()) {
            let records = slot.steps.len() as u64;
            self.spread.read(&self.topics[slot.topic].name, slot.partition, records);
            slot.track.steps(slot.steps.drain(..));
            slot.shown.show(&mut slot.keys);
        }
        for ((topic, reason), records) in std::mem::take(&mut self.passed) {
            self.worker.ground.metrics.passed_over("dispatch", reason, records);
            self.worker.counted(&self.topics[topic].name, records);
        }
        let (records, bytes, oldest) = std::mem::take(&mut self.retrieved);
        if records > 0 {
            self.worker.ground.metrics.retrieved.passed(records, bytes, self.now.age(oldest));
        }
        queue.push(&mut self.jobs);
    }

    fn slot(&mut self, topic: &[u8], partition: i32) -> Option<usize> {
        let is_it = |slot: &Slot, topics: &[Topic]| {
            slot.partition == partition && topics[slot.topic].name.as_bytes() == topic
        };
        if self.slots.get(self.last).is_some_and(|slot| is_it(slot, &self.topics)) {
            return Some(self.last);
        }
        if let Some(known) = self.slots.iter().position(|slot| is_it(slot, &self.topics)) {
            return Some(known);
        }
        let topic = self.topics.iter().position(|known| known.name.as_bytes() == topic)?;
        let place = (self.topics[topic].name.clone(), partition);
        let (track, hand) = (lock(self.tracker).track(&place), self.standing.hand(&place));
        let shown = Shown::new(&self.worker.ground.metrics, &self.worker.plan.title(), &place.0, partition);
        let (before, (steps, keys)) = (track.before(), Default::default());
        self.slots.push(Slot { topic, partition, track, hand, steps, before, keys, shown });
        Some(self.slots.len() - 1)
    }
}
