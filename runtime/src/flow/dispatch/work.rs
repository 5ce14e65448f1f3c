//! The work on one record: its policies one after the other, or its command. It ends done or in a dead letter; only a
//! partition that goes or a service that stops leaves it undone.
//! It must not know: offsets, polling, how a letter is written.

use std::collections::HashMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Plan;
use super::attempt::{Ended, Rules, persist};
use super::job::{Done as Worked, Hands, Job, Kind};
use super::lanes::Work;
use super::line::{Entry, Line, Verdict};
use super::park::Parking;
use super::parked::{Left, SLOW_LANES};
use super::plan::{Lines, Listener};
use super::read::whole;
use super::traced;
use crate::cloudevents::{Envelope, text};
use crate::command::leash::{Leash, Watch};
use crate::command::work::{Done, FINGERPRINT, Order};
use crate::failure::{Failure, Kind as FailureKind};
use crate::flow::lag::Hears;
use crate::flow::{Ground, Name};
use crate::hush::Hush;
use crate::id;
use crate::lineage::Lineage;
use crate::log::{Draft, Record};
use crate::retry::{GiveUp, Retry};
use crate::service::{Asked, PolicyEntry, Reaction};
use crate::telemetry::hop::Hop;
use crate::telemetry::{End, Ends, Handling, Now};

/// The header that carries a scheduled command's due time.
pub(crate) const DUE: &str = "storm-due";

pub(super) struct Worker {
    pub(super) ground: Ground,
    pub(super) plan: Arc<Plan>,
    pub(super) group: String,
    pub(super) watch: Watch,
    lines: Lines,
    pub(super) hush: Hush,
    pub(super) parking: Arc<Parking>,
    /// Of each listener in the plan, in its order.
    listening: Vec<Handling>,
    /// Of each command by its short name.
    commanded: HashMap<String, (Handling, Ends)>,
}

/// Undone: the partition has gone or the service stops.
pub(super) struct Undone;

/// A record that a policy or command has given up on.
pub(super) struct GivenUp {
    pub(super) code: &'static str,
    pub(super) why: String,
    pub(super) attempts: u32,
    /// Its attempts are used up: another one might still work.
    pub(super) is_used_up: bool,
    /// The id of what failed: the command's, or the event's.
    pub(super) id: String,
}

/// Done, or given up on.
type Outcome = Result<Result<(), GivenUp>, Undone>;

impl GivenUp {
    fn of((failure, attempts): (Failure, u32), id: &str) -> Self {
        let is_used_up = failure.kind == FailureKind::TryAgain;
        Self { code: failure.code, why: failure.message, attempts, is_used_up, id: id.into() }
    }

    /// Without an attempt that could be made again.
    fn for_good(code: &'static str, why: String, id: &str) -> Self {
        Self { code, why, attempts: 1, is_used_up: false, id: id.into() }
    }
}

impl Work for Worker {
    async fn take(&self, mut job: Job, seat: usize) -> Option<Worked> {
        crate::failpoint::reach("dispatch-taken");
        job.kind = whole(job.kind, &job.record);
        let done = match &job.kind {
            Kind::Event(envelope, listeners) => self.event(&job, envelope, listeners, seat).await,
            Kind::Unread(_) => unreachable!("it was read"),
            Kind::Command(envelope) => self.command(&job, envelope, seat).await.map(|end| (Vec::new(), end)),
            Kind::Poison(code, why) => {
                let given_up = || GivenUp::for_good(code, why.clone(), "");
                let through = self.through(&job, "dispatch", false, || async { Ok(Err(given_up())) });
                through.await.map(|_| (Vec::new(), Instant::now()))
            }
        };
        match done {
            Ok((left, end)) if left.is_empty() => return Some(Worked { job, end }),
            Ok((left, _)) => self.park(job, &left),
            Err(Undone) => job.abandon(),
        }
        None
    }

