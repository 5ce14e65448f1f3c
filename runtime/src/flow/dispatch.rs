//! Dispatch: events to the policies that listen, commands to their handlers. Records of one key stay in order, many keys
//! are worked on at once, and offsets are committed up to the first record that is not done. One thread polls and never
//! waits for a handler: what is slow pauses its partition.
//! It must not know: how a command is carried out.

mod ahead;
mod attempt;
mod batch;
mod hot;
mod job;
mod lanes;
mod letters;
mod line;
mod park;
mod parked;
mod place;
mod plan;
mod read;
mod slow;
mod traced;
mod tracker;
mod work;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::config;
use crate::fault::Fault;
use crate::flow::session::{self, Course, Ended};
use crate::flow::{Ground, gone, lag};
use crate::log::kafka::{Begin, Commit, Consumer, Polled, Subscription, Turn};
use crate::telemetry::{Level, Standing};

pub(crate) use ahead::any_word;
use batch::Batch;
use lanes::Queue;
pub(crate) use place::{keep_places, own_places};
pub(crate) use plan::{Listener, Plan};
pub(crate) use read::{Reading, reading};
use tracker::{Limits, ParkLimits, Tracker};
pub(crate) use work::DUE;
use work::Worker;

/// The most records that one batch takes.
const BATCH: usize = 512;

/// Runs until asked to stop, or until someone must act. Blocks: it wants a thread of its own; handlers run on `handlers`.
///
/// # Errors
/// A coded fault: expired data, another process under this instance's name.
pub(crate) fn run(ground: &Ground, plan: Arc<Plan>, handlers: &tokio::runtime::Handle) -> Result<(), Fault> {
    if plan.topics(ground).is_empty() {
        ground.begun.has(&plan.name);
        return Ok(());
    }
    // A command that is handled before capture has its place would leave rows that nobody reads.
    handlers.block_on(async {
        tokio::select! {
            () = ground.begun.captures() => {}
            () = ground.stop.wait() => {}
        }
    });
    let (group, name) = (plan.group(ground), plan.name.clone());
    let instance = format!("{group}.{}", ground.config.service.instance);
    let longest_pause = Duration::from_secs(10);
    let course = Course { title: "dispatch", name, group: &group, instance: &instance, longest_pause };
    let rival = |why: &str| {
        let message = format!("another process dispatches as `{group}` under this instance's name ({why})");
        Fault::world("K-106", message, "give each replica a `service.instance` of its own")
    };
    let worker = Arc::new(Worker::new(ground, plan));
    let queue = Arc::new(Queue::default());
    lanes::start(&queue, &worker, ground.config.dispatch.lanes, handlers);
    parked::start(&worker, handlers);
    let standing = Standing::default();
    lag::watch(ground, &worker.plan.title(), &standing, worker.hears());
    let result = session::run(ground, &course, rival, || {
        let ended = session(ground, &course, &standing, &worker, &queue);
        standing.tell([]);
        ended
    });
    queue.close();
    worker.parking.close();
    result
}

