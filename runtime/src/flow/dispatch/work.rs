//! The work on one record: its policies one after the other, or its command. It ends done or in a dead letter; only a
//! partition that goes or a service that stops leaves it undone.
//! It must not know: offsets, polling.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::attempt::{Ended, Rules, persist};
use super::job::{Job, Kind};
use super::tracker::Tracker;
use super::{Listener, Plan, lock};
use crate::cloudevents::{Envelope, text};
use crate::command::work::{Done, Order};
use crate::failure::Failure;
use crate::flow::Ground;
use crate::flow::dead::{Back, Cause, letter, redriven_to};
use crate::flow::lag::Hears;
use crate::id;
use crate::lineage::Lineage;
use crate::log::kafka::Fetched;
use crate::log::{Draft, Record};
use crate::retry::{GiveUp, Retry};
use crate::service::{Asked, PolicyEntry, Reaction};
use crate::telemetry::hop::Hop;
use crate::telemetry::{Handling, Held};

/// The header that carries a scheduled command's due time.
pub(crate) const DUE: &str = "storm-due";

pub(super) struct Worker {
    ground: Ground,
    plan: Arc<Plan>,
    tracker: Arc<Mutex<Tracker>>,
    group: String,
    /// Of each listener in the plan, in its order.
    listening: Vec<Handling>,
    /// Of each command by its short name.
    commanded: HashMap<String, Handling>,
}

/// Undone: the partition has gone or the service stops.
struct Undone;

/// A message's name without its package.
fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

impl Worker {
    pub(super) fn new(ground: &Ground, plan: Arc<Plan>, tracker: Arc<Mutex<Tracker>>, group: String) -> Self {
        let handling = |name: &str| Handling::new(&ground.metrics, name);
        let listening = plan.listeners.iter().map(|listener| handling(listener.policy.name)).collect();
        let names = plan.commands.iter().flat_map(|table| table.names());
        let commanded = names.map(|command| short(command.message)).map(|name| (name.into(), handling(name)));
        let commanded = commanded.collect();
        let this = Self { ground: ground.clone(), plan, tracker, group, listening, commanded };
        if let Some(activity) = &this.ground.activity {
            this.plan.topics(ground).iter().for_each(|topic| activity.reads(topic, &this.group));
        }
        this
    }

    pub(super) fn lanes(&self) -> usize {
        self.ground.config.dispatch.lanes
    }

    /// What is to be done with a record: nothing when nobody listens, told by its type before anything else is read.
    pub(super) fn read(&self, fetched: &Fetched<'_>, topic: &Arc<str>) -> Option<(Kind, Record)> {
        let is_command = **topic == *self.ground.spec.topics.commands.name;
        let mut listeners = Vec::new();
        if !is_command {
            let read;
            let name = match fetched.message_type() {
                Some(name) => std::str::from_utf8(name).ok(),
                None => {
                    read = fetched.record(topic.clone());
                    text(&read.headers, "ce_type")
                }
            };
            listeners = name.map(|name| self.plan.listeners(topic, name)).unwrap_or_default();
            if listeners.is_empty() {
                self.ground.metrics.passed_over("dispatch", "no policy listens");
                return None;
            }
        }
        let record = fetched.record(topic.clone());
        let age = chrono::Utc::now().timestamp_millis().saturating_sub(record.written_at).max(0);
        self.ground.metrics.retrieved.passed(
            1,
            record.bytes() as u64,
            Duration::from_millis(age.unsigned_abs()),
        );
        let kind = match (Envelope::from_headers(&record.headers), &record.body) {
            (Err(header), _) => Kind::Poison("D-001", format!("the header `{header}` is missing or no text")),
            (Ok(_), None) if is_command => Kind::Poison("D-002", "the command has no body".into()),
            (Ok(_), None) => {
                // A binary event without data is a tombstone.
                self.ground.metrics.passed_over("dispatch", "tombstone");
                return None;
            }
            (Ok(envelope), Some(_)) if is_command => match redriven_to(&record.headers) {
                Some(policy) => self.redriven(envelope, policy),
                None => Kind::Command(envelope),
            },
            (Ok(envelope), Some(_)) => Kind::Event(envelope, listeners),
        };
        Some((kind, record))
    }