    fn mark(&self, done: &mut Vec<Worked>) {
        if done.is_empty() {
            return;
        }
        let took = |Worked { job, end }: &Worked| (job.bytes as u64, end.duration_since(job.since));
        self.ground.metrics.processed.each_passed(done.iter().map(took));
        crate::failpoint::reach("dispatch-worked");
        Job::all_done(done);
        crate::failpoint::reach("dispatch-marked");
        Job::let_go_all(done);
        if self.ground.activity.is_some() {
            done.iter().for_each(|Worked { job, .. }| self.counted(&job.record.topic, 1));
        }
        done.clear();
    }

    fn may_block(&self, job: &Job) -> bool {
        match &job.kind {
            Kind::Event(_, listeners) | Kind::Unread(listeners) => {
                listeners.iter().any(|index| !self.watch.trusts(self.plan.listeners[*index].policy.command))
            }
            Kind::Command(envelope) => !self.watch.trusts(&envelope.name),
            Kind::Poison(..) => false,
        }
    }
}

impl Worker {
    pub(super) fn new(ground: &Ground, plan: Arc<Plan>) -> Self {
        let group = plan.group(ground);
        let names = plan.commands.iter().flat_map(|table| table.names()).map(|command| command.message);
        let watch = Watch::new(names, ground.config.dispatch.lanes + SLOW_LANES);
        let parking = Arc::new(Parking::new(ground.config.dispatch.park.retry.0));
        let lines = plan.lines(ground);
        lines.names().for_each(|name| ground.metrics.line_stopped(name, false));
        let handling = |name: &str| Handling::new(&ground.metrics, name);
        let listening = plan.listeners.iter().map(|listener| handling(listener.policy.name)).collect();
        let names = plan.commands.iter().flat_map(|table| table.names());
        let commanded = names.map(|command| short(command.message));
        let commanded =
            commanded.map(|name| (name.into(), (handling(name), Ends::new(&ground.metrics, name))));
        let (commanded, hush) = (commanded.collect(), Hush::default());
        let ground = ground.clone();
        let worker = Self { ground, plan, group, watch, lines, hush, parking, listening, commanded };
        worker.show_parked();
        worker
    }

    /// Who hears what here, for the watch over their lag.
    pub(super) fn hears(&self) -> Vec<Hears> {
        let policies = self.plan.here().map(|(index, listener)| {
            let (name, topic) = (listener.policy.name.to_owned(), listener.policy.event_topic.into());
            Hears { name, topic, handling: self.listening[index].clone() }
        });
        let takes_commands = self.plan.name == Name::Dispatch;
        let commands = self.commanded.iter().filter(|_| takes_commands).map(|(name, (handling, _))| {
            let topic = self.ground.spec.topics.commands.name.into();
            Hears { name: name.clone(), topic, handling: handling.clone() }
        });
        policies.chain(commands).collect()
    }

    /// A record goes into the hands of those who will work on it.
    pub(super) fn hold(&self, kind: &Kind, record: &Record, now: Now) -> Hands {
        match kind {
            Kind::Event(_, listeners) | Kind::Unread(listeners) => {
                let take = |at: &usize| self.listening[*at].take(record.written_at, now);
                match &**listeners {
                    [at] => Hands::One(take(at)),
                    all => Hands::Many(all.iter().map(take).collect()),
                }
            }
            Kind::Command(envelope) => match self.commanded.get(short(&envelope.name)) {
                Some((handling, _)) => Hands::One(handling.take(record.written_at, now)),
                None => Hands::Many(Vec::new()),
            },
            Kind::Poison(..) => Hands::Many(Vec::new()),
        }
    }

    /// Records are through, for whoever waits for quiet.
    pub(super) fn counted(&self, topic: &str, records: u64) {
        if let Some(activity) = &self.ground.activity {
            activity.done(topic, &self.group, records);
        }
    }

