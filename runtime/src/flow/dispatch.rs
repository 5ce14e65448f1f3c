//! Dispatch: events to the policies that listen, commands to their handlers. Records of one key stay in order, many keys
//! are worked on at once, and offsets are committed up to the first record that is not done. One thread polls and never
//! waits for a handler: what is slow pauses its partition.
//! It must not know: how a command is carried out.

mod attempt;
mod job;
mod plan;
mod tracker;
mod work;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::config;
use crate::fault::Fault;
use crate::flow::{Ground, Name, lag};
use crate::log::kafka::{Begin, Commit, Consumer, Polled, Turn};

use crate::telemetry::{Level, Spread, Standing};

use job::Job;
pub(crate) use plan::{Listener, Plan};
use tracker::Tracker;
pub(crate) use work::DUE;
use work::Worker;

/// Runs until asked to stop, or until someone must act. Blocks: it wants a thread of its own; handlers run on `handlers`.
///
/// # Errors
/// A coded fault: expired data, a fenced instance, brokers that refuse.
pub(crate) fn run(ground: &Ground, plan: Arc<Plan>, handlers: &tokio::runtime::Handle) -> Result<(), Fault> {
    let group = ground.name("dispatch");
    let topics = plan.topics(ground);
    if topics.is_empty() {
        ground.begun.has(&Name::Dispatch);
        return Ok(());
    }
    // A command that is handled before capture has its place would leave rows that nobody reads.
    handlers.block_on(async {
        tokio::select! {
            () = ground.begun.captures() => {}
            () = ground.stop.wait() => {}
        }
    });
    let tracker = Arc::new(Mutex::new(Tracker::default()));
    let on_turn = {
        let tracker = tracker.clone();
        move |Turn::Revoked(partitions): Turn, commit: &Commit<'_>| {
            let done = lock(&tracker).revoke(&partitions);
            if let Err(why) = commit(&done) {
                tracing::warn!(target: "storm::dispatch", why, "offsets of revoked partitions are not committed");
            }
        }
    };
    let instance = format!("{group}.{}", ground.config.service.instance);
    let consumer = Consumer::new(&ground.kafka, &group, &instance, on_turn)?;
    let names: Vec<&str> = topics.iter().map(|topic| &**topic).collect();
    if !wait_for_topics(ground, &consumer, &names)? {
        return Ok(());
    }
    let begin = |name: &str| match ground.config.dispatch.start {
        // What was sent to this context is never passed by.
        _ if name == ground.spec.topics.commands.name => Begin::First,
        config::Start::Now => Begin::Now,
        config::Start::Beginning => Begin::First,
    };
    let starts: Vec<(&str, Begin)> = names.iter().map(|name| (*name, begin(name))).collect();
    consumer.subscribe(&starts)?;
    let worker = Arc::new(Worker::new(ground, plan, tracker.clone(), group));
    let lanes = lanes(&worker, handlers);
    let result = poll(ground, &worker, &consumer, &tracker, &topics, &lanes);
    drop(lanes);
    drain(ground, &consumer, &tracker);
    consumer.close(Duration::from_secs(5));
    result
}

/// Each lane does its jobs one after the other; a key is always in the same lane.
fn lanes(worker: &Arc<Worker>, handlers: &tokio::runtime::Handle) -> Vec<mpsc::UnboundedSender<Job>> {
    let lane = |_| {
        let (jobs, mut waiting) = mpsc::unbounded_channel::<Job>();
        let worker = worker.clone();
        handlers.spawn(async move {
            while let Some(job) = waiting.recv().await {
                worker.clone().take(job).await;
            }
        });
        jobs
    };
    (0..worker.lanes()).map(lane).collect()
}

