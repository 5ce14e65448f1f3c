//! Scheduled commands: at each due time one goes to this context's own command topic, once however many replicas run.
//! One of them issues: the one that a consumer group gives the seat to. The command and the due time go out in one
//! transaction under an id that fences whoever issued before, so that no due time is issued twice and none is forgotten.
//! It must not know: what the command does.

mod due;
mod stored;

use std::collections::HashMap;
use std::time::Duration;

use chrono::Utc;
use croner::Cron;

use super::Ground;
use crate::cloudevents::{Envelope, Header};
use crate::fault::Fault;
use crate::id;
use crate::lineage::Lineage;
use crate::log::Draft;
use crate::log::kafka::{Seat, Transactional, Trouble, too_large};
use crate::service::Schedule;
use crate::telemetry::{Role, Span};
use crate::{Timestamp, wire};

use due::Due;
pub(crate) use due::Rule;
pub(crate) use stored::Stored;
pub(crate) use stored::wanted;

/// A schedule whose expression has been read.
pub(crate) struct Clock {
    schedule: Schedule,
    cron: Cron,
    rule: Rule,
}

impl Clock {
    /// # Errors
    /// The cron expression is none (F-106).
    pub(crate) fn new(schedule: Schedule, rule: Rule) -> Result<Self, Fault> {
        let wrong = |_| {
            let message = format!("`{}` is no cron expression", schedule.cron);
            Fault::configuration("F-106", message, "five fields: minute hour day month weekday, in UTC")
        };
        let cron = schedule.cron.parse::<Cron>().map_err(wrong)?;
        Ok(Self { schedule, cron, rule })
    }
}

