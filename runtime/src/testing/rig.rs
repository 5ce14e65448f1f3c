//! A whole service under test: its three loops on an in-process broker, or on the Kafka that `STORM_RIG_KAFKA` names, with a
//! script in place of a database and in-memory transactions.
//! It must not know: what the test asserts.

mod door;
mod hung;
mod mark;
mod script;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use storm_broker::{Broker, Options};
use tokio::sync::{Mutex, MutexGuard};

use crate::assembly::{self, Loop, Loops, Only, Wiring};
use crate::cloudevents::Header;
use crate::command::work::Transactions;
use crate::config::{self, Config, KafkaSection, Span};
use crate::door::Door;
use crate::embedded::twin;
use crate::entry::real;
use crate::fault::Fault;
use crate::flow::{Begun, Ground, Stop, capture};
use crate::log::Draft;
use crate::log::kafka::{self, Kafka, Producer};
use crate::service::Service;
use crate::shapes::Shapes;
use crate::source::TableShape;
use crate::spec::ContextSpec;
use crate::start::Start;
use crate::telemetry::{Meters, Spans};

pub use hung::Hung;
pub use script::Script;

/// A broker to run services on.
pub struct Rig {
    broker: Option<Broker>,
    kafka: Kafka,
    section: KafkaSection,
    publish_every: Option<Span>,
    producer: Producer,
}

/// The log goes with the output of its test, which is shown when the test fails; `RUST_LOG` asks for more or less.
fn log() {
    let level = std::env::var("RUST_LOG").unwrap_or_else(|_| "warn,storm=info".into());
    let lines = tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::new(level));
    // A test binary has one, and a test may have chosen its own.
    let _ = lines.with_ansi(false).with_test_writer().try_init();
}

/// A record that a test has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its partition.
    pub partition: i32,
    /// Its place there.
    pub offset: i64,
    /// Its key, as text.
    pub key: String,
    /// Its headers, as text; null values are left out.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub body: Option<Vec<u8>>,
}

impl Seen {
    /// A header's text, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// A service that runs.
pub struct Running {
    loops: Loops,
    stop: Stop,
    begun: Begun,
    meters: Arc<Meters>,
    door: Option<Door>,
}

impl Rig {
    /// A fresh broker; or the real one, emptied of these topics.
    ///
    /// # Panics
    /// When there is no broker.
    pub async fn start(topics: &[&str]) -> Self {
        if let Ok(address) = std::env::var("STORM_RIG_KAFKA") {
            return Self::at(&address, topics).await;
        }
        let broker = Broker::start(Options::default()).await.expect("an embedded broker");
        let address = broker.bootstrap();
        Self::on(Some(broker), address)
    }

    /// As [`Rig::start`], when the tests of this process that ask so before have let go of their turn: on a real broker
    /// they share their topics, and two cores are few.
    ///
    /// # Panics
    /// When there is no broker.
    pub async fn in_turn(topics: &[&str]) -> (Self, MutexGuard<'static, ()>) {
        static TURN: Mutex<()> = Mutex::const_new(());
        let turn = TURN.lock().await;
        (Self::start(topics).await, turn)
    }

    /// The broker at this address, emptied of these topics and of what services keep beside them.
    ///
    /// # Panics
    /// When it cannot be emptied.
    pub async fn at(address: &str, topics: &[&str]) -> Self {
        let rig = Self::on(None, address.to_owned());
        if !topics.is_empty() {
            kafka::remove_with_kept(&rig.kafka, topics).await.expect("a real broker, emptied");
        }
        rig
    }

    fn on(broker: Option<Broker>, address: String) -> Self {
        log();
        let section = KafkaSection { brokers: address, replicas: Some(1), ..KafkaSection::default() };
        let kafka = Kafka::new(&section, "rig");
        let producer = Producer::new(&kafka).expect("a producer");
        Self { broker, kafka, section, publish_every: None, producer }
    }

    /// With these `kafka.settings` for every service that runs here.
    #[must_use]
    pub fn settings(mut self, settings: &[(&str, &str)]) -> Self {
        let setting = |(name, value): &(&str, &str)| ((*name).into(), config::Secret((*value).into()));
        self.section.settings.extend(settings.iter().map(setting));
        self
    }