    /// What is left of it, and when the rest was done.
    async fn event(
        &self,
        job: &Job,
        event: &Envelope,
        listeners: &[usize],
        seat: usize,
    ) -> Result<(Vec<Left>, Instant), Undone> {
        let (mut left, mut now) = (Vec::new(), Instant::now());
        for (&index, held) in listeners.iter().zip(job.held.all()) {
            let (listener, begun) = (&self.plan.listeners[index], now);
            held.begin(begun);
            if listener.filter.skips(event, job.record.key.as_deref()) {
                self.ground.metrics.passed_over(listener.policy.name, "configured", 1);
                continue;
            }
            if self.parking.has((index, job.key)) {
                left.push((index, None));
                continue;
            }
            let parks = listener.give_up == GiveUp::Park;
            let work = || self.policy(job, event, listener, listener.retry, seat);
            if let Some(why) = self.through(job, listener.policy.name, parks, work).await? {
                left.push((index, Some(why)));
            }
            now = Instant::now();
            held.end(begun, now);
        }
        Ok((left, now))
    }

    /// When it was done.
    async fn command(&self, job: &Job, envelope: &Envelope, seat: usize) -> Result<Instant, Undone> {
        let (tenant, lineage) = (envelope.tenant(), &envelope.lineage);
        let begun = || Lineage::beginning(&envelope.id);
        let key = String::from_utf8_lossy(job.record.key.as_deref().unwrap_or_default());
        let prefix = tenant.map(|tenant| format!("{tenant}\u{1f}")).unwrap_or_default();
        let due = text(&job.record.headers, DUE).and_then(|text| text.parse().ok());
        let order = Order {
            name: envelope.name.clone(),
            id: envelope.id.clone(),
            key: key.strip_prefix(&prefix).unwrap_or(&key).to_owned(),
            tenant: tenant.map(str::to_owned),
            lineage: if lineage.correlation.is_empty() { begun() } else { lineage.clone() },
            due,
            fingerprint: text(&job.record.headers, FINGERPRINT)
                .filter(|text| text.len() <= 64)
                .map(str::to_owned),
            body: job.record.body.clone().unwrap_or_default().into(),
        };
        let (held, begun) = (job.held.all(), Instant::now());
        held.iter().for_each(|held| held.begin(begun));
        let name = short(&envelope.name);
        let retry = self.ground.config.command_retry(name);
        let handled = || async {
            let handled = self.handle(job, name, &order, retry, seat).await?;
            Ok(handled.map_err(|failed| GivenUp::of(failed, &order.id)))
        };
        self.through(job, name, false, handled).await?;
        let end = Instant::now();
        held.iter().for_each(|held| held.end(begun, end));
        Ok(end)
    }

    /// Along a policy's or command's line: work that is given up on is a dead letter, unless the line is stopped; or it
    /// is to be parked, for this reason, when it may be and its attempts are used up.
    pub(super) async fn through<F: Future<Output = Outcome>>(
        &self,
        job: &Job,
        at: &str,
        parks: bool,
        work: impl Fn() -> F,
    ) -> Result<Option<GivenUp>, Undone> {
        let line = self.lines.of(at);
        loop {
            let entry = self.enter(job, line).await?;
            let given_up = match work().await {
                Err(Undone) => {
                    line.undone(entry);
                    return Err(Undone);
                }
                Ok(Ok(())) => {
                    if line.good(entry) {
                        self.ground.metrics.line_stopped(at, false);
                        tracing::info!(target: "storm::dispatch", at, "the line goes on");
                    }
                    return Ok(None);
                }
                Ok(Err(given_up)) if parks && given_up.is_used_up => {
                    line.undone(entry);
                    return Ok(Some(given_up));
                }
                Ok(Err(given_up)) => given_up,
            };
            let verdict = line.bad(entry, Instant::now());
            if verdict == Verdict::Wait {
                continue;
            }
            self.dead(job, at, given_up).await?;
            if verdict == Verdict::LastLetter {
                self.ground.metrics.line_stopped(at, true);
                let dead = self.ground.spec.topics.dead.name;
                tracing::error!(target: "storm::dispatch", code = "D-005", at,
                    help = format!("look at them with `stormc dlq list {dead}`; one record is tried every \
                    `dispatch.dead.pause`, and the line goes on by itself when it works"),
                    "too many dead letters: the line is stopped, its records wait");
            }
            return Ok(None);
        }
    }

