//! A broker to work on, the binary to do it with, and short ways to write and read records without it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use prost_reflect::prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, OwnedHeaders, OwnedMessage};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde_json::Value;
use storm_broker::{Broker, Options};
use storm_servers::Kind;

/// Nothing here takes longer, however loaded the machine is.
pub const PATIENCE: Duration = Duration::from_secs(90);

pub struct Bed {
    pub address: String,
    pub runtime: tokio::runtime::Runtime,
    broker: Option<Broker>,
}

/// Headers as text.
pub type Headers<'h> = &'h [(&'h str, &'h str)];

/// Runs a case on every broker there is.
pub fn on_each(case: impl Fn(&Bed)) {
    let runtime =
        || tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let own = runtime();
    let broker = own.block_on(Broker::start(Options::default())).unwrap();
    case(&Bed { address: broker.bootstrap(), runtime: own, broker: Some(broker) });
    if let Some(address) = storm_servers::shared(Kind::Kafka) {
        case(&Bed { address, runtime: runtime(), broker: None });
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        if let Some(broker) = self.broker.take() {
            self.runtime.block_on(broker.shutdown());
        }
    }
}

/// A name that nobody used before, fit for a context.
pub fn fresh(what: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{what}P{}N{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst))
}

/// What stormc said and how it ended.
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error} in:\n{}\n{}", self.out, self.err))
    }

    /// A value a line.
    pub fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Bed {
    /// The binary, told where the broker is.
    pub fn stormc(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stormc"));
        command.args(["--color", "never"]).args(arguments).stdin(Stdio::null());
        command.env("STORM_KAFKA__BROKERS", &self.address).env("STORM_KAFKA__REPLICAS", "1");
        command.current_dir(shop());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Said {
        said(&self.stormc(arguments).output().unwrap())
    }

    /// Runs it; it must end like this.
    #[track_caller]
    pub fn ends(&self, arguments: &[&str], code: i32) -> Said {
        let said = self.run(arguments);
        assert_eq!(said.code, Some(code), "{arguments:?}:\n{}\n{}", said.out, said.err);
        said
    }

    pub fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.address);
        config
    }

    pub fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.config().create().unwrap()
    }

    pub fn topic(&self, name: &str, partitions: i32) {
        let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
        let made = self.runtime.block_on(self.admin().create_topics([&topic], &AdminOptions::new())).unwrap();
        made[0].as_ref().unwrap();
        let (reader, begun): (BaseConsumer, _) = (self.config().create().unwrap(), Instant::now());
        let seen =
            |topics: &rdkafka::metadata::Metadata| topics.topics().iter().any(|topic| topic.name() == name);
        while !seen(&reader.fetch_metadata(None, PATIENCE).unwrap()) {
            assert!(begun.elapsed() < PATIENCE, "`{name}` was made and is not shown");
        }
    }

    pub fn writer(&self) -> BaseProducer {
        self.config().set("partitioner", "murmur2_random").set("linger.ms", "5").create().unwrap()
    }

    /// Writes one record and waits until it is there.
    pub fn write(&self, topic: &str, key: &str, headers: Headers<'_>, body: Option<&[u8]>) {
        let writer = self.writer();
        enqueue(&writer, topic, key, headers, body);
        writer.flush(PATIENCE).unwrap();
    }

    /// Every committed record of a topic.
    pub fn read(&self, topic: &str) -> Vec<OwnedMessage> {
        let mut config = self.config();
        config.set("group.id", "bed").set("enable.auto.commit", "false").set("enable.partition.eof", "true");
        config.set("isolation.level", "read_committed").set("auto.offset.reset", "earliest");
        let reader: BaseConsumer = config.set("fetch.wait.max.ms", "20").create().unwrap();
        let metadata = reader.fetch_metadata(Some(topic), PATIENCE).unwrap();
        let mut list = TopicPartitionList::new();
        for partition in metadata.topics()[0].partitions() {
            list.add_partition_offset(topic, partition.id(), Offset::Beginning).unwrap();
        }
        reader.assign(&list).unwrap();
        let (mut open, mut all, begun) = (list.count(), Vec::new(), Instant::now());
        while open > 0 {
            assert!(begun.elapsed() < PATIENCE, "`{topic}` is not read to its end");
            match reader.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => all.push(message.detach()),
                Some(Err(KafkaError::PartitionEOF(_))) => open -= 1,
                Some(Err(_)) | None => {}
            }
        }
        all
    }

    /// Waits until a topic holds so many records, then all of them.
    pub fn until(&self, topic: &str, count: usize) -> Vec<OwnedMessage> {
        let begun = Instant::now();
        loop {
            let all = self.read(topic);
            if all.len() >= count {
                return all;
            }
            assert!(begun.elapsed() < PATIENCE, "`{topic}` holds {} of {count}", all.len());
        }
    }
}

pub fn said(output: &Output) -> Said {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

pub fn enqueue(writer: &BaseProducer, topic: &str, key: &str, headers: Headers<'_>, body: Option<&[u8]>) {
    let headers = headers
        .iter()
        .fold(OwnedHeaders::new(), |all, (key, value)| all.insert(Header { key, value: Some(*value) }));
    let mut record = BaseRecord::to(topic).key(key).headers(headers);
    if let Some(body) = body {
        record = record.payload(body);
    }
    writer.send(record).map_err(|(error, _)| error).unwrap();
}

/// The shop's model, whose output folder has the descriptor set.
pub fn shop() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/shop")
}

/// The bytes of one of the shop's messages.
pub fn body(name: &str, data: &Value) -> Vec<u8> {
    static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
        let set = shop().join("../../generated-example/proto/descriptors.binpb");
        DescriptorPool::decode(std::fs::read(set).unwrap().as_slice()).unwrap()
    });
    DynamicMessage::deserialize(POOL.get_message_by_name(name).unwrap(), data).unwrap().encode_to_vec()
}

/// The headers of a message of ours.
pub fn head<'h>(name: &'h str, id: &'h str, source: &'h str) -> Vec<(&'h str, &'h str)> {
    vec![
        ("ce_type", name),
        ("ce_id", id),
        ("ce_source", source),
        ("ce_specversion", "1.0"),
        ("ce_time", "2026-11-22T06:32:05.123456Z"),
        ("content-type", "application/protobuf"),
        ("lineage", "began|cause|00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01|1"),
    ]
}
