//! A whole service under test: its three loops on the Kafka that `STORM_KAFKA` names, or on an in-process broker, with a
//! script in place of a database and in-memory transactions.
//! It must not know: what the test asserts.

mod door;
mod heard;
mod hung;
mod mark;
mod running;
mod script;
mod topics;

use std::sync::Arc;
use std::time::Duration;

use storm_broker::{Broker, Options};
use tokio::sync::{Mutex, MutexGuard};

use crate::assembly::{self, Loop, Loops, Only, Wiring};
use crate::command::work::Transactions;
use crate::config::{self, Config, KafkaSection, Span};
use crate::embedded::twin;
use crate::entry::real;
use crate::fault::Fault;
use crate::flow::{Begun, Ground, Stop, capture};
use crate::log::kafka::{self, Kafka, Producer};
use crate::service::Service;
use crate::start::Start;
use crate::telemetry::{Meters, Spans};

pub use heard::Heard;
pub use hung::Hung;
pub use running::Running;
pub use script::Script;
pub use topics::Seen;

/// A broker to run services on.
pub struct Rig {
    broker: Option<Broker>,
    kafka: Kafka,
    section: KafkaSection,
    publish_every: Option<Span>,
    producer: Producer,
    _turn: Option<MutexGuard<'static, ()>>,
}

/// The log goes with the output of its test, which is shown when the test fails, and is kept for [`Heard`]; `RUST_LOG` asks
/// for more or less.
fn log() {
    let level = std::env::var("RUST_LOG").unwrap_or_else(|_| "warn,storm=info".into());
    let lines = tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::new(level));
    // A test binary has one, and a test may have chosen its own.
    let _ = lines.with_ansi(false).with_writer(heard::Ear::default).try_init();
}

impl Rig {
    /// The real Kafka that `STORM_KAFKA` names, emptied of these topics, or a fresh broker in this process where none is
    /// named. One test of a process after the other: they share its topics.
    ///
    /// # Panics
    /// When there is no broker.
    pub async fn in_turn(topics: &[&str]) -> Self {
        static TURN: Mutex<()> = Mutex::const_new(());
        let turn = TURN.lock().await;
        let rig = match std::env::var("STORM_KAFKA") {
            Ok(address) => Self::at(&address, topics).await,
            Err(_) => Self::embedded().await,
        };
        Self { _turn: Some(turn), ..rig }
    }

    /// A fresh broker in this process.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn embedded() -> Self {
        let broker = Broker::start(Options::default()).await.expect("an embedded broker");
        let address = broker.bootstrap();
        Self::on(Some(broker), address)
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
        Self { broker, kafka, section, publish_every: None, producer, _turn: None }
    }

    /// With these `kafka.settings` for every service that runs here.
    #[must_use]
    pub fn settings(mut self, settings: &[(&str, &str)]) -> Self {
        let setting = |(name, value): &(&str, &str)| ((*name).into(), config::Secret((*value).into()));
        self.section.settings.extend(settings.iter().map(setting));
        self
    }

    /// With these words of a person on topics that were made anew: `topic=<its new id>`, in place of those before.
    #[must_use]
    pub fn renewed(mut self, words: &[&str]) -> Self {
        self.section.renewed = words.iter().map(ToString::to_string).collect();
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
        let asked = running::AskedAtLast(ground.stop.clone());
        Ok(Running { loops, stop: ground.stop, begun: ground.begun, meters, door: None, _asked: asked })
    }

    /// Ends the in-process broker.
    pub async fn end(self) {
        drop(self.producer);
        if let Some(broker) = self.broker {
            broker.shutdown().await;
        }
    }
}
