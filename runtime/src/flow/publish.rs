//! Publish: raw records into public events, exactly once. What is consumed, what is made of it and the dead letters are
//! one transaction; when partitions are about to go, it is aborted before they do.
//! It must not know: how a row becomes an event.

mod transform;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::fault::Fault;
use crate::flow::{Ground, Name, lag};
use crate::log::kafka::{
    self, Begin, Consumer, GroupMetadata, Offsets, Polled, Transactional, Trouble, Turn,
};
use crate::service::Translations;
use crate::telemetry::{Spread, Standing};

use transform::Transform;

/// What a publisher translates.
pub(crate) struct Plan {
    pub(crate) translations: Translations,
    /// Events that come through the outbox, passed on as they are.
    pub(crate) records: Vec<&'static str>,
    /// Raw types of captured tables, with or without a translation.
    pub(crate) tables: Vec<&'static str>,
}

enum Ended {
    Done,
    Anew(String),
}

/// The producer and whether a transaction is open, shared with the rebalance callback.
struct Shared {
    producer: Transactional,
    open: AtomicBool,
    /// A revocation has aborted the open transaction.
    aborted: Mutex<Option<Result<(), Trouble>>>,
}

/// What the open transaction holds.
struct Open {
    since: Instant,
    /// Taken when the transaction began and never refreshed: the broker checks the generation, not the ownership.
    group: GroupMetadata,
    offsets: Offsets,
    consumed: (u64, u64),
    transforming: Duration,
    /// Records and bytes by topic: events and dead letters.
    made: [(u64, u64); 2],
}

/// Runs until asked to stop, or until someone must act. Blocks: it wants a thread of its own.
///
/// # Errors
/// A coded fault: expired data, a message of ours that this version does not know, a fenced instance.
pub(crate) fn run(ground: &Ground, plan: &Plan) -> Result<(), Fault> {
    let retry = crate::Retry::DEFAULT.backoff(Duration::from_millis(100), Duration::from_secs(10));
    let mut failures = 0;
    let standing = Standing::default();
    lag::watch(ground, "publish", &standing, Vec::new());
    while !ground.stop.asked() {
        let started = Instant::now();
        match session(ground, plan, &standing)? {
            Ended::Done => return Ok(()),
            Ended::Anew(why) => {
                failures = if started.elapsed() > Duration::from_secs(60) { 1 } else { failures + 1 };
                let pause = retry.pause(failures, uuid::Uuid::new_v4().as_u128() as u64);
                ground.metrics.error("publish", "K-103");
                tracing::warn!(target: "storm::publish", code = "K-103", why, pause_ms = pause.as_millis() as u64, "publishing starts anew");
                std::thread::sleep(pause);
            }
        }
    }
    Ok(())
}

fn session(ground: &Ground, plan: &Plan, standing: &Standing) -> Result<Ended, Fault> {
    let group = ground.name("publish");
    let instance = format!("{group}.{}", ground.config.service.instance);
    let transactional_id = instance.clone();
    let producer = match Transactional::new(&ground.kafka, &transactional_id, "lz4") {
        Ok(producer) => producer,
        Err(fault) if fault.configuration => return Err(fault),
        Err(fault) => return Ok(Ended::Anew(fault.message)),
    };
    let shared = Arc::new(Shared { producer, open: AtomicBool::new(false), aborted: Mutex::default() });
    let on_turn = {
        let shared = shared.clone();
        move |Turn::Revoked(_): Turn, _: &kafka::Commit<'_>| {
            if shared.open.swap(false, Ordering::SeqCst) {
                let aborted = shared.producer.abort();
                *shared.aborted.lock().unwrap_or_else(PoisonError::into_inner) = Some(aborted);
            }
        }
    };
    let consumer = Consumer::new(&ground.kafka, &group, &instance, on_turn)?;
    consumer.subscribe(&[(ground.spec.topics.raw.name, Begin::First)])?;
    let ended = consume(ground, plan, &shared, &consumer, &group, standing);
    standing.tell([]);
    consumer.close(Duration::from_secs(5));
    ended
}

