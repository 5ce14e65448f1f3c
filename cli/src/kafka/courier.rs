//! Records sent in transactions: all of a batch, or none of it. Whoever takes the same transactional id later ends what
//! this one left open, and this one can send no more.
//! It must not know: what it carries.

use std::time::Duration;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer as _, ThreadedProducer};

use super::client::{Heard, Kafka};
use super::record::Draft;
use crate::report::Stop;
use crate::rules;

/// For the steps of a transaction.
const PATIENCE: Duration = Duration::from_secs(30);

/// A producer with a transactional id of its own.
pub(crate) struct Courier<'k> {
    kafka: &'k Kafka,
    producer: ThreadedProducer<Heard>,
    id: String,
}

impl Kafka {
    /// A courier under this transactional id. When this returns, what an earlier one had begun is ended.
    ///
    /// # Errors
    /// The cluster refuses (S0828).
    pub(crate) fn courier(&self, id: &str) -> Result<Courier<'_>, Stop> {
        let mut config = self.config.clone();
        config
            .set("transactional.id", id)
            .set("transaction.timeout.ms", "30000")
            .set("enable.idempotence", "true")
            .set("acks", "all")
            // As the services': a key must come to the same partition whoever sends it.
            .set("partitioner", "murmur2_random")
            .set("compression.codec", "lz4")
            .set("linger.ms", "1")
            .set("message.max.bytes", "67108864");
        let producer: ThreadedProducer<Heard> =
            config.create_with_context(self.heard.clone()).map_err(|error| self.setting(&error))?;
        let courier = Courier { kafka: self, producer, id: id.to_owned() };
        courier.producer.init_transactions(PATIENCE).map_err(|error| courier.trouble(&error))?;
        Ok(courier)
    }
}

impl Courier<'_> {
    /// Sends all of these, or none.
    ///
    /// # Errors
    /// Another courier has this id by now (S0829), or the cluster refuses (S0828).
    pub(crate) fn deliver(&self, batch: &[Draft]) -> Result<(), Stop> {
        self.producer.begin_transaction().map_err(|error| self.trouble(&error))?;
        let sent = batch.iter().try_for_each(|draft| self.enqueue(draft));
        let ended = sent.and_then(|()| self.producer.commit_transaction(PATIENCE));
        ended.map_err(|error| {
            // What cannot be aborted now is ended by the next courier, or by the broker.
            let _ = self.producer.abort_transaction(PATIENCE);
            self.trouble(&error)
        })
    }

    fn enqueue(&self, draft: &Draft) -> Result<(), KafkaError> {
        let header = |headers: OwnedHeaders, (key, value): &(String, Option<Vec<u8>>)| {
            headers.insert(Header { key, value: value.as_ref() })
        };
        let headers = draft.headers.iter().fold(OwnedHeaders::new(), header);
        let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(&draft.topic).headers(headers);
        if let Some(partition) = draft.partition {
            record = record.partition(partition);
        }
        if let Some(key) = &draft.key {
            record = record.key(key);
        }
        if let Some(body) = &draft.body {
            record = record.payload(body);
        }
        loop {
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) => {
                    record = again;
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err((error, _)) => return Err(error),
            }
        }
    }

    fn trouble(&self, error: &KafkaError) -> Stop {
        let fatal = self.producer.client().fatal_error().map(|(code, _)| code);
        let codes = [error.rdkafka_error_code(), fatal];
        let fenced = codes.into_iter().flatten().any(|code| {
            use RDKafkaErrorCode as C;
            matches!(code, C::Fenced | C::ProducerFenced | C::InvalidProducerEpoch)
        });
        if fenced {
            return Stop::outside(
                &rules::TAKEN_OVER,
                format!("another client has taken over `{}`", self.id),
                "let it come to its end, then run this again for what is left",
            );
        }
        self.kafka.refused("a transaction did not come about, and nothing of its batch was sent", error)
    }
}
