//! What a test does to topics, and reads from them, as someone else beside the service.
//! It must not know: which service runs.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Rig;
use crate::assembly;
use crate::cloudevents::Header;
use crate::fault::Fault;
use crate::log::Draft;
use crate::log::kafka;
use crate::service::Service;
use crate::shapes::Shapes;
use crate::source::TableShape;
use crate::spec::ContextSpec;

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

impl Rig {
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

    /// Gives a topic more partitions: so many in all. What is written from now on may be in the new ones.
    ///
    /// # Panics
    /// When the broker does not.
    pub async fn widen(&mut self, topic: &str, partitions: usize) {
        kafka::widen(&self.kafka, topic, partitions).await.expect("the broker adds partitions");
        // A producer that knows the topic asks for its partitions again after minutes.
        self.producer = kafka::Producer::new(&self.kafka).expect("a producer");
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
}