/// How a turn at issuing ended when it did not end for good.
enum Ended {
    /// Asked to stop.
    Done,
    /// To be started anew, from what is stored.
    Anew(&'static str, String),
}

/// Issues what is due until asked to stop, whenever it is this process's turn. Blocks: it wants a thread of its own.
///
/// # Errors
/// A coded fault: a client setting, a stored due time of a later version, a command larger than its topic takes.
pub(crate) fn run(ground: &Ground, clocks: &[Clock]) -> Result<(), Fault> {
    let retry = crate::Retry::DEFAULT.backoff(Duration::from_millis(200), Duration::from_secs(10));
    let mut failures = 0;
    while !ground.stop.asked() {
        let mut issued = false;
        match turn(ground, clocks, &mut issued)? {
            Ended::Done => return Ok(()),
            Ended::Anew(code, why) => {
                failures = if issued { 1 } else { failures + 1 };
                ground.metrics.error("schedule", code);
                let pause = retry.pause(failures, uuid::Uuid::new_v4().as_u128() as u64);
                let pause_ms = pause.as_millis() as u64;
                tracing::warn!(target: "storm::schedule", code, why, pause_ms, "scheduled commands start anew");
                pause_unless_asked(ground, pause);
            }
        }
    }
    Ok(())
}

fn pause_unless_asked(ground: &Ground, pause: Duration) {
    let until = std::time::Instant::now() + pause;
    while !ground.stop.asked() && std::time::Instant::now() < until {
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// From standing in line for the seat until something ends it.
fn turn(ground: &Ground, clocks: &[Clock], issued: &mut bool) -> Result<Ended, Fault> {
    let topic = stored::topic(ground.spec);
    let seat = match Seat::claim(&ground.kafka, &ground.name("schedule"), None, &topic) {
        Ok(seat) => seat,
        Err(fault) => return again(fault),
    };
    while !ground.stop.asked() {
        if !seat.held(Duration::from_millis(200))? {
            continue;
        }
        let mut issuer = match Issuer::open(ground, clocks, topic.clone()) {
            Ok(issuer) => issuer,
            Err(fault) => return again(fault),
        };
        tracing::info!(target: "storm::schedule", commands = clocks.len(), "this replica issues the scheduled commands");
        loop {
            match issuer.issue(clocks, Utc::now()) {
                Ok(some) => *issued |= some,
                // The other one keeps the seat: this member joins as a new one, behind it.
                Err(Trouble::Fenced(_)) => {
                    let why = "another replica issues the scheduled commands now".into();
                    return Ok(Ended::Anew("S-003", why));
                }
                Err(Trouble::TooLarge(why)) => return Err(too_large(ground.spec.topics.commands.name, &why)),
                Err(Trouble::Anew(why) | Trouble::Stale(why)) => return Ok(Ended::Anew("K-103", why)),
            }
            if ground.stop.asked() {
                return Ok(Ended::Done);
            }
            if !seat.held(issuer.wait(clocks, Utc::now()))? {
                tracing::info!(target: "storm::schedule", "another replica issues the scheduled commands");
                break;
            }
        }
    }
    Ok(Ended::Done)
}

/// What passes by itself is tried again.
fn again(fault: Fault) -> Result<Ended, Fault> {
    if fault.configuration || fault.code == "S-004" {
        return Err(fault);
    }
    Ok(Ended::Anew(fault.code, fault.message))
}

/// Each due time begins a trace.
fn traced(ground: &Ground, drafts: &[Draft]) -> Vec<Span> {
    let span = |draft: &Draft| {
        let command = Envelope::from_headers(&draft.headers).ok()?;
        let name = format!("schedule {}", command.name.rsplit('.').next().unwrap_or_default());
        let span = ground.spans.begin(&command.lineage, None, &name, Role::Producer)?;
        Some(span.with("storm.id", &command.id).with("storm.type", &command.name))
    };
    if ground.spans.is_on() { drafts.iter().filter_map(span).collect() } else { Vec::new() }
}

/// The one that issues.
struct Issuer<'g> {
    ground: &'g Ground,
    producer: Transactional,
    topic: String,
    last: HashMap<&'static str, Timestamp>,
}

impl<'g> Issuer<'g> {
    /// Fences whoever issued before, then reads how far it came. A schedule that is new, or whose expression has changed,
    /// begins now.
    fn open(ground: &'g Ground, clocks: &[Clock], topic: String) -> Result<Self, Fault> {
        let producer = Transactional::new(&ground.kafka, &ground.name("schedule"), "lz4")?;
        let known = stored::all(&ground.kafka, &topic)?;
        let mut this = Self { ground, producer, topic, last: HashMap::new() };
        for clock in clocks {
            let name = clock.schedule.name();
            let now = Utc::now();
            match known.get(name).filter(|stored| stored.cron == clock.schedule.cron) {
                Some(stored) => {
                    if stored.last > now + chrono::TimeDelta::minutes(1) {
                        let last = wire::timestamp_text(&stored.last);
                        tracing::warn!(target: "storm::schedule", code = "S-002", command = name, last,
                            "the clock stands before the last due time: nothing is issued until it has passed");
                        ground.metrics.error("schedule", "S-002");
                    }
                    this.last.insert(name, stored.last);
                }
                None => {
                    this.last.insert(name, now);
                    let stored = this.stored(clock, now);
                    let said = |_| {
                        Fault::world(
                            "K-103",
                            "the first due time is not stored",
                            "look at the brokers' health",
                        )
                    };
                    this.commit(&[stored]).map_err(said)?;
                }
            }
        }
        Ok(this)
    }

    /// Issues what is due. True when something was.
    fn issue(&mut self, clocks: &[Clock], now: Timestamp) -> Result<bool, Trouble> {
        let mut issued = false;
        for clock in clocks {
            let name = clock.schedule.name();
            let Some(due) = due::due(&clock.cron, self.last[name], now, &clock.rule) else { continue };
            let mut drafts: Vec<Draft> =
                due.run.iter().map(|due| draft(self.ground, &clock.schedule, *due)).collect();
            let spans = traced(self.ground, &drafts);
            drafts.push(self.stored(clock, due.last));
            self.commit(&drafts)?;
            self.ground.spans.end(spans);
            self.last.insert(name, due.last);
            self.count(clock, &due);
            issued |= !due.run.is_empty();
        }
        Ok(issued)
    }

    /// How long nothing is due. A clock that is set forward is noticed within a fifth of a second.
    fn wait(&self, clocks: &[Clock], now: Timestamp) -> Duration {
        let next = |clock: &Clock| due::next(&clock.cron, self.last[clock.schedule.name()], now);
        let next = clocks.iter().filter_map(next).min();
        let wait = next.and_then(|next| (next - now).to_std().ok());
        wait.unwrap_or(Duration::MAX).min(Duration::from_millis(200))
    }

    fn stored(&self, clock: &Clock, last: Timestamp) -> Draft {
        let stored = Stored { last, cron: clock.schedule.cron.into() };
        stored::record(&self.topic, clock.schedule.name(), &stored)
    }

    fn commit(&self, drafts: &[Draft]) -> Result<(), Trouble> {
        self.producer.begin()?;
        drafts.iter().try_for_each(|draft| self.producer.send(draft))?;
        self.producer.commit(None)
    }

    fn count(&self, clock: &Clock, due: &Due) {
        let (name, metrics) = (clock.schedule.name(), &self.ground.metrics);
        let on_time = due.run.len() as u64 - due.caught_up;
        metrics.scheduled(name, "on_time", on_time);
        metrics.scheduled(name, "caught_up", due.caught_up);
        metrics.scheduled(name, "missed", due.passed_by);
        if due.caught_up + due.passed_by > 0 {
            let (caught_up, passed_by, rule) = (due.caught_up, due.passed_by, clock.rule.missed);
            tracing::warn!(target: "storm::schedule", code = "S-001", command = name, caught_up, passed_by, ?rule,
                "due times were missed");
        }
        if let Some(activity) = &self.ground.activity {
            activity.sent(clock.schedule.command.topic, due.run.len() as u64);
        }
    }
}

fn draft(ground: &Ground, schedule: &Schedule, due: Timestamp) -> Draft {
    let name = schedule.command.message;
    let (key, body) = (schedule.issue)(due);
    let id = id::scheduled(name, &due);
    let envelope = Envelope {
        name: name.into(),
        source: id::ce_source(ground.spec.slug, None),
        time: wire::timestamp_text(&due),
        lineage: Lineage::beginning(&id),
        id,
    };
    let mut headers = envelope.headers();
    headers.push(Header::new(super::dispatch::DUE, wire::timestamp_text(&due)));
    Draft { topic: schedule.command.topic.into(), key: Some(key.into_bytes()), headers, body: Some(body) }
}