/// One member of the group, from joining to leaving.
fn session(
    ground: &Ground,
    course: &Course<'_>,
    standing: &Standing,
    worker: &Worker,
    queue: &Queue,
) -> Result<(), Ended> {
    let tracker = Arc::new(Mutex::new(Tracker::new(ground.config.dispatch.done_ahead_bytes)));
    let turned = Arc::new(AtomicBool::new(false));
    let on_turn = {
        let (tracker, turned) = (tracker.clone(), turned.clone());
        let (metrics, group) = (ground.metrics.clone(), course.group.to_owned());
        move |turn: Turn, commit: &Commit<'_>| match turn {
            Turn::Given(marks) => {
                let foreign = marks.iter().filter(|(place, mark)| lock(&tracker).begin(place, mark).is_err());
                let foreign: Vec<String> =
                    foreign.map(|((topic, partition), _)| format!("{topic}/{partition}")).collect();
                if !foreign.is_empty() {
                    let partitions = foreign.join(", ");
                    metrics.error("dispatch", "D-014");
                    tracing::warn!(target: "storm::dispatch", code = "D-014", group, partitions,
                        "what stands beside the committed offsets is not of this version: what is done behind them is \
                        read again");
                }
            }
            Turn::Revoked(partitions) => {
                let done = lock(&tracker).revoke(&partitions);
                turned.store(true, Ordering::SeqCst);
                if let Err(why) = commit(&done) {
                    tracing::warn!(target: "storm::dispatch", why, "offsets of revoked partitions are not committed");
                }
            }
        }
    };
    let topics = worker.plan.topics(ground);
    let names: Vec<&str> = topics.iter().map(|topic| &**topic).collect();
    let mut subscription = Subscription::new(&ground.kafka, course.group, names.clone())?;
    if !wait_for_topics(ground, course.group, &mut subscription)? {
        return Ok(());
    }
    let consumer = Consumer::new(&ground.kafka, &subscription, course.instance, &ground.journal(), on_turn)?;
    let begin = |name: &str| match ground.config.dispatch.start {
        // What was sent to this context is never passed by.
        _ if name == ground.spec.topics.commands.name => Begin::First,
        config::Start::Now => Begin::Now,
        config::Start::Beginning => Begin::First,
    };
    let starts: Vec<(&str, Begin)> = names.iter().map(|name| (*name, begin(name))).collect();
    consumer.subscribe(&starts)?;
    let member = Member { standing, ground, consumer: &consumer, tracker: &tracker, turned: &turned };
    let polled = if worker.plan.is_paused() { member.keep_place(worker) } else { member.poll(worker, queue) };
    let ended = polled.map_err(Ended::from);
    match &ended {
        Ok(()) | Err(Ended::Halt(_)) => member.drain(),
        // Its records come again, to whoever has their partitions then: what is in work counts for nothing.
        Err(_) => lock(&tracker).forget(),
    }
    worker.parking.forget_gone();
    consumer.close(Duration::from_secs(5));
    ended
}

