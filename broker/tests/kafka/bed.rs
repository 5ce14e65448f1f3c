//! Where a case runs: a broker to talk to, and short ways to talk to it.

use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Message, OwnedMessage};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use storm_broker::{Broker, Options};

/// Nothing here takes longer on a working broker, however slow the machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A broker under test.
pub struct Bed {
    pub name: &'static str,
    pub bootstrap: String,
    pub runtime: tokio::runtime::Runtime,
    pub broker: Option<Broker>,
}

/// Runs a case on every broker there is.
pub fn on_each(case: impl Fn(&Bed)) {
    let real = std::env::var("STORM_KAFKA").ok().map(Bed::real);
    for bed in [Some(Bed::embedded(Options::default())), real].into_iter().flatten() {
        eprintln!("on {} at {}", bed.name, bed.bootstrap);
        case(&bed);
    }
}

impl Bed {
    pub fn embedded(options: Options) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let broker = runtime.block_on(Broker::start(options)).unwrap();
        Self { name: "the embedded broker", bootstrap: broker.bootstrap(), runtime, broker: Some(broker) }
    }

    fn real(bootstrap: String) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Self { name: "a real Kafka", bootstrap, runtime, broker: None }
    }

    /// A name that nobody used before.
    pub fn fresh(&self, what: &str) -> String {
        format!("{what}-{}", uuid::Uuid::new_v4())
    }

    pub fn config(&self, settings: &[(&str, &str)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap);
        config.set("retry.backoff.ms", "10").set("retry.backoff.max.ms", "100");
        for (name, value) in settings {
            config.set(*name, *value);
        }
        config
    }

    pub fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.config(&[]).create().unwrap()
    }

    /// A new topic.
    pub fn topic(&self, partitions: i32, settings: &[(&str, &str)]) -> String {
        let name = self.fresh("topic");
        let mut topic = NewTopic::new(&name, partitions, TopicReplication::Fixed(1));
        for (name, value) in settings {
            topic = topic.set(name, value);
        }
        let created =
            self.runtime.block_on(self.admin().create_topics([&topic], &AdminOptions::new())).unwrap();
        created[0].as_ref().unwrap();
        name
    }

    pub fn producer(&self, settings: &[(&str, &str)]) -> BaseProducer {
        self.config(settings).create().unwrap()
    }

    /// A transactional producer that holds `id`.
    pub fn transactional(&self, id: &str, settings: &[(&str, &str)]) -> BaseProducer {
        let mut config = self.config(settings);
        let producer: BaseProducer = config.set("transactional.id", id).create().unwrap();
        producer.init_transactions(PATIENCE).unwrap();
        producer
    }

    pub fn consumer(&self, group: &str, settings: &[(&str, &str)]) -> BaseConsumer {
        let mut config = self.config(&[
            ("group.id", group),
            ("auto.offset.reset", "earliest"),
            ("enable.auto.commit", "false"),
            ("session.timeout.ms", "6000"),
            ("heartbeat.interval.ms", "200"),
            ("topic.metadata.refresh.interval.ms", "1000"),
        ]);
        for (name, value) in settings {
            config.set(*name, *value);
        }
        config.create().unwrap()
    }

    /// Values in a partition, from the start to where a reader of that isolation comes to the end.
    pub fn values(&self, topic: &str, partition: i32, isolation: &str) -> Vec<String> {
        let all = self.read_from(topic, partition, Offset::Beginning, isolation).unwrap();
        all.iter()
            .map(|message| String::from_utf8_lossy(message.payload().unwrap_or(b"-")).into_owned())
            .collect()
    }

    /// Records from an offset to the end; the first error ends it.
    pub fn read_from(
        &self,
        topic: &str,
        partition: i32,
        offset: Offset,
        isolation: &str,
    ) -> Result<Vec<OwnedMessage>, KafkaError> {
        let settings = [
            ("isolation.level", isolation),
            ("enable.partition.eof", "true"),
            ("auto.offset.reset", "error"),
            ("fetch.message.max.bytes", "20000000"),
            ("fetch.wait.max.ms", "50"),
        ];
        let consumer = self.consumer(&self.fresh("reader"), &settings);
        let mut from = TopicPartitionList::new();
        from.add_partition_offset(topic, partition, offset).unwrap();
        consumer.assign(&from).unwrap();
        let mut all = Vec::new();
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            match consumer.poll(Duration::from_millis(100)) {
                None => {}
                Some(Ok(message)) => all.push(message.detach()),
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(all),
                Some(Err(error)) => return Err(error),
            }
        }
        panic!("no end of {topic} on {} after {PATIENCE:?}", self.name);
    }
}

/// Sends and waits until the broker has it.
pub fn send(producer: &BaseProducer, topic: &str, partition: i32, values: &[&str]) {
    for value in values {
        queue(producer, topic, partition, value);
    }
    producer.flush(PATIENCE).unwrap();
}

/// Sends without waiting.
pub fn queue(producer: &BaseProducer, topic: &str, partition: i32, value: &str) {
    let record = BaseRecord::to(topic).partition(partition).key("key").payload(value);
    producer.send(record).map_err(|(error, _)| error).unwrap();
}

/// Polls until `enough` messages came.
pub fn take<C: rdkafka::consumer::ConsumerContext>(
    consumer: &BaseConsumer<C>,
    enough: usize,
) -> Vec<OwnedMessage> {
    let mut all = Vec::new();
    let started = Instant::now();
    while all.len() < enough {
        assert!(started.elapsed() < PATIENCE, "{} of {enough} messages after {PATIENCE:?}", all.len());
        // A topic just made may be unknown for a moment; what counts is what arrives.
        if let Some(Ok(message)) = consumer.poll(Duration::from_millis(50)) {
            all.push(message.detach());
        }
    }
    all
}

/// Waits until something holds.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < PATIENCE, "not after {PATIENCE:?}: {what}");
        std::thread::yield_now();
    }
}