/// Another context's topics are made by its own service. False when asked to stop meanwhile.
fn wait_for_topics(ground: &Ground, consumer: &Consumer, names: &[&str]) -> Result<bool, Fault> {
    let mut said = Instant::now() - Duration::from_secs(60);
    loop {
        let missing = consumer.missing(names)?;
        if missing.is_empty() {
            return Ok(true);
        }
        if ground.stop.asked() {
            return Ok(false);
        }
        if said.elapsed() > Duration::from_secs(10) {
            let topics = missing.join(", ");
            tracing::info!(target: "storm::dispatch", code = "K-111", topics, "waiting for topics that another context makes");
            said = Instant::now();
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn poll(
    ground: &Ground,
    worker: &Worker,
    consumer: &Consumer,
    tracker: &Mutex<Tracker>,
    topics: &[Arc<str>],
    lanes: &[mpsc::UnboundedSender<Job>],
) -> Result<(), Fault> {
    let settings = &ground.config.dispatch;
    let mut committed = Instant::now();
    let (standing, mut told, mut spread) =
        (Standing::default(), Instant::now(), Spread::new(&ground.metrics));
    let paused = ground.metrics.level(Level::PausedPartitions, &["dispatch"]);
    lag::watch(ground, "dispatch", &standing, worker.hears());
    while !ground.stop.asked() {
        if consumer.joined() {
            ground.begun.has(&Name::Dispatch);
        }
        let (pause, resume, busy) = lock(tracker).pressure(settings.in_flight);
        for (partitions, is_paused) in [(&pause, true), (&resume, false)] {
            if !partitions.is_empty() {
                consumer.pause(partitions, is_paused);
            }
        }
        paused.set(lock(tracker).paused() as f64);
        if told.elapsed() >= ground.config.metrics.every.0 / 2 {
            standing.tell(consumer.positions());
            told = Instant::now();
        }
        if committed.elapsed() >= settings.commit_every.0 {
            commit(ground, consumer, tracker);
            committed = Instant::now();
        }
        let patience = Duration::from_millis(if busy { 5 } else { 50 });
        let Polled::Record(fetched) = consumer.poll(patience)? else { continue };
        let Some(topic) = topics.iter().find(|topic| &***topic == fetched.topic()) else { continue };
        let place = (topic.clone(), fetched.partition());
        spread.read(topic, place.1);
        match worker.read(&fetched, topic) {
            None => {
                lock(tracker).pass(&place, fetched.offset());
                worker.counted(topic);
            }
            Some((kind, record)) => {
                crate::failpoint::reach("dispatch-polled");
                let gone = lock(tracker).take(&place, record.offset);
                let held = worker.hold(&kind, &record);
                let _in_hand = Some(standing.take(&place, record.written_at));
                let job = Job { kind, record, gone, since: Instant::now(), held, _in_hand };
                let lane = job.lane(lanes.len());
                // A lane ends only after its sender: it takes the job.
                let _ = lanes[lane].send(job);
            }
        }
    }
    Ok(())
}

/// Commits what is done. What cannot be committed now is tried again with the next ones.
fn commit(ground: &Ground, consumer: &Consumer, tracker: &Mutex<Tracker>) {
    let done = lock(tracker).due();
    if !done.is_empty() {
        crate::failpoint::reach("dispatch-before-commit");
    }
    match consumer.commit(&done) {
        Ok(()) => {
            if !done.is_empty() {
                crate::failpoint::reach("dispatch-committed");
            }
            lock(tracker).stored(&done);
        }
        Err(why) => {
            ground.metrics.error("dispatch", "K-112");
            tracing::warn!(target: "storm::dispatch", code = "K-112", why, "offsets are not committed");
        }
    }
}

/// Waits for what is in work, no longer than `service.drain`, and commits it.
fn drain(ground: &Ground, consumer: &Consumer, tracker: &Mutex<Tracker>) {
    let start = Instant::now();
    while start.elapsed() < ground.config.service.drain.0 && lock(tracker).in_work() > 0 {
        // Polling keeps the member in its group; its partitions are paused, so nothing new comes.
        let (all, _, _) = lock(tracker).pressure(0);
        consumer.pause(&all, true);
        if let Ok(Polled::Record(_)) | Err(_) = consumer.poll(Duration::from_millis(5)) {
            continue;
        }
    }
    commit(ground, consumer, tracker);
}

fn lock(tracker: &Mutex<Tracker>) -> MutexGuard<'_, Tracker> {
    tracker.lock().unwrap_or_else(PoisonError::into_inner)
}
