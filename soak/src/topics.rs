//! The shop's topics as any reader sees them: committed records only, the descriptor set, and nothing else of the project.
//! It must not know: the database, services.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use prost_reflect::prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Value};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Header, Headers as _, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer as _, ThreadedProducer};
use rdkafka::producer::{DefaultProducerContext, NoCustomPartitioner};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::oracle::{Change, TABLES};
use crate::programs::root;
use crate::shop::CONTEXTS;

/// A record as a reader sees it.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) partition: i32,
    pub(crate) key: String,
    /// Its full message name.
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) body: Vec<u8>,
}

/// What stands on the topics, each in the order of its partitions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Records(BTreeMap<String, Vec<Record>>);

impl Records {
    /// A topic's records; none when it was not read.
    pub(crate) fn of(&self, topic: &str) -> &[Record] {
        self.0.get(topic).map_or(&[], Vec::as_slice)
    }

    /// Without the second and further records of an id, on the raw and public topics.
    pub(crate) fn once(&self) -> Self {
        let mut once = self.clone();
        for (_, records) in
            once.0.iter_mut().filter(|(name, _)| name.starts_with("priv_") || name.ends_with("_events"))
        {
            let mut known = BTreeSet::new();
            records.retain(|record| known.insert(record.id.clone()));
        }
        once
    }
}

/// The four topics of each context.
pub(crate) fn names() -> Vec<String> {
    let of = |context: &str| {
        [
            format!("priv_{context}"),
            format!("{context}_events"),
            format!("{context}_commands"),
            format!("{context}_dead"),
        ]
    };
    CONTEXTS.iter().flat_map(|context| of(context)).collect()
}

/// Reads these topics from the first record to the end, those that are there.
///
/// # Errors
/// As text: the brokers do not answer, or a topic does not come to its end within `patience`.
pub(crate) fn read(brokers: &str, names: &[String], patience: Duration) -> Result<Records, String> {
    let reader: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "soak")
        .set("isolation.level", "read_committed")
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("fetch.wait.max.ms", "10")
        .create()
        .map_err(|error| error.to_string())?;
    let start = Instant::now();
    let metadata = reader.fetch_metadata(None, patience).map_err(|error| error.to_string())?;
    let mut records = Records::default();
    for name in names {
        let Some(topic) = metadata.topics().iter().find(|topic| topic.name() == name) else { continue };
        let mut assigned = TopicPartitionList::new();
        for partition in topic.partitions() {
            let added = assigned.add_partition_offset(name, partition.id(), Offset::Beginning);
            added.map_err(|error| error.to_string())?;
        }
        reader.assign(&assigned).map_err(|error| error.to_string())?;
        let mut at_end = BTreeSet::new();
        let read = records.0.entry(name.clone()).or_default();
        while at_end.len() < assigned.count() {
            match reader.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => {
                    at_end.remove(&message.partition());
                    read.push(record(&message));
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    at_end.insert(partition);
                }
                _ if start.elapsed() > patience => return Err(format!("`{name}` does not come to its end")),
                _ => {}
            }
        }
    }
    Ok(records)
}

fn record(message: &BorrowedMessage<'_>) -> Record {
    let header = |wanted: &str| {
        let headers = message.headers()?;
        let found = headers.iter().find(|header| header.key == wanted)?;
        Some(String::from_utf8_lossy(found.value?).into_owned())
    };
    Record {
        partition: message.partition(),
        key: String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned(),
        name: header("ce_type").unwrap_or_default(),
        id: header("ce_id").unwrap_or_default(),
        body: message.payload().unwrap_or_default().to_vec(),
    }
}

/// What the descriptor set says of a body.
pub(crate) struct Bodies(DescriptorPool);

impl Bodies {
    /// The example's descriptor set.
    ///
    /// # Panics
    /// When it cannot be read.
    pub(crate) fn new() -> Self {
        let file = root().join("generated-example/proto/descriptors.binpb");
        let bytes = std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Self(DescriptorPool::decode(bytes.as_slice()).expect("a descriptor set"))
    }

    /// The change in a raw record; nothing when it is no row of the shop's tables.
    pub(crate) fn change(&self, record: &Record) -> Option<Change> {
        let named = |table: &&crate::oracle::Table| {
            let (first, rest) = table.name.split_at(1);
            let message = format!("shop.{}.v1.{}{rest}Change", table.context, first.to_uppercase());
            message == record.name
        };
        let table = TABLES.iter().find(named)?;
        let descriptor = self.0.get_message_by_name(&record.name)?;
        let message = DynamicMessage::decode(descriptor, record.body.as_slice()).ok()?;
        let row = |field: &str| match message.get_field_by_name(field)?.as_ref() {
            Value::Message(row) if message.has_field_by_name(field) => Some(print(row, table.columns)),
            _ => None,
        };
        let op = match message.get_field_by_name("op")?.as_enum_number()? {
            1 => "inserted",
            2 => "updated",
            3 => "deleted",
            _ => return None,
        };
        let (was, now) = (row("before").unwrap_or_default(), row("after").unwrap_or_default());
        Some(Change { table: table.name.into(), op: op.into(), was, now })
    }

    /// A command's body from its JSON.
    ///
    /// # Panics
    /// When the JSON is not that command.
    pub(crate) fn command(&self, name: &str, body: &serde_json::Value) -> Vec<u8> {
        let descriptor = self.0.get_message_by_name(name).expect("a command of the shop");
        DynamicMessage::deserialize(descriptor, body).expect("its JSON").encode_to_vec()
    }
}

fn print(row: &DynamicMessage, columns: &[&str]) -> String {
    let column = |name: &&str| match row.get_field_by_name(name).as_deref() {
        Some(Value::String(text)) => text.clone(),
        Some(Value::U32(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    columns.iter().map(column).collect::<Vec<_>>().join("|")
}

/// Puts commands on their topics, as an actor's door does.
pub(crate) struct Sender(ThreadedProducer<DefaultProducerContext, NoCustomPartitioner>);

impl Sender {
    /// # Errors
    /// As text: a setting is wrong.
    pub(crate) fn new(brokers: &str) -> Result<Self, String> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", brokers).set("partitioner", "murmur2_random");
        config.set("enable.idempotence", "true").set("linger.ms", "0");
        config.create().map(Self).map_err(|error| error.to_string())
    }

    /// Sends a command of ordering; what it carries is sent again by the client until it is acknowledged.
    pub(crate) fn send(&self, name: &str, id: &str, key: &str, body: &[u8]) -> bool {
        let headers = [("ce_type", name), ("ce_id", id), ("ce_source", "/soak"), ("ce_specversion", "1.0")]
            .into_iter()
            .fold(OwnedHeaders::new(), |all, (key, value)| all.insert(Header { key, value: Some(value) }));
        let record = BaseRecord::to("ordering_commands").key(key).payload(body).headers(headers);
        self.0.send(record).is_ok()
    }

    /// Writes a record without headers.
    pub(crate) fn store(&self, topic: &str, key: &str, body: &[u8]) -> bool {
        self.0.send(BaseRecord::to(topic).key(key).payload(body)).is_ok()
    }

    /// Waits until everything is acknowledged; false when something is not.
    pub(crate) fn flush(&self, patience: Duration) -> bool {
        self.0.flush(patience).is_ok()
    }
}