    /// Waits while the line is stopped.
    async fn enter(&self, job: &Job, line: &Line) -> Result<Entry, Undone> {
        loop {
            match line.enter(Instant::now()) {
                Entry::Wait(time) => {
                    // Not the whole time: another record's trial may let the line go on.
                    let a_while = time.clamp(crate::millis(5), crate::millis(500));
                    if !self.ground.stop.sleep(a_while).await || job.is_gone() {
                        return Err(Undone);
                    }
                }
                entry => return Ok(entry),
            }
        }
    }

    /// What a policy makes of an event: its commands, each carried out.
    pub(super) async fn policy(
        &self,
        job: &Job,
        event: &Envelope,
        listener: &Listener,
        retry: Retry,
        seat: usize,
    ) -> Outcome {
        let policy = &listener.policy;
        let body = job.record.body.as_deref().unwrap_or_default();
        let given_up = |code, why| Ok(Err(GivenUp::for_good(code, why, &event.id)));
        let asked = match std::panic::catch_unwind(AssertUnwindSafe(|| (policy.react)(body))) {
            Ok(Ok(Reaction::Asks(asked))) => asked,
            Ok(Ok(Reaction::Skipped)) => {
                self.ground.metrics.passed_over(policy.name, "skipped", 1);
                return Ok(Ok(()));
            }
            Ok(Err(refusal)) => return given_up(refusal.code, refusal.reason()),
            Err(_) => return given_up("H-104", "the policy panicked".into()),
        };
        let most = self.ground.config.dispatch.max_hops;
        if !asked.is_empty() && event.lineage.hop >= most {
            let why = format!("{most} commands have followed from one another: policies ask in a loop");
            return given_up("D-010", why);
        }
        let mut first: Result<(), GivenUp> = Ok(());
        for (index, asked) in asked.into_iter().enumerate() {
            let order = self.order(event, policy, index, asked);
            let span = traced::policy(&self.ground, event, policy.name, &order);
            crate::failpoint::reach("dispatch-reacted");
            let carried_out = self.carry_out(job, policy, &order, retry, seat).await?;
            traced::end(&self.ground, span, carried_out.as_ref().err().map(|(failure, _)| failure.code));
            // The others are carried out all the same; the letter names the first that was not, unless another one might
            // still work.
            let ended = carried_out.map_err(|failed| GivenUp::of(failed, &order.id));
            first = match (first, ended) {
                (Err(first), Err(next)) if next.is_used_up && !first.is_used_up => Err(next),
                (first, ended) => first.and(ended),
            };
        }
        Ok(first)
    }

    /// The command that a policy asks for, as it travels.
    fn order(&self, event: &Envelope, policy: &PolicyEntry, index: usize, asked: Asked) -> Order {
        let id = id::command(&event.id, policy.name, index);
        let (context, correlation) = (self.ground.spec.slug, event.lineage.correlation.as_str());
        let hop =
            Hop { hop: "policy", context, id: &id, cause: &event.id, name: policy.name, ..Hop::default() };
        Hop { key: &asked.key, correlation, note: policy.sentence, ..hop }.tell();
        Order {
            name: policy.command.into(),
            key: asked.key,
            tenant: event.tenant().map(str::to_owned),
            lineage: event.lineage.following(&event.id, &id, event.lineage.hop + 1),
            due: None,
            fingerprint: None,
            body: asked.body.into(),
            id,
        }
    }