/// Another context's topics are made by its own service. False when asked to stop meanwhile.
fn wait_for_topics(ground: &Ground, group: &str, subscription: &mut Subscription<'_>) -> Result<bool, Fault> {
    let mut said: Option<Instant> = None;
    loop {
        let missing = subscription.missing()?;
        if missing.is_empty() {
            return Ok(true);
        }
        if said.is_none() {
            missing.iter().try_for_each(|topic| gone::was_heard(ground, group, topic))?;
        }
        if ground.stop.asked() {
            return Ok(false);
        }
        if said.is_none_or(|said| said.elapsed() > Duration::from_secs(10)) {
            let topics = missing.join(", ");
            tracing::info!(target: "storm::dispatch", code = "K-111", topics, "waiting for topics that another context makes");
            said = Some(Instant::now());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// A member of a dispatcher's group, on its thread.
struct Member<'m> {
    ground: &'m Ground,
    consumer: &'m Consumer,
    tracker: &'m Mutex<Tracker>,
    /// Set when partitions have gone, until the batch has heard of it.
    turned: &'m AtomicBool,
    standing: &'m Standing,
}

impl Member<'_> {
    fn poll(&self, worker: &Worker, queue: &Queue) -> Result<(), Fault> {
        let settings = &self.ground.config.dispatch;
        let of = &settings.park;
        let park = ParkLimits { records: of.records, bytes: of.bytes.0, ahead: of.ahead, full: false };
        let limits = Limits { records: settings.in_flight, bytes: settings.in_flight_bytes.0, park };
        let full = self.ground.metrics.level(Level::ParkingFull, &[&worker.plan.title()]);
        full.set(0.0);
        let mut was_full = false;
        let (mut committed, mut watched, mut told) = (Instant::now(), Instant::now(), Instant::now());
        let paused = self.ground.metrics.level(Level::PausedPartitions, &[&worker.plan.title()]);
        paused.set(0.0);
        let mut batch = Batch::new(worker, self.tracker, self.standing);
        while !self.ground.stop.asked() {
            self.ground.begun.is(&worker.plan.name, self.consumer.is_well());
            let now = Instant::now();
            let park = ParkLimits { full: worker.parking.keys() >= settings.park.keys, ..park };
            let pressure = lock(self.tracker).pressure(Limits { park, ..limits }, now);
            if pressure.parked != was_full {
                was_full = pressure.parked;
                full.set(f64::from(u8::from(was_full)));
                worker.tell_full(was_full);
            }
            for (partitions, is_paused) in [(&pressure.pause, true), (&pressure.resume, false)] {
                if !partitions.is_empty() {
                    self.consumer.pause(partitions, is_paused);
                    paused.set(lock(self.tracker).paused() as f64);
                }
            }
            if now - told >= self.ground.config.metrics.every.0 / 2 {
                self.standing.tell(self.consumer.positions());
                told = now;
            }
            if now - committed >= settings.commit_every.0 {
                self.commit();
                committed = now;
            }
            if now - watched >= crate::millis(500) {
                worker.look(settings.slow_after.0);
                worker.parking.forget_gone();
                watched = now;
            }
            if pressure.hold {
                std::thread::sleep(Duration::from_micros(200));
                continue;
            }
            let mut patience = Duration::from_millis(if pressure.busy { 5 } else { 50 });
            while batch.len() < BATCH.min(pressure.room) {
                let polled = self.consumer.poll(patience)?;
                if self.turned.swap(false, Ordering::SeqCst) {
                    batch.forget_gone();
                }
                let Polled::Record(fetched) = polled else { break };
                batch.add(&fetched);
                patience = Duration::ZERO;
            }
            batch.flush(queue);
        }
        Ok(())
    }

    /// Stays in the group, so that its offsets do not expire, and reads nothing.
    fn keep_place(&self, worker: &Worker) -> Result<(), Fault> {
        tracing::warn!(target: "storm::dispatch", code = "D-006", group = worker.group, "a policy is paused: its events wait");
        while !self.ground.stop.asked() {
            // A rebalance resumes what it brings.
            self.consumer.pause_all();
            self.ground.begun.is(&worker.plan.name, self.consumer.is_well());
            self.standing.tell(self.consumer.positions());
            // A record that was fetched before the pause is not committed: it comes again.
            let _ = self.consumer.poll(Duration::from_millis(100))?;
        }
        Ok(())
    }

    /// Commits what is done. What cannot be committed now is tried again with the next ones.
    fn commit(&self) {
        let done = lock(self.tracker).due();
        if done.is_empty() {
            return;
        }
        crate::failpoint::reach("dispatch-before-commit");
        match self.consumer.commit(&done) {
            Ok(()) => {
                crate::failpoint::reach("dispatch-committed");
                lock(self.tracker).stored(&done);
            }
            Err(why) => {
                self.ground.metrics.error("dispatch", "K-112");
                tracing::warn!(target: "storm::dispatch", code = "K-112", why, "offsets are not committed");
            }
        }
    }

    /// Waits for what is in work, no longer than `service.drain`, and commits it.
    fn drain(&self) {
        let start = Instant::now();
        while start.elapsed() < self.ground.config.service.drain.0 && lock(self.tracker).in_work() > 0 {
            // Polling keeps the member in its group; its partitions are paused, so nothing new comes.
            self.consumer.pause(&lock(self.tracker).places(), true);
            if let Ok(Polled::Record(_)) | Err(_) = self.consumer.poll(Duration::from_millis(5)) {
                continue;
            }
        }
        self.commit();
    }
}

fn lock(tracker: &Mutex<Tracker>) -> MutexGuard<'_, Tracker> {
    tracker.lock().unwrap_or_else(PoisonError::into_inner)
}
