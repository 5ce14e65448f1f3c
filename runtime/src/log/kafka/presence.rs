//! Whether topics are there. Asked topic by topic: a list of all of them leaves out what this client may not see, and what
//! may not be seen is not gone. Asking makes no topic.
//! It must not know: whose topics they are.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::types::RDKafkaRespErr;

use super::client::{Kafka, Logging, said, setting};
use crate::fault::Fault;

/// How long a broker may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks which topics are there.
pub(crate) struct Presence(BaseConsumer<Logging>);

impl Presence {
    /// # Errors
    /// A client setting is wrong (K-102).
    pub(crate) fn new(kafka: &Kafka) -> Result<Self, Fault> {
        kafka.config().create_with_context(Logging).map(Self).map_err(|error| setting(&error))
    }

    pub(super) fn client(&self) -> &BaseConsumer<Logging> {
        &self.0
    }

    /// True when a broker says that it knows the topic, false when it says that there is none of that name.
    ///
    /// # Errors
    /// As text: no broker says either.
    pub(crate) fn has(&self, topic: &str) -> Result<bool, String> {
        let metadata = self.0.fetch_metadata(Some(topic), PATIENCE).map_err(|error| said(&error))?;
        let told = metadata.topics().iter().find(|told| told.name() == topic);
        match told.map(|told| told.error()) {
            // One that was just made may have no leader yet.
            Some(None | Some(RDKafkaRespErr::RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)) => Ok(true),
            Some(Some(
                RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
                | RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_ID,
            )) => Ok(false),
            Some(Some(error)) => Err(format!("{error:?}")),
            None => Err("the broker does not speak of it".into()),
        }
    }
}