    /// Within this context the handler is called here; another context's command goes to its topic.
    async fn carry_out(
        &self,
        job: &Job,
        policy: &PolicyEntry,
        order: &Order,
        retry: Retry,
        seat: usize,
    ) -> Result<Result<(), (Failure, u32)>, Undone> {
        if policy.command_context == self.ground.spec.slug {
            return self.handle(job, policy.name, order, retry, seat).await;
        }
        let tenant = order.tenant.as_deref();
        let envelope = Envelope {
            name: order.name.clone(),
            id: order.id.clone(),
            source: id::ce_source(self.ground.spec.slug, tenant),
            time: crate::wire::timestamp_text(&chrono::Utc::now()),
            lineage: order.lineage.clone(),
        };
        let key = Some(id::key(tenant, &order.key).into_bytes());
        let draft = Draft {
            topic: policy.command_topic.into(),
            key,
            headers: envelope.headers(),
            body: Some(order.body.to_vec()),
        };
        let again = |failure: &Failure, pause| self.again(policy.name, &order.id, failure, pause);
        match persist(&self.rules(retry), job, again, || self.plan.producer.send(&draft)).await {
            Ended::Abandoned => Err(Undone),
            Ended::Failed(failure, attempts) => Ok(Err((failure, attempts))),
            Ended::Done(()) => {
                crate::failpoint::reach("dispatch-sent");
                self.tell("sent", order, policy.command_topic);
                if let Some(activity) = &self.ground.activity {
                    activity.sent(policy.command_topic, 1);
                }
                Ok(Ok(()))
            }
        }
    }

    /// Calls the handler until its work is committed, or it is given up on.
    async fn handle(
        &self,
        job: &Job,
        at: &str,
        order: &Order,
        retry: Retry,
        seat: usize,
    ) -> Result<Result<(), (Failure, u32)>, Undone> {
        let Some(table) = &self.plan.commands else {
            return Ok(Err((Failure::unknown_command(&order.name), 1)));
        };
        let limit = self.ground.config.command_timeout(short(&order.name));
        let leash = Leash::watched(limit, &self.watch, seat);
        let (order, span) = traced::command(&self.ground, order, self.plan.transactions.are_captured());
        let again = |failure: &Failure, pause| self.again(at, &order.id, failure, pause);
        let attempt = || self.plan.transactions.run(&order, &**table, &leash);
        let ended = persist(&self.rules(retry), job, again, attempt).await;
        let (outcome, result) = match ended {
            Ended::Abandoned => return Err(Undone),
            Ended::Done(Done::Acted) => (End::Done, Ok(())),
            Ended::Done(Done::Already) => (End::AlreadyDone, Ok(())),
            Ended::Failed(failure, attempts) => (End::Failed, Err((failure, attempts))),
        };
        let failed = result.as_ref().err().map(|(failure, _): &(Failure, u32)| failure.code);
        traced::end(&self.ground, span, failed);
        match self.commanded.get(short(&order.name)) {
            Some((_, ends)) => ends.count(outcome),
            None => self.ground.metrics.command(&order.name, outcome),
        }
        self.tell("command", &order, outcome.said());
        Ok(result)
    }

    pub(super) fn rules(&self, retry: Retry) -> Rules<'_> {
        Rules { retry, outage: self.ground.config.dispatch.outage_pause.0, stop: &self.ground.stop }
    }

    fn again(&self, at: &str, command: &str, failure: &Failure, pause: Duration) {
        self.ground.metrics.retry(at, failure.code);
        if let Some(held_back) = self.hush.say(at, failure.code, Instant::now()) {
            let (code, why, pause_ms) = (failure.code, &failure.message, pause.as_millis() as u64);
            tracing::warn!(target: "storm::dispatch", code, at, command, why, pause_ms, held_back, "trying again");
        }
    }

    fn tell(&self, hop: &str, order: &Order, note: &str) {
        let (context, correlation) = (self.ground.spec.slug, order.lineage.correlation.as_str());
        let (id, cause, name, key) = (&order.id, &order.lineage.causation, &order.name, &order.key);
        Hop { hop, context, id, cause, name, key, correlation, note }.tell();
    }
}

/// A message's name without its package.
fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
