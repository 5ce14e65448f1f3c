//! Publish: raw records into public events, exactly once. What is consumed, what is made of it and the dead letters are
//! one transaction; when partitions are about to go, it is aborted before they do.
//! It must not know: how a row becomes an event.

mod open;
mod transform;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::fault::Fault;
use crate::flow::due::Due;
use crate::flow::session::{self, Course, Ended};
use crate::flow::{Ground, Name, lag};
use crate::log::Record;
use crate::log::kafka::{Begin, Consumer, Polled, Transactional, Trouble, Turn};
use crate::service::Translations;
use crate::telemetry::{Now, Spread, Standing};

use open::{Held, Open};
pub(crate) use transform::{Kind, Transform};

/// What a publisher translates.
pub(crate) struct Plan {
    pub(crate) translations: Translations,
    /// Events that come through the outbox, passed on as they are.
    pub(crate) records: Vec<&'static str>,
    /// Raw types of captured tables, with or without a translation.
    pub(crate) tables: Vec<&'static str>,
}

/// Runs until asked to stop, or until someone must act. Blocks: it wants a thread of its own.
///
/// # Errors
/// A coded fault: expired data, a message of ours that this version does not know, a rival under this instance's name.
pub(crate) fn run(ground: &Ground, plan: &Plan) -> Result<(), Fault> {
    let group = ground.name("publish");
    let instance = format!("{group}.{}", ground.config.service.instance);
    let rival = |why: &str| {
        let message = format!("another process publishes as `{group}` under this instance's name ({why})");
        Fault::world("K-106", message, "give each replica a `service.instance` of its own")
    };
    let standing = Standing::default();
    lag::watch(ground, "publish", &standing, Vec::new());
    let course = Course {
        title: "publish",
        name: Name::Publish,
        group: &group,
        instance: &instance,
        longest_pause: Duration::from_secs(10),
    };
    session::run(ground, &course, rival, || {
        let mut session = Session::start(ground, plan, (&group, &instance))?;
        let ended = session.work(&standing);
        standing.tell([]);
        session.end(ended)
    })
}

/// One member of the group with one producer, from joining to leaving.
struct Session<'g> {
    ground: &'g Ground,
    group: String,
    raw: Arc<str>,
    transform: Transform<'g>,
    producer: Arc<Held>,
    consumer: Consumer,
    open: Option<Open>,
}

impl<'g> Session<'g> {
    fn start(ground: &'g Ground, plan: &'g Plan, (group, instance): (&str, &str)) -> Result<Self, Ended> {
        let producer = Transactional::new(&ground.kafka, instance, "lz4")?;
        let producer = Arc::new(Held::new(producer));
        let on_turn = {
            let producer = producer.clone();
            move |turn: Turn, _: &crate::log::kafka::Commit<'_>| match turn {
                Turn::Given(_) => {}
                Turn::Revoked(_) => producer.revoked(),
            }
        };
        let consumer = Consumer::new(&ground.kafka, group, instance, &ground.journal(), on_turn)?;
        let raw = ground.spec.topics.raw.name;
        consumer.subscribe(&[(raw, Begin::First)])?;
        let transform = Transform::new(ground, plan);
        Ok(Self { ground, group: group.into(), raw: raw.into(), transform, producer, consumer, open: None })
    }

    /// Until asked to stop.
    fn work(&mut self, standing: &Standing) -> Result<(), Ended> {
        let settings = &self.ground.config.publish;
        let (mut spread, mut now) = (Spread::new(&self.ground.metrics), Instant::now());
        let mut told = now;
        while !self.ground.stop.asked() {
            if now - told >= self.ground.config.metrics.every.0 / 2 {
                standing.tell(self.consumer.positions());
                told = now;
            }
            let patience = match &self.open {
                Some(open) => open.patience(now),
                None => Duration::from_millis(100),
            };
            let record = match self.consumer.poll(patience)? {
                Polled::Record(fetched) => Some(fetched.record(self.raw.clone())),
                Polled::Nothing => None,
            };
            self.ground.begun.is(&Name::Publish, self.consumer.is_well());
            if let Some(aborted) = self.producer.aborted() {
                aborted?;
                tracing::info!(target: "storm::publish", "partitions went to another member: the open transaction was aborted");
                // What this poll brought is read again: the partitions that stay go back to what is committed.
                self.rewind()?;
                continue;
            }
            now = Instant::now();
            let lull = record.is_none();
            if let Some(record) = record {
                spread.read(&self.raw, record.partition, 1);
                crate::failpoint::reach("publish-polled");
                now = self.take(&record, now)?;
            }
            let due = |open: &Open| lull || open.is_due(now, settings.commit_bytes.0 as u64);
            if self.open.as_ref().is_some_and(due) {
                self.commit()?;
                now = Instant::now();
            }
        }
        self.commit()
    }

    /// Makes of a record, read at this time, what it becomes, within the open transaction. Until when that took.
    fn take(&mut self, record: &Record, start: Instant) -> Result<Instant, Ended> {
        let (open, start) = match &mut self.open {
            Some(open) => (open, start),
            None => {
                let group = self.consumer.group_metadata();
                let group = group.ok_or(Ended::Anew("K-103", "the group has no metadata".into()))?;
                self.producer.begin()?;
                crate::failpoint::reach("publish-begun");
                let age = Now::new().age(record.written_at);
                let due = Due::from(&self.ground.config.publish).after(age);
                // That it could begin was waited for: its age counts from here.
                let begun = Instant::now();
                (self.open.insert(Open::new(group, begun, due)), begun)
            }
        };
        let made = self.transform.apply(record)?;
        let end = Instant::now();
        open.consumed(record, end - start);
        for (kind, draft) in &made {
            self.producer.send(draft)?;
            crate::failpoint::reach("publish-sent");
            open.made(*kind, draft);
            if *kind == Kind::Event && self.ground.spans.is_on() {
                open.traced(self.ground, record, draft);
            }
        }
        Ok(end)
    }

    /// Commits what is open. A generation of the group that has passed meanwhile takes nothing: it is read again.
    fn commit(&mut self) -> Result<(), Ended> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let pushing = Instant::now();
        crate::failpoint::reach("publish-before-commit");
        match self.producer.commit(&self.raw, &open) {
            Ok(()) => open.tell(self.ground, &self.group, pushing.elapsed()),
            Err(Trouble::Stale(why)) => {
                tracing::info!(target: "storm::publish", why, "the group has moved on: the open transaction is aborted");
                self.producer.abort()?;
                self.rewind()?;
            }
            Err(trouble) => return Err(trouble.into()),
        }
        Ok(())
    }

    fn rewind(&mut self) -> Result<(), Ended> {
        self.open = None;
        self.consumer.rewind().map_err(|why| Ended::Anew("K-103", why))
    }

    /// Leaves. What was fenced is not to be taken back from whoever has it now.
    fn end(self, ended: Result<(), Ended>) -> Result<(), Ended> {
        if let Err(Ended::Fenced(_)) = &ended {
            self.producer.forget();
        }
        self.consumer.close(Duration::from_secs(5));
        ended
    }
}