    /// With publishers whose transactions stay open for so long.
    #[must_use]
    pub fn publish_every(mut self, time: Duration) -> Self {
        self.publish_every = Some(Span(time));
        self
    }

    /// Where the broker is.
    pub fn address(&self) -> &str {
        &self.section.brokers
    }

    /// Runs a service. Its sources all play `script`.
    ///
    /// # Errors
    /// It does not start.
    pub async fn run(&self, service: Service, script: &Script) -> Result<Running, Fault> {
        self.start_loops(service, script, "0", Only::All, "").await
    }

    /// Runs another replica of a service's publisher, under an instance's name of its own.
    ///
    /// # Errors
    /// It does not start.
    pub async fn publish(&self, service: Service, instance: &str) -> Result<Running, Fault> {
        self.start_loops(service, &Script::default(), instance, Only::Publish, "").await
    }

    /// Runs another replica of a service's capture, under an instance's name of its own.
    ///
    /// # Errors
    /// It does not start.
    pub async fn capture(&self, service: Service, script: &Script, instance: &str) -> Result<Running, Fault> {
        self.start_loops(service, script, instance, Only::Capture, "").await
    }

    /// Runs a replica of a service under an instance's name of its own, with this configuration.
    ///
    /// # Errors
    /// It does not start.
    ///
    /// # Panics
    /// When the text is no configuration.
    pub async fn replica(
        &self,
        service: Service,
        script: &Script,
        instance: &str,
        toml: &str,
    ) -> Result<Running, Fault> {
        self.start_loops(service, script, instance, Only::All, toml).await
    }

    /// Builds a service as its `main` does, with this configuration, and runs it.
    ///
    /// # Errors
    /// It is not built, or does not start.
    ///
    /// # Panics
    /// When the text is no configuration.
    pub async fn build(
        &self,
        build: impl FnOnce(&Start) -> Result<Service, Fault>,
        toml: &str,
    ) -> Result<Running, Fault> {
        let start = Start::new(Arc::new(toml::from_str(toml).expect("a configuration")), true);
        let service = start.built(build(&start)?);
        self.start_loops(service, &Script::default(), "0", Only::All, toml).await
    }

    /// Runs a service as a deployment does, on the databases that `config` names: its text is that of a configuration
    /// file, in which this broker stands already.
    ///
    /// # Errors
    /// It does not start.
    ///
    /// # Panics
    /// When the text is no configuration.
    pub async fn deploy(&self, service: Service, config: &str) -> Result<Running, Fault> {
        let config: Config = toml::from_str(config).expect("a configuration");
        let (ground, meters) = self.ground(&service, config);
        let transactions = Arc::new(real::transactions(&service, &ground.config, Only::All)?);
        self.wire(service, (ground, meters), Only::All, transactions, &mut real::capture).await
    }

    async fn start_loops(
        &self,
        service: Service,
        script: &Script,
        instance: &str,
        only: Only,
        toml: &str,
    ) -> Result<Running, Fault> {
        let mut config: Config = toml::from_str(toml).expect("a configuration");
        config.service.instance = instance.into();
        let (ground, meters) = self.ground(&service, config);
        let transactions =
            Arc::new(twin::transactions(&ground, &service, Arc::new(Producer::new(&ground.kafka)?)));
        let mut capture = |ground: Ground, plan: capture::Plan| -> Result<Loop, Fault> {
            let script = script.clone();
            Ok(Box::new(move || capture::run(&ground, &plan, || script.source())))
        };
        self.wire(service, (ground, meters), only, transactions, &mut capture).await
    }

