//! Publish: raw records into public events, exactly once. What is consumed, what is made of it and the dead letters are
//! one transaction; when partitions are about to go, it is aborted before they do. Reading and making go on while a
//! transaction is written and committed.
//! It must not know: how a row becomes an event.

mod belt;
mod chunk;
mod open;
mod sheet;
mod transform;
mod writer;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::fault::Fault;
use crate::flow::session::{self, Course, Ended};
use crate::flow::{Ground, Name, lag};
use crate::log::kafka::{Begin, Consumer, Fetched, Polled, Subscription, Transactional, Turn};
use crate::service::Translations;
use crate::telemetry::{Spread, Standing};

use chunk::Chunk;
pub(crate) use sheet::Sheet;
pub(crate) use transform::Transform;
use writer::Writer;

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
    writer: Arc<Writer>,
    consumer: Consumer,
    making: Making<'g>,
}

/// What is made of records, until it is handed over.
struct Making<'g> {
    ground: &'g Ground,
    transform: Transform<'g>,
    writer: Arc<Writer>,
    /// Which reading of the records this is.
    turn: u64,
    /// What was read and not handed over yet.
    chunk: Option<Chunk>,
    /// How much the events of the chunk before took, and how many they were.
    room: (usize, usize),
}

impl<'g> Session<'g> {
    fn start(ground: &'g Ground, plan: &'g Plan, (group, instance): (&str, &str)) -> Result<Self, Ended> {
        let producer = Transactional::new(&ground.kafka, instance, "lz4")?;
        let writer = Arc::new(Writer::new(producer));
        let on_turn = {
            let writer = writer.clone();
            move |turn: Turn, _: &crate::log::kafka::Commit<'_>| match turn {
                Turn::Given(_) => {}
                Turn::Revoked(_) => writer.revoked(),
            }
        };
        let raw = ground.spec.topics.raw.name;
        let mut subscription = Subscription::new(&ground.kafka, group, vec![raw])?;
        // It is made at the start; whether it has gone since is asked elsewhere.
        subscription.missing()?;
        let consumer = Consumer::new(&ground.kafka, &subscription, instance, &ground.journal(), on_turn)?;
        consumer.subscribe(&[(raw, Begin::First)])?;
        let (group, raw, transform) = (group.to_owned(), raw.into(), Transform::new(ground, plan));
        let making = Making { ground, transform, writer: writer.clone(), turn: 0, chunk: None, room: (0, 0) };
        Ok(Self { ground, group, raw, writer, consumer, making })
    }

    /// Until asked to stop: reads on this thread and writes on another one.
    fn work(&mut self, standing: &Standing) -> Result<(), Ended> {
        let (ground, writer) = (self.ground, self.writer.clone());
        let (raw, group) = (self.raw.clone(), self.group.clone());
        std::thread::scope(|scope| {
            let feeding = writer.feeding();
            let named = std::thread::Builder::new().name("publish-writer".into());
            let writing = named.spawn_scoped(scope, || writer.work(ground, &raw, &group));
            let writing = writing.map_err(|error| Fault::no_thread(&error))?;
            let read = self.read(standing);
            match &read {
                Ok(()) => feeding.done(),
                Err(_) => drop(feeding),
            }
            let wrote = writing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            // When both have failed, the one has for the other's sake.
            wrote.and(read)
        })
    }

    /// Until asked to stop, or the writing half has ended.
    fn read(&mut self, standing: &Standing) -> Result<(), Ended> {
        let (mut spread, mut told) = (Spread::new(&self.ground.metrics), Instant::now());
        loop {
            let begins = self.making.chunk.is_none();
            if begins {
                if self.ground.stop.asked() || self.writer.has_ended() {
                    return Ok(());
                }
                self.ground.begun.is(&Name::Publish, self.consumer.is_well());
                if told.elapsed() >= self.ground.config.metrics.every.0 / 2 {
                    standing.tell(self.consumer.positions());
                    told = Instant::now();
                }
            }
            // What is there is read together; what was read goes as soon as nothing more is there.
            let patience = if begins { Duration::from_millis(100) } else { Duration::ZERO };
            let polled = self.consumer.poll(patience)?;
            if let Some((turn, aborted)) = self.writer.is_over(self.making.turn) {
                aborted?;
                tracing::info!(target: "storm::publish", "partitions went to another member, or the group has moved on: what was not committed is read again");
                // So is what this poll brought: the partitions that stay go back to what is committed.
                drop(polled);
                self.rewind(turn)?;
                continue;
            }
            match polled {
                Polled::Record(record) => {
                    spread.read(&self.raw, record.partition(), 1);
                    crate::failpoint::reach("publish-polled");
                    self.making.take(&self.consumer, &record)?;
                }
                Polled::Nothing => self.making.hand_over(),
            }
        }
    }

    /// Begins a turn where the last commit ended.
    fn rewind(&mut self, turn: u64) -> Result<(), Ended> {
        self.making.give_up(turn);
        self.consumer.rewind().map_err(|why| Ended::Anew("K-103", why))
    }

    /// Leaves. What was fenced is not to be taken back from whoever has it now.
    fn end(self, ended: Result<(), Ended>) -> Result<(), Ended> {
        if let Err(Ended::Fenced(_)) = &ended {
            self.writer.forget();
        }
        self.consumer.close(Duration::from_secs(5));
        ended
    }
}

impl Making<'_> {
    /// Makes of a record what it becomes.
    fn take(&mut self, consumer: &Consumer, record: &Fetched<'_>) -> Result<(), Ended> {
        let start = Instant::now();
        let chunk = match &mut self.chunk {
            Some(chunk) => chunk,
            None => {
                let group = consumer.group_metadata();
                let group = group.ok_or(Ended::Anew("K-103", "the group has no metadata".into()))?;
                self.writer.expects();
                let sheet = Sheet::with_room(self.room);
                self.chunk.insert(Chunk::new(self.turn, group, record.written_at(), sheet))
            }
        };
        let events = chunk.made.sheet.len();
        let bytes = self.transform.apply(record, &mut chunk.made.sheet)?;
        if self.ground.spans.is_on() {
            chunk.trace(self.ground, record, events);
        }
        chunk.has((record.partition(), record.offset()), bytes, start.elapsed());
        if chunk.is_full() {
            self.hand_over();
        }
        Ok(())
    }

    /// Hands over what was read.
    fn hand_over(&mut self) {
        if let Some(chunk) = self.chunk.take() {
            self.room = chunk.made.sheet.room();
            self.writer.hand_over(chunk);
        }
    }

    /// Forgets what was read: another turn begins.
    fn give_up(&mut self, turn: u64) {
        if self.chunk.take().is_some() {
            self.writer.given_up();
        }
        self.turn = turn;
    }
}
