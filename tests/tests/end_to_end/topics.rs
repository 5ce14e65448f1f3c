//! The topics of the shop as any reader sees them: the descriptor set, the headers, and nothing else of the project.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use prost_reflect::prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use serde_json::Value;

/// An event as a reader sees it.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its short name.
    pub name: String,
    pub id: String,
    pub key: String,
    pub body: Value,
}

pub struct Topics {
    pool: DescriptorPool,
    producer: BaseProducer,
    reader: BaseConsumer,
    seen: Vec<Event>,
    commands: u32,
}

impl Topics {
    pub fn open(brokers: &str, descriptors: &[u8], contexts: &[&str]) -> Self {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", brokers);
        let producer = client.clone().set("partitioner", "murmur2_random").create().unwrap();
        let reader: BaseConsumer = client
            .set("group.id", "end-to-end")
            .set("isolation.level", "read_committed")
            .set("auto.offset.reset", "earliest")
            .set("topic.metadata.refresh.interval.ms", "500")
            .create()
            .unwrap();
        let topics: Vec<_> = contexts.iter().map(|context| format!("{context}_events")).collect();
        reader.subscribe(&topics.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
        let pool = DescriptorPool::decode(descriptors).unwrap();
        Self { pool, producer, reader, seen: Vec::new(), commands: 0 }
    }

    /// Puts a command on its context's topic, as an actor's door does.
    pub fn command(&mut self, context: &str, name: &str, key: &str, body: &Value) {
        let full = format!("shop.{context}.v1.{name}");
        let descriptor = self.pool.get_message_by_name(&full).unwrap();
        let body = DynamicMessage::deserialize(descriptor, body).unwrap().encode_to_vec();
        // The same order's command has the same id whenever it is sent; an id may be logged, a key may not.
        let id = format!("end-to-end/{name}/{}", key.rsplit('-').next().unwrap_or_default());
        let headers = [
            ("ce_type", full.as_str()),
            ("ce_id", &id),
            ("ce_source", "/end-to-end"),
            ("ce_specversion", "1.0"),
        ]
        .into_iter()
        .fold(OwnedHeaders::new(), |all, (key, value)| all.insert(Header { key, value: Some(value) }));
        let topic = format!("{context}_commands");
        self.producer
            .send(BaseRecord::to(&topic).key(key).payload(&body).headers(headers))
            .map_err(|(e, _)| e)
            .unwrap();
        self.producer.flush(Duration::from_secs(20)).unwrap();
        self.commands += 1;
    }

    /// Waits for an event of this name and key.
    pub fn event(&mut self, name: &str, key: &str, patience: Duration) -> Value {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(event) = self.seen.iter().find(|event| event.name == name && event.key == key) {
                return event.body.clone();
            }
            assert!(Instant::now() < deadline, "no {name} of {key} came; seen: {:#?}", self.summary());
            self.read_one(Duration::from_millis(200));
        }
    }

    /// Every topic there is, Kafka's own aside.
    pub fn names(&self) -> BTreeSet<String> {
        let metadata = self.reader.fetch_metadata(None, Duration::from_secs(20)).unwrap();
        let names = metadata.topics().iter().map(|topic| topic.name().to_owned());
        names.filter(|name| !name.starts_with("__")).collect()
    }

    /// Everything there is on the events topics by now.
    pub fn all(&mut self) -> Vec<Event> {
        while self.read_one(Duration::from_secs(3)) {}
        self.seen.clone()
    }

    pub fn summary(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for event in &self.seen {
            *counts.entry(format!("{} {}", event.name, event.key)).or_default() += 1;
        }
        counts
    }

    fn read_one(&mut self, wait: Duration) -> bool {
        let Some(result) = self.reader.poll(wait) else { return false };
        let Ok(record) = result else { return true }; // topics that are still being created
        let header = |wanted: &str| {
            let headers = record.headers().unwrap();
            let found =
                headers.iter().find(|header| header.key == wanted).unwrap_or_else(|| panic!("no {wanted}"));
            String::from_utf8(found.value.unwrap().to_vec()).unwrap()
        };
        let full = header("ce_type");
        assert_eq!(record.headers().unwrap().get(0).key, "ce_type", "the type stands first");
        assert_eq!(header("ce_specversion"), "1.0");
        assert_eq!(header("content-type"), "application/protobuf");
        let descriptor =
            self.pool.get_message_by_name(&full).unwrap_or_else(|| panic!("{full} is not described"));
        let message = DynamicMessage::decode(descriptor, record.payload().unwrap()).unwrap();
        let options =
            prost_reflect::SerializeOptions::new().use_proto_field_name(true).skip_default_fields(false);
        let body = message.serialize_with_options(serde_json::value::Serializer, &options).unwrap();
        self.seen.push(Event {
            name: full.rsplit('.').next().unwrap().to_owned(),
            id: header("ce_source") + " " + &header("ce_id"),
            key: without_tenant(record.key().unwrap()),
            body,
        });
        true
    }
}

/// A key is `tenant 0x1F aggregate key`; without tenants the first part is empty or left out.
fn without_tenant(key: &[u8]) -> String {
    let key = String::from_utf8(key.to_vec()).unwrap();
    key.rsplit('\u{1f}').next().unwrap().to_owned()
}