    fn ground(&self, service: &Service, mut config: Config) -> (Ground, Arc<Meters>) {
        config.kafka = self.section.clone();
        config.dispatch.start = config::Start::Beginning;
        config.dispatch.commit_every = Span::millis(20);
        config.dispatch.outage_pause = Span::millis(20);
        if let Some(time) = self.publish_every {
            (config.publish.commit_every, config.publish.commit_lull) = (time, time);
        }
        config.service.drain = Span::seconds(5);
        config.metrics.every = Span::millis(100);
        let (spec, meters) = (service.spec, Arc::new(Meters::new()));
        let metrics = meters.of(spec.slug);
        let stop = Stop::new();
        let spans = Spans::start(&config.otlp, spec.slug, &metrics, &stop);
        let ground = Ground {
            spec,
            kafka: Kafka::new(&self.section, spec.slug).watched(&metrics, config.metrics.every.0),
            config: Arc::new(config),
            metrics,
            spans,
            stop,
            begun: Begun::new(),
            activity: None,
        };
        (ground, meters)
    }

    async fn wire(
        &self,
        service: Service,
        (ground, meters): (Ground, Arc<Meters>),
        only: Only,
        transactions: Arc<Transactions>,
        capture: &mut dyn FnMut(Ground, capture::Plan) -> Result<Loop, Fault>,
    ) -> Result<Running, Fault> {
        let mut loops = Loops::new();
        let wiring = Wiring { transactions, capture, ignore_recorded: false, clock: true };
        assembly::start(service, &ground, only, wiring, &mut loops).await?;
        Ok(Running { loops, stop: ground.stop, begun: ground.begun, meters, door: None })
    }

    /// Writes a record as someone else would, each header as it is given.
    ///
    /// # Panics
    /// When the broker does not take it.
    pub async fn write(
        &self,
        topic: &str,
        key: Option<&str>,
        headers: &[(&str, Option<&[u8]>)],
        body: Option<&[u8]>,
    ) {
        let header = |(key, value): &(&str, Option<&[u8]>)| Header {
            key: (*key).to_owned().into(),
            value: value.map(|value| value.to_vec().into()),
        };
        let draft = Draft {
            topic: topic.into(),
            key: key.map(Into::into),
            headers: headers.iter().map(header).collect(),
            body: body.map(<[u8]>::to_vec),
        };
        self.producer.send(&draft).await.expect("the broker takes a record");
    }

    /// Everything that is committed on a topic, by partition and offset.
    ///
    /// # Panics
    /// When the topic cannot be read to its end.
    pub async fn read(&self, topic: &str) -> Vec<Seen> {
        let (kafka, topic) = (self.kafka.clone(), topic.to_owned());
        let read = tokio::task::spawn_blocking(move || kafka::whole(&kafka, &topic, Duration::from_secs(20)));
        let records = read.await.expect("reading does not panic").expect("the topic can be read");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let seen = |record: crate::log::Record| Seen {
            partition: record.partition,
            offset: record.offset,
            key: record.key.as_deref().map(text).unwrap_or_default(),
            headers: record
                .headers
                .into_iter()
                .filter_map(|h| Some((h.key.into_owned(), text(h.value.as_deref()?))))
                .collect(),
            body: record.body,
        };
        let mut all: Vec<Seen> = records.into_iter().map(seen).collect();
        all.sort_by_key(|seen| (seen.partition, seen.offset));
        all
    }

