//! Events for the dispatcher, as many as a round asks for: copies of one real event under other ids and keys.

use std::time::Duration;

use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer};

use crate::{Outcome, kafka, peer};

/// An event as it was read.
pub(crate) struct Sample {
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Sample {
    /// The event of the next record on a topic, read from these offsets on.
    pub(crate) fn take(brokers: &str, topic: &str, from: &[i64]) -> Outcome<Self> {
        let consumer = kafka::reader(brokers)?;
        kafka::assign(&consumer, topic, from)?;
        let mut taken = None;
        kafka::read(&consumer, 1, Duration::from_secs(30), |message| {
            taken = Some(Self::of(message));
            Ok(())
        })?;
        taken.ok_or_else(|| format!("no event came on `{topic}`"))
    }

    fn of(message: &BorrowedMessage<'_>) -> Self {
        let owned =
            |header: Header<'_, &[u8]>| (header.key.to_owned(), header.value.unwrap_or_default().to_vec());
        let headers = message.headers().map(BorrowedHeaders::iter).into_iter().flatten().map(owned).collect();
        Self { headers, body: message.payload().unwrap_or_default().to_vec() }
    }

    /// Writes so many copies, numbered from `first` on.
    pub(crate) fn write(&self, brokers: &str, topic: &str, first: u64, events: u64) -> Outcome<()> {
        let producer = peer::producer(brokers)?;
        for number in first..first + events {
            let (key, id) = (number.to_string(), format!("bench/{number}"));
            let mut headers = OwnedHeaders::new_with_capacity(self.headers.len());
            for (key, value) in &self.headers {
                let value = if key == "ce_id" { id.as_bytes() } else { value };
                headers = headers.insert(Header { key, value: Some(value) });
            }
            let record =
                BaseRecord::<[u8], [u8]>::to(topic).key(key.as_bytes()).payload(&self.body).headers(headers);
            peer::push(&producer, record)?;
        }
        producer.flush(Duration::from_secs(60)).map_err(|error| error.to_string())
    }
}