    /// An event on its way back to the one policy that had given up on it.
    fn redriven(&self, envelope: Envelope, policy: &str) -> Kind {
        match self.plan.listener(policy, &envelope.name) {
            Some(listener) => Kind::Event(envelope, vec![listener]),
            None => Kind::Poison("D-004", format!("no policy `{policy}` listens to it any more")),
        }
    }

    /// Where a redrive takes a job's record back to, when it was given up on at `at`.
    fn back<'b>(&self, job: &'b Job, at: &'b str) -> Back<'b> {
        let commands = self.ground.spec.topics.commands.name;
        match (&job.kind, redriven_to(&job.record.headers)) {
            (Kind::Event(..), _) => Back::Policy { commands, policy: at },
            (Kind::Poison(..), Some(policy)) => Back::Policy { commands, policy },
            (Kind::Poison(..), None) if *job.record.topic != *commands => Back::Nowhere,
            (Kind::Command(_) | Kind::Poison(..), _) => Back::Topic,
        }
    }

    /// Who hears what, for the watch over their lag.
    pub(super) fn hears(&self) -> Vec<Hears> {
        let policies = self.plan.listeners.iter().zip(&self.listening).map(|(listener, handling)| {
            let (name, topic) = (listener.policy.name.to_owned(), listener.policy.event_topic.into());
            Hears { name, topic, handling: handling.clone() }
        });
        let commands = self.commanded.iter().map(|(name, handling)| {
            let topic = self.ground.spec.topics.commands.name.into();
            Hears { name: name.clone(), topic, handling: handling.clone() }
        });
        policies.chain(commands).collect()
    }

    /// A record goes into the hands of those who will work on it.
    pub(super) fn hold(&self, kind: &Kind, record: &Record) -> Vec<Held> {
        match kind {
            Kind::Event(_, listeners) => {
                listeners.iter().map(|at| self.listening[*at].take(record.written_at)).collect()
            }
            Kind::Command(envelope) => {
                let known = self.commanded.get(short(&envelope.name));
                known.map(|handling| handling.take(record.written_at)).into_iter().collect()
            }
            Kind::Poison(..) => Vec::new(),
        }
    }

    /// Does a job and marks it.
    pub(super) async fn take(self: Arc<Self>, job: Job) {
        crate::failpoint::reach("dispatch-taken");
        let done = match &job.kind {
            Kind::Event(envelope, listeners) => self.event(&job, envelope, listeners).await,
            Kind::Command(envelope) => self.command(&job, envelope).await,
            Kind::Poison(code, why) => {
                let cause = Cause { code, why: why.clone(), at: "dispatch", attempts: 1 };
                self.dead(&job, cause, "").await
            }
        };
        match done {
            Ok(()) => {
                self.ground.metrics.processed.passed(1, job.record.bytes() as u64, job.since.elapsed());
                crate::failpoint::reach("dispatch-worked");
                lock(&self.tracker).done(&job.place(), job.record.offset, &job.gone);
                crate::failpoint::reach("dispatch-marked");
                self.counted(&job.record.topic);
            }
            Err(Undone) => lock(&self.tracker).abandon(&job.place(), &job.gone),
        }
    }

    /// A record is through, for whoever waits for quiet.
    pub(super) fn counted(&self, topic: &str) {
        if let Some(activity) = &self.ground.activity {
            activity.done(topic, &self.group, 1);
        }
    }

