//! How every client of ours is set, and what its errors are called.
//! It must not know: which client it is.

use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::close::Names;
use crate::config::KafkaSection;
use crate::fault::Fault;
use crate::telemetry::Metrics;

/// A Kafka cluster: where it is and how to talk to it.
#[derive(Clone)]
pub(crate) struct Kafka {
    section: KafkaSection,
    client_id: String,
    mark: i64,
    names: Names,
    /// Who wants figures of the clients, and how often.
    watch: Option<(Metrics, Duration)>,
}

/// The library's log lines and errors go where ours go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Logging;

impl ClientContext for Logging {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(target: "storm::kafka", %error, reason, "client error");
    }
}

impl ConsumerContext for Logging {}

pub(super) fn log(level: RDKafkaLogLevel, facility: &str, message: &str) {
    use RDKafkaLogLevel as L;
    match level {
        // A setting that is meant for another kind of client: each client of ours gets all of them.
        _ if facility == "CONFWARN" => tracing::debug!(target: "storm::kafka", facility, "{message}"),
        L::Emerg | L::Alert | L::Critical => tracing::error!(target: "storm::kafka", facility, "{message}"),
        L::Error | L::Warning => tracing::warn!(target: "storm::kafka", facility, "{message}"),
        L::Notice | L::Info | L::Debug => tracing::debug!(target: "storm::kafka", facility, "{message}"),
    }
}

impl Kafka {
    pub(crate) fn new(section: &KafkaSection, client_id: &str) -> Self {
        let mark = i64::from_le_bytes(*uuid::Uuid::new_v4().as_bytes().first_chunk().unwrap_or(&[0; 8]));
        let (section, client_id) = (section.clone(), client_id.into());
        Self { section, client_id, mark, names: Names::default(), watch: None }
    }

    /// Clients that are made from now on tell their figures, each so often.
    pub(crate) fn watched(self, metrics: &Metrics, every: Duration) -> Self {
        Self { watch: Some((metrics.clone(), every)), ..self }
    }

    pub(super) fn watch(&self) -> Option<(&Metrics, Duration)> {
        self.watch.as_ref().map(|(metrics, every)| (metrics, *every))
    }

    /// Counts records that nobody of ours has written to a topic that is kept for us alone; they are passed over.
    pub(crate) fn strangers(&self, topic: &str, records: u64) {
        if let Some((metrics, _)) = &self.watch {
            metrics.passed_over("capture", "foreign key", records);
        }
        tracing::warn!(target: "storm::kafka", code = "K-126", topic, records, "records that are not ours are passed over");
    }

    /// The replicas that the configuration asks for in place of the model's.
    pub(super) fn replicas(&self) -> Option<i16> {
        self.section.replicas
    }

    /// Where the brokers are, as configured.
    pub(super) fn brokers(&self) -> &str {
        &self.section.brokers
    }

    /// What all clients share. Pauses between retries are short: the default of 100 ms is what a transaction waits.
    pub(super) fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.section.brokers)
            .set("client.id", &self.client_id)
            .set("retry.backoff.ms", "2")
            .set("retry.backoff.max.ms", "10")
            .set("reconnect.backoff.ms", "20")
            .set("reconnect.backoff.max.ms", "1000")
            .set("topic.metadata.refresh.interval.ms", "30000")
            .set("allow.auto.create.topics", "false")
            .set_log_level(RDKafkaLogLevel::Warning);
        for (name, value) in &self.section.settings {
            config.set(name, &value.0);
        }
        config
    }

    /// A setting of ours that `kafka.settings` may override.
    pub(super) fn unless_set(&self, config: &mut ClientConfig, name: &str, value: &str) {
        if !self.section.settings.contains_key(name) {
            config.set(name, value);
        }
    }

    /// The names that this service's clients have.
    pub(super) fn names(&self) -> &Names {
        &self.names
    }

    /// What tells this life of the process from every other.
    pub(super) fn mark(&self) -> i64 {
        self.mark
    }

    /// True for an error that another try may not meet: brokers that are down, or are finding their places.
    pub(super) fn passes(error: &KafkaError) -> bool {
        use RDKafkaErrorCode as C;
        let passing = [
            C::AllBrokersDown,
            C::BrokerTransportFailure,
            C::BrokerNotAvailable,
            C::CoordinatorLoadInProgress,
            C::CoordinatorNotAvailable,
            C::LeaderNotAvailable,
            C::NetworkException,
            C::NotController,
            C::NotCoordinator,
            C::NotLeaderForPartition,
            C::OperationTimedOut,
            C::RequestTimedOut,
            C::Resolve,
            C::UnknownTopicOrPartition,
            C::WaitingForCoordinator,
        ];
        error.rdkafka_error_code().is_some_and(|code| passing.contains(&code))
    }

    /// Asks again while an error passes by itself, as long as brokers have for an answer at the start.
    pub(super) fn patiently<T>(&self, ask: impl Fn() -> Result<T, KafkaError>) -> Result<T, KafkaError> {
        let start = Instant::now();
        let mut pause = Duration::from_millis(50);
        loop {
            match ask() {
                Err(error) if Self::passes(&error) && start.elapsed() < self.section.start_timeout.0 => {
                    tracing::debug!(target: "storm::kafka", error = said(&error), "asking again");
                    std::thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_secs(2));
                }
                answer => return answer,
            }
        }
    }

    /// Waits until a broker answers.
    ///
    /// # Errors
    /// None did within `kafka.start_timeout` (K-101), or a client setting is not one (K-102).
    pub(crate) fn reach(&self) -> Result<(), Fault> {
        let probe: BaseConsumer<Logging> =
            self.config().create_with_context(Logging).map_err(|e| setting(&e))?;
        let (start, patience) = (Instant::now(), self.section.start_timeout.0);
        let mut pause = Duration::from_millis(100);
        loop {
            let left = patience.saturating_sub(start.elapsed());
            match probe.fetch_metadata(None, left.clamp(Duration::from_millis(100), Duration::from_secs(5))) {
                Ok(_) => return Ok(()),
                Err(error) if start.elapsed() >= patience => return Err(self.silent(&said(&error))),
                Err(error) => {
                    let waited = start.elapsed().as_secs();
                    let (brokers, error) = (&self.section.brokers, said(&error));
                    tracing::warn!(target: "storm::kafka", code = "K-101", brokers, waited, error, "waiting for Kafka");
                }
            }
            std::thread::sleep(pause.min(patience.saturating_sub(start.elapsed())));
            pause = (pause * 2).min(Duration::from_secs(5));
        }
    }
}