    /// Waits until a topic holds so many records, and a little for more than that; then all it holds.
    ///
    /// # Panics
    /// When they do not come within 30 s.
    pub async fn until(&self, topic: &str, records: usize) -> Vec<Seen> {
        let start = std::time::Instant::now();
        loop {
            let seen = self.read(topic).await;
            if seen.len() >= records {
                return seen;
            }
            assert!(
                start.elapsed() < Duration::from_secs(30),
                "`{topic}` holds {} of {records} records",
                seen.len()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The shape of a captured table by the hash that a raw record refers to, looked for as long as `patience` lasts.
    ///
    /// # Errors
    /// It is not kept (C-009).
    ///
    /// # Panics
    /// When reading panics.
    pub async fn shape(
        &self,
        context: &'static ContextSpec,
        hash: &str,
        patience: Duration,
    ) -> Result<TableShape, Fault> {
        let (kafka, hash) = (self.kafka.clone(), hash.to_owned());
        let find = move || {
            let mut shapes = Shapes::read(&kafka, context)?;
            shapes.find(&kafka, &hash, patience).map(|kept| kept.shape.clone())
        };
        tokio::task::spawn_blocking(find).await.expect("reading does not panic")
    }

    /// Takes over a capture's transactional id, as a second process would.
    ///
    /// # Panics
    /// When the broker does not let it.
    pub async fn take_over(&self, transactional_id: &str) {
        let (kafka, id) = (self.kafka.clone(), transactional_id.to_owned());
        let taken =
            tokio::task::spawn_blocking(move || kafka::Transactional::new(&kafka, &id, "lz4").map(drop));
        taken.await.expect("taking over does not panic").expect("the broker fences the old one");
    }

    /// Deletes a topic, and waits until it is gone.
    ///
    /// # Panics
    /// When the broker does not.
    pub async fn delete(&self, topic: &str) {
        kafka::remove(&self.kafka, &[topic]).await.expect("the broker deletes a topic");
    }

    /// Takes away the records of a partition before this offset, as retention does.
    ///
    /// # Panics
    /// When the broker does not.
    pub async fn expire(&self, topic: &str, partition: i32, before: i64) {
        kafka::expire(&self.kafka, topic, partition, before).await.expect("the broker deletes records");
    }

    /// Makes the topics of a service as `stormc apply` does, whatever was there before.
    ///
    /// # Panics
    /// When the broker does not.
    pub async fn apply(&self, service: &Service) {
        assembly::make(service, &self.kafka).await.expect("the broker makes topics");
    }

    /// True when there is such a topic.
    ///
    /// # Panics
    /// When the broker does not say.
    pub async fn has(&self, topic: &str) -> bool {
        let (kafka, topic) = (self.kafka.clone(), topic.to_owned());
        let ask = move || kafka::Presence::new(&kafka).expect("a client").has(&topic).expect("an answer");
        tokio::task::spawn_blocking(ask).await.expect("asking does not panic")
    }

    /// Makes a group without members forget its offsets, as they expire.
    ///
    /// # Panics
    /// When it has members for half a minute.
    pub async fn forget(&self, group: &str) {
        kafka::forget(&self.kafka, group).await.expect("the broker forgets a group");
    }

    /// Ends the in-process broker.
    pub async fn end(self) {
        drop(self.producer);
        if let Some(broker) = self.broker {
            broker.shutdown().await;
        }
    }
}

impl Running {
    /// Waits until every loop has begun: what happens from now on is captured.
    ///
    /// # Panics
    /// When a loop halts before.
    pub async fn ready(&mut self) {
        let begun = self.begun.clone();
        self.outlives(begun.all()).await;
    }

    /// A look at what /readyz says: true while every loop has begun and none has lost its brokers.
    pub fn readiness(&self) -> impl Fn() -> bool + use<> {
        let begun = self.begun.clone();
        move || begun.are_all()
    }

    /// Asks it to stop, as SIGTERM would, and waits until it has drained.
    ///
    /// # Errors
    /// A loop had halted.
    pub async fn stop(self) -> Result<(), Fault> {
        self.stop.ask();
        self.ended().await
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    /// The fault that halted it.
    pub async fn ended(mut self) -> Result<(), Fault> {
        let ended = crate::entry::watch(&mut self.loops, &self.stop, || {}).await;
        if let Some(door) = self.door {
            door.closed(crate::seconds(5)).await;
        }
        ended
    }

    /// Waits for something else, holding this service to run meanwhile. A loop that has nothing to do may end.
    ///
    /// # Panics
    /// When a loop halts before.
    pub async fn outlives<T>(&mut self, what: impl Future<Output = T>) -> T {
        let mut what = std::pin::pin!(what);
        loop {
            tokio::select! {
                biased;
                done = &mut what => return done,
                Some((name, ended)) = self.loops.next_end() => {
                    if let Err(fault) = ended {
                        panic!("`{name}` halted: {} {}", fault.code, fault.message);
                    }
                }
            }
        }
    }

    /// What /metrics would say.
    pub fn metrics(&self) -> String {
        self.meters.text()
    }
}