    async fn event(&self, job: &Job, envelope: &Envelope, listeners: &[usize]) -> Result<(), Undone> {
        for (listener, held) in listeners.iter().zip(&job.held) {
            let begun = held.begin();
            self.listener(job, envelope, &self.plan.listeners[*listener]).await?;
            held.end(begun);
        }
        Ok(())
    }

    /// One policy's work on an event.
    async fn listener(&self, job: &Job, envelope: &Envelope, listener: &Listener) -> Result<(), Undone> {
        let body = job.record.body.as_deref().unwrap_or_default();
        let policy = &listener.policy;
        let reaction = std::panic::catch_unwind(AssertUnwindSafe(|| (policy.react)(body)));
        let asked = match reaction {
            Ok(Ok(Reaction::Asks(asked))) => asked,
            Ok(Ok(Reaction::Skipped)) => {
                self.ground.metrics.passed_over(policy.name, "skipped");
                return Ok(());
            }
            Ok(Err(refusal)) => {
                let cause = Cause { code: refusal.code, why: refusal.reason(), at: policy.name, attempts: 1 };
                return self.dead(job, cause, &envelope.id).await;
            }
            Err(_) => {
                let why = "the policy panicked".to_owned();
                let cause = Cause { code: "H-104", why, at: policy.name, attempts: 1 };
                return self.dead(job, cause, &envelope.id).await;
            }
        };
        let most = self.ground.config.dispatch.max_hops;
        if !asked.is_empty() && envelope.lineage.hop >= most {
            let why = format!("{most} commands have followed from one another: policies ask in a loop");
            let cause = Cause { code: "D-010", why, at: policy.name, attempts: 1 };
            return self.dead(job, cause, &envelope.id).await;
        }
        for (index, asked) in asked.into_iter().enumerate() {
            let order = self.order(envelope, policy, index, asked);
            crate::failpoint::reach("dispatch-reacted");
            if let Err((failure, attempts)) = self.carry_out(job, policy, &order, listener.retry).await? {
                let cause = Cause { code: failure.code, why: failure.message, at: policy.name, attempts };
                match policy.give_up {
                    GiveUp::DeadLetter => self.dead(job, cause, &order.id).await?,
                }
            }
        }
        Ok(())
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
    ) -> Result<Result<(), (Failure, u32)>, Undone> {
        if policy.command_context == self.ground.spec.slug {
            return self.handle(job, policy.name, order, retry).await;
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
        let again = |failure: &Failure, pause| self.again(policy.name, order, failure, pause);
        match persist(&self.rules(retry), job, again, || self.plan.producer.send(&draft)).await {
            Ended::Abandoned => Err(Undone),
            Ended::Failed(failure, attempts) => Ok(Err((failure, attempts))),
            Ended::Done(()) => {
                crate::failpoint::reach("dispatch-sent");
                self.tell("sent", order, policy.command_topic);
                self.sent(policy.command_topic);
                Ok(Ok(()))
            }
        }
    }

    async fn command(&self, job: &Job, envelope: &Envelope) -> Result<(), Undone> {
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
            body: job.record.body.clone().unwrap_or_default().into(),
        };
        let begun = job.held.first().map(|held| (held, held.begin()));
        let name = short(&envelope.name);
        let retry = self.ground.config.command_retry(name);
        if let Err((failure, attempts)) = self.handle(job, name, &order, retry).await? {
            let cause = Cause { code: failure.code, why: failure.message, at: name, attempts };
            self.dead(job, cause, &order.id).await?;
        }
        if let Some((held, begun)) = begun {
            held.end(begun);
        }
        Ok(())
    }