impl Kafka {
    /// The halt of a start that the brokers do not answer.
    pub(super) fn silent(&self, why: &str) -> Fault {
        let message = format!("no Kafka broker answers at `{}`: {why}", self.section.brokers);
        let help = "start Kafka, or correct `kafka.brokers` (STORM_KAFKA__BROKERS); \
                    `kafka.start_timeout` says how long to wait";
        Fault::world("K-101", message, help)
    }
}

/// A client could not be made: one of its settings is wrong, or asks for what the library was built without.
pub(super) fn setting(error: &KafkaError) -> Fault {
    // The value may be a password.
    let message = match error {
        KafkaError::ClientConfig(_, what, name, _) => {
            format!("the Kafka client does not take `{name}`: {what}")
        }
        other => format!("a Kafka client cannot be made: {other}"),
    };
    let is_left_out = ABSENT.iter().any(|words| message.contains(words));
    let help = if is_left_out {
        "this build knows SASL PLAIN and no TLS to Kafka: let `[kafka.settings]` say `security.protocol` = `SASL_PLAINTEXT` \
         (or `PLAINTEXT`) and `sasl.mechanism` = `PLAIN`; for TLS, put a tunnel beside the service and name it in \
         `kafka.brokers`"
    } else {
        "look at `[kafka.settings]`"
    };
    Fault::configuration("K-102", message, help)
}

/// How the library says that it was built without something.
const ABSENT: [&str; 3] =
    ["not available at build time", "not supported in this build", "No provider for SASL mechanism"];

/// An error in the words that the library has for its code.
pub(super) fn said(error: &KafkaError) -> String {
    error.rdkafka_error_code().map_or_else(|| error.to_string(), |code| code.to_string())
}

/// True when another process has taken over this transactional id or group instance: this one must go.
pub(crate) fn is_fenced(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as C;
    matches!(code, C::Fenced | C::ProducerFenced | C::InvalidProducerEpoch | C::FencedInstanceId)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(settings: &[(&str, &str)]) -> Fault {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", "127.0.0.1:1").set_log_level(RDKafkaLogLevel::Emerg);
        for (name, value) in settings {
            config.set(*name, *value);
        }
        let made: Result<BaseConsumer<Logging>, _> = config.create_with_context(Logging);
        setting(&made.err().expect("it is refused"))
    }

    #[test]
    fn what_this_build_does_not_know_is_said() {
        let sasl = |mechanism| [("security.protocol", "SASL_PLAINTEXT"), ("sasl.mechanism", mechanism)];
        let absent: [&[(&str, &str)]; 6] = [
            &[("security.protocol", "SSL")],
            &[("security.protocol", "SASL_SSL")],
            &[("ssl.ca.location", "/etc/ca.pem")],
            &sasl("SCRAM-SHA-512"),
            &sasl("OAUTHBEARER"),
            &sasl("GSSAPI"),
        ];
        for settings in absent {
            let fault = refused(settings);
            assert!(fault.help.contains("SASL PLAIN and no TLS"), "{settings:?}: {fault}");
        }
        let typo = refused(&[("sasl.mechanisn", "PLAIN")]);
        assert!(typo.code == "K-102" && !typo.help.contains("TLS"), "{typo}");
    }
}
