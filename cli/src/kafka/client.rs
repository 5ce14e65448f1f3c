//! How the clients are made, and what their errors are called.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::ProducerContext;

use super::admin::There;
use crate::report::Stop;
use crate::rules;

/// How long a broker may take to answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

/// A cluster: where it is and how to talk to it.
pub(crate) struct Kafka {
    pub(super) config: ClientConfig,
    brokers: String,
    pub(super) heard: Heard,
}

/// What the client complained of last, in place of its log lines.
#[derive(Clone, Default)]
pub(super) struct Heard(Arc<Mutex<String>>);

impl Heard {
    fn last(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ClientContext for Heard {
    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}

    fn error(&self, _: KafkaError, reason: &str) {
        reason.clone_into(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl ConsumerContext for Heard {}

impl ProducerContext for Heard {
    type DeliveryOpaque = ();

    /// A delivery that failed fails its transaction.
    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}

impl Kafka {
    pub(super) fn new(config: ClientConfig, brokers: String) -> Self {
        Self { config, brokers, heard: Heard::default() }
    }

    /// A client that reads: committed records, or those of open transactions as well.
    pub(super) fn consumer(&self, committed: bool) -> Result<BaseConsumer<Heard>, Stop> {
        let mut config = self.config.clone();
        config
            .set("group.id", "stormc")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("isolation.level", if committed { "read_committed" } else { "read_uncommitted" })
            .set("auto.offset.reset", "earliest")
            .set("enable.partition.eof", "true")
            .set("fetch.wait.max.ms", "50")
            .set("queued.max.messages.kbytes", "16384");
        config.create_with_context(self.heard.clone()).map_err(|error| self.setting(&error))
    }

    /// The cluster's topics, by name; those that its brokers keep for themselves are left out.
    ///
    /// # Errors
    /// No broker answers (S0821).
    pub(crate) fn topics(&self) -> Result<BTreeMap<String, There>, Stop> {
        let consumer = self.consumer(true)?;
        let metadata = consumer.fetch_metadata(None, PATIENCE).map_err(|error| self.unreachable(&error))?;
        let topics = metadata.topics().iter().filter(|topic| !topic.name().starts_with("__"));
        let there = topics.map(|topic| {
            let mut partitions: Vec<i32> = topic.partitions().iter().map(|one| one.id()).collect();
            partitions.sort_unstable();
            let replicas =
                topic.partitions().iter().map(|one| one.replicas().len()).min().unwrap_or_default();
            (topic.name().to_owned(), There { partitions, replicas })
        });
        Ok(there.collect())
    }

    /// A topic that must be there.
    ///
    /// # Errors
    /// It is not (S0822), or no broker answers (S0821).
    pub(crate) fn topic(&self, name: &str) -> Result<There, Stop> {
        let mut topics = self.topics()?;
        if let Some(there) = topics.remove(name) {
            return Ok(there);
        }
        let near = storm_dsl::suggest::nearest(name, topics.keys().map(String::as_str));
        let help = match near {
            Some(near) => format!("did you mean `{near}`? `stormc apply` makes the topics of a model"),
            None => format!("the cluster has {} topics; `stormc apply` makes those of a model", topics.len()),
        };
        Err(Stop::outside(
            &rules::NO_TOPIC,
            format!("there is no topic `{name}` at `{}`", self.brokers),
            help,
        ))
    }

    pub(super) fn setting(&self, error: &KafkaError) -> Stop {
        // The value may be a password.
        let message = match error {
            KafkaError::ClientConfig(_, what, name, _) => {
                format!("the Kafka client does not take `{name}`: {what}")
            }
            other => format!("a Kafka client cannot be made: {other}"),
        };
        Stop::outside(&rules::BAD_CLIENT_SETTING, message, "look at `--set` and `--kafka-config`")
    }

    pub(super) fn unreachable(&self, error: &KafkaError) -> Stop {
        let mut message = format!("no Kafka broker answers at `{}`: {}", self.brokers, said(error));
        let heard = self.heard.last();
        if !heard.is_empty() {
            message += &format!(" ({heard})");
        }
        Stop::outside(
            &rules::NO_BROKER,
            message,
            "start Kafka, or correct `--brokers` (STORM_KAFKA__BROKERS)",
        )
    }

    /// The cluster was asked to do something, and does not.
    pub(super) fn refused(&self, doing: &str, error: &KafkaError) -> Stop {
        let help = match error.rdkafka_error_code() {
            Some(
                RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::ClusterAuthorizationFailed
                | RDKafkaErrorCode::TransactionalIdAuthorizationFailed
                | RDKafkaErrorCode::GroupAuthorizationFailed,
            ) => "`stormc explain S0828` lists the rights that each command needs",
            _ => "look at the brokers' health, then try again",
        };
        Stop::outside(&rules::REFUSED, format!("{doing}: {}", said(error)), help)
    }
}

/// An error in the words that the library has for its code.
pub(super) fn said(error: &KafkaError) -> String {
    error.rdkafka_error_code().map_or_else(|| error.to_string(), |code| code.to_string())
}