fn consume(
    ground: &Ground,
    plan: &Plan,
    shared: &Shared,
    consumer: &Consumer,
    group: &str,
    standing: &Standing,
) -> Result<Ended, Fault> {
    let transform = Transform::new(ground, plan);
    let raw: Arc<str> = ground.spec.topics.raw.name.into();
    let settings = &ground.config.publish;
    let mut open: Option<Open> = None;
    let (mut spread, mut told) = (Spread::new(&ground.metrics), Instant::now());
    loop {
        if told.elapsed() >= ground.config.metrics.every.0 / 2 {
            standing.tell(consumer.positions());
            told = Instant::now();
        }
        if ground.stop.asked() {
            return finish(ground, shared, open, group)
                .map_or_else(|trouble| ended(trouble, group), |()| Ok(Ended::Done));
        }
        let patience = match &open {
            Some(open) => settings.commit_every.0.saturating_sub(open.since.elapsed()),
            None => Duration::from_millis(100),
        };
        let polled = consumer.poll(patience)?;
        if consumer.joined() {
            ground.begun.has(&Name::Publish);
        }
        if let Some(aborted) = shared.aborted.lock().unwrap_or_else(PoisonError::into_inner).take() {
            open = None;
            if let Err(trouble) = aborted {
                return ended(trouble, group);
            }
            if let Err(why) = consumer.rewind() {
                return Ok(Ended::Anew(why));
            }
            tracing::info!(target: "storm::publish", "partitions went to another member: the open transaction was aborted");
            continue;
        }
        if let Polled::Record(fetched) = polled {
            let record = fetched.record(raw.clone());
            spread.read(&raw, record.partition);
            crate::failpoint::reach("publish-polled");
            let begun = match &mut open {
                Some(begun) => begun,
                None => {
                    let Some(group) = consumer.group_metadata() else {
                        return Ok(Ended::Anew("the group has no metadata".into()));
                    };
                    if let Err(trouble) = shared.producer.begin() {
                        return ended(trouble, &ground.name("publish"));
                    }
                    shared.open.store(true, Ordering::SeqCst);
                    crate::failpoint::reach("publish-begun");
                    open.insert(Open::new(group))
                }
            };
            let start = Instant::now();
            let made = transform.apply(&record)?;
            begun.consumed.0 += 1;
            begun.consumed.1 += record.bytes() as u64;
            begun.offsets.insert((raw.clone(), record.partition), record.offset + 1);
            begun.transforming += start.elapsed();
            for (kind, draft) in &made {
                begun.made[*kind as usize].0 += 1;
                begun.made[*kind as usize].1 += draft.bytes() as u64;
                if let Err(trouble) = shared.producer.send(draft) {
                    return ended(trouble, group);
                }
                crate::failpoint::reach("publish-sent");
            }
        }
        let due = |open: &Open| {
            open.since.elapsed() >= settings.commit_every.0
                || open.consumed.1 >= settings.commit_bytes.0 as u64
                || open.made[0].1 >= settings.commit_bytes.0 as u64
        };
        if open.as_ref().is_some_and(due)
            && let Err(trouble) = finish(ground, shared, open.take(), group)
        {
            return ended(trouble, group);
        }
    }
}

/// Commits what is open.
fn finish(ground: &Ground, shared: &Shared, open: Option<Open>, group: &str) -> Result<(), Trouble> {
    let Some(open) = open else { return Ok(()) };
    let pushing = Instant::now();
    crate::failpoint::reach("publish-before-commit");
    shared.producer.commit(Some((&kafka::list(&open.offsets), &open.group)))?;
    crate::failpoint::reach("publish-committed");
    shared.open.store(false, Ordering::SeqCst);
    let [events, dead] = open.made;
    ground.metrics.raw_transformed.passed(open.consumed.0, open.consumed.1, open.transforming);
    if events.0 > 0 {
        ground.metrics.public_pushed.passed(events.0, events.1, pushing.elapsed());
    }
    if let Some(activity) = &ground.activity {
        activity.sent(ground.spec.topics.events.name, events.0);
        activity.sent(ground.spec.topics.dead.name, dead.0);
        activity.done(ground.spec.topics.raw.name, group, open.consumed.0);
    }
    Ok(())
}

impl Open {
    fn new(group: GroupMetadata) -> Self {
        Self {
            since: Instant::now(),
            group,
            offsets: Offsets::new(),
            consumed: (0, 0),
            transforming: Duration::ZERO,
            made: [(0, 0); 2],
        }
    }
}

fn ended(trouble: Trouble, group: &str) -> Result<Ended, Fault> {
    match trouble {
        Trouble::Anew(why) => Ok(Ended::Anew(why)),
        Trouble::TooLarge(why) => Err(kafka::too_large("the topic of its events, or of dead letters,", &why)),
        Trouble::Fenced => {
            let message = format!("another process publishes as `{group}` under this instance's name");
            Err(Fault::world("K-106", message, "give each replica a `service.instance` of its own"))
        }
    }
}