    /// Calls the handler until its work is committed, or it is given up on.
    async fn handle(
        &self,
        job: &Job,
        at: &str,
        order: &Order,
        retry: Retry,
    ) -> Result<Result<(), (Failure, u32)>, Undone> {
        let Some(table) = &self.plan.commands else {
            return Ok(Err((Failure::unknown_command(&order.name), 1)));
        };
        let again = |failure: &Failure, pause| self.again(at, order, failure, pause);
        let attempt = || {
            let (table, transactions, order) = (table.clone(), self.plan.transactions.clone(), order.clone());
            // On a task of its own: a handler that panics takes nothing with it but its transaction.
            let running = tokio::spawn(async move { transactions.run(&order, &*table).await });
            async { running.await.unwrap_or_else(|_| Err(Failure::panicked())) }
        };
        let ended = persist(&self.rules(retry), job, again, attempt).await;
        let (outcome, result) = match ended {
            Ended::Abandoned => return Err(Undone),
            Ended::Done(Done::Acted) => ("done", Ok(())),
            Ended::Done(Done::Already) => ("already done", Ok(())),
            Ended::Failed(failure, attempts) => ("failed", Err((failure, attempts))),
        };
        self.ground.metrics.command(&order.name, outcome);
        self.tell("command", order, outcome);
        Ok(result)
    }

    fn rules(&self, retry: Retry) -> Rules<'_> {
        Rules { retry, outage: self.ground.config.dispatch.outage_pause.0, stop: &self.ground.stop }
    }

    fn again(&self, at: &str, order: &Order, failure: &Failure, pause: Duration) {
        self.ground.metrics.retry(at, failure.code);
        let (code, why, command, pause_ms) =
            (failure.code, &failure.message, &order.id, pause.as_millis() as u64);
        tracing::warn!(target: "storm::dispatch", code, at, command, why, pause_ms, "trying again");
    }

    /// A dead letter, acknowledged before the record counts as done.
    async fn dead(&self, job: &Job, cause: Cause<'_>, id: &str) -> Result<(), Undone> {
        self.ground.metrics.dead(cause.at, cause.code);
        let (partition, offset, at) = (job.record.partition, job.record.offset, cause.at);
        tracing::warn!(target: "storm::dispatch", code = cause.code, at, topic = &*job.record.topic, partition, offset,
            attempts = cause.attempts, why = cause.why, "dead letter");
        let correlation = match &job.kind {
            Kind::Event(envelope, _) | Kind::Command(envelope) => envelope.lineage.correlation.as_str(),
            Kind::Poison(..) => "",
        };
        let context = self.ground.spec.slug;
        Hop { hop: "dead", context, cause: id, name: at, correlation, note: &cause.why, ..Hop::default() }
            .tell();
        let draft = letter(self.ground.spec.topics.dead.name, &job.record, &cause, self.back(job, at));
        let rules = self.rules(Retry { times: u32::MAX, ..Retry::DEFAULT });
        let again = |failure: &Failure, _: Duration| {
            self.ground.metrics.error("dispatch", failure.code);
            tracing::warn!(target: "storm::dispatch", why = failure.message, "the dead letter waits");
        };
        loop {
            match persist(&rules, job, again, || self.plan.producer.send(&draft)).await {
                Ended::Done(()) => return Ok(()),
                Ended::Abandoned => return Err(Undone),
                // The topic of dead letters refuses it: the partition waits, so that nothing is lost.
                Ended::Failed(failure, _) => {
                    tracing::error!(target: "storm::dispatch", code = "D-003", why = failure.message, "no dead letter can be written");
                    self.ground.metrics.error("dispatch", "D-003");
                }
            }
            if !self.ground.stop.sleep(crate::seconds(10)).await || job.is_gone() {
                return Err(Undone);
            }
        }
    }

    fn sent(&self, topic: &str) {
        if let Some(activity) = &self.ground.activity {
            activity.sent(topic, 1);
        }
    }

    fn tell(&self, hop: &str, order: &Order, note: &str) {
        let (context, correlation) = (self.ground.spec.slug, order.lineage.correlation.as_str());
        let (id, cause, name, key) = (&order.id, &order.lineage.causation, &order.name, &order.key);
        Hop { hop, context, id, cause, name, key, correlation, note }.tell();
    }
}
