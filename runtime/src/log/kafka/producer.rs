//! The idempotent producer: what is sent is acknowledged by all in-sync replicas, once, in order, before the caller goes
//! on. Its queue is served by a thread of its own.
//! It must not know: transactions.

use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::Statistics;
use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header as WireHeader, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer as _, ProducerContext, ThreadedProducer};
use rdkafka::util::IntoOpaque;
use tokio::sync::oneshot;

use super::client::{Kafka, said, setting};
use super::figures::figures;
use crate::failure::Failure;
use crate::fault::Fault;
use crate::log::{Draft, Parts};
use crate::telemetry::Client;

/// Who waits for a delivery.
pub(super) trait Waits: IntoOpaque {
    /// It was acknowledged, or it was not.
    fn told(self, result: &DeliveryResult<'_>);
}

/// Someone who goes on when it is acknowledged.
pub(super) type Waiter = Box<oneshot::Sender<Result<(), KafkaError>>>;

impl Waits for Waiter {
    fn told(self, result: &DeliveryResult<'_>) {
        let _ = self.send(result.as_ref().map(drop).map_err(|(error, _)| error.clone()));
    }
}

/// Nobody: a transaction's commit says what became of its records.
impl Waits for () {
    fn told(self, _: &DeliveryResult<'_>) {}
}

/// Hands each delivery report to whoever waits for it, and the client's figures to whoever watches.
pub(super) struct Reports<W> {
    client: Option<Client>,
    /// Why the first record failed since the last [`Reports::forget`].
    failed: Mutex<Option<RDKafkaErrorCode>>,
    waits: PhantomData<fn(W)>,
}

impl<W> Reports<W> {
    pub(super) fn to(client: Option<Client>) -> Self {
        Self { client, failed: Mutex::default(), waits: PhantomData }
    }

    /// Why the first record failed of which a report has come; not that it was thrown away because another one did.
    pub(super) fn failed(&self) -> Option<RDKafkaErrorCode> {
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn forget(&self) {
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn note(&self, error: &KafkaError) {
        use RDKafkaErrorCode as C;
        let code =
            error.rdkafka_error_code().filter(|code| !matches!(code, C::PurgeQueue | C::PurgeInflight));
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        *failed = failed.or(code);
    }
}

impl<W> ClientContext for Reports<W> {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        super::client::log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(target: "storm::kafka", %error, reason, "producer error");
    }

    fn stats(&self, statistics: Statistics) {
        if let Some(client) = &self.client {
            client.take(&figures(&statistics));
        }
    }
}

impl<W: Waits> ProducerContext for Reports<W> {
    type DeliveryOpaque = W;

    fn delivery(&self, result: &DeliveryResult<'_>, waiter: W) {
        if let Err((error, _)) = result {
            self.note(error);
        }
        waiter.told(result);
    }
}

pub(super) type Threaded<W> = ThreadedProducer<Reports<W>>;

/// What both producers share: one partitioner everywhere, named, not defaulted.
pub(super) fn config(kafka: &Kafka, compression: &str) -> ClientConfig {
    let mut config = kafka.config();
    config
        .set("acks", "all")
        .set("enable.idempotence", "true")
        .set("partitioner", "murmur2_random")
        .set("compression.codec", compression)
        .set("linger.ms", "1")
        .set("queue.buffering.max.kbytes", "65536")
        // What waits to be acknowledged is memory: by default five times as many may.
        .set("queue.buffering.max.messages", "20000")
        .set("message.max.bytes", "67108864");
    config
}

/// A record for the client.
fn record<'p, W: Waits>(
    parts: Parts<'p, impl ExactSizeIterator<Item = (&'p str, Option<&'p [u8]>)>>,
    waiter: W,
) -> BaseRecord<'p, [u8], [u8], W> {
    let mut headers = OwnedHeaders::new_with_capacity(parts.headers.len());
    for (key, value) in parts.headers {
        headers = headers.insert(WireHeader { key, value });
    }
    let mut record = BaseRecord::with_opaque_to(parts.topic, waiter).headers(headers);
    (record.key, record.payload) = (parts.key, parts.body);
    record
}

/// Queues a record; waits, polling nothing, while the queue is full.
pub(super) fn enqueue<'p, W: Waits>(
    producer: &Threaded<W>,
    parts: Parts<'p, impl ExactSizeIterator<Item = (&'p str, Option<&'p [u8]>)>>,
    waiter: W,
) -> Result<(), KafkaError> {
    let mut record = record(parts, waiter);
    loop {
        match producer.send(record) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                record = back;
                std::thread::sleep(Duration::from_micros(500));
            }
            Err((error, _)) => return Err(error),
        }
    }
}

/// Brings what is queued on its way in a client that has just been made. It sends nothing until the brokers have given it an
/// id, and asks for one only where a broker has answered: when it is told of topics, else each half second.
pub(super) fn hasten<W: Waits>(producer: &Threaded<W>, topic: &str) {
    // The first answer comes by the address that is configured, the second by the broker's own, which it asks.
    for _ in 0..2 {
        let _ = producer.client().fetch_metadata(Some(topic), Duration::from_millis(500));
    }
}

/// The idempotent producer. One that is broken for good is replaced, and those who wait for it may try again.
pub(crate) struct Producer {
    kafka: Kafka,
    /// Its name in the metrics.
    client: &'static str,
    /// How long a record may wait for its acknowledgement.
    patience: Duration,
    current: Mutex<Arc<Current>>,
}

/// A client, closed with a deadline by whoever lets go of it last.
pub(super) struct Current(Option<Threaded<Waiter>>);

impl Producer {
    /// # Errors
    /// A client setting is wrong (K-102).
    pub(crate) fn new(kafka: &Kafka) -> Result<Self, Fault> {
        Self::within(kafka, "producer", Duration::from_secs(30))
    }

    /// One that gives up on a record after so long; `client` is its name in the metrics.
    ///
    /// # Errors
    /// A client setting is wrong (K-102).
    pub(crate) fn within(kafka: &Kafka, client: &'static str, patience: Duration) -> Result<Self, Fault> {
        let current = Mutex::new(Arc::new(Current::new(kafka, client, patience)?));
        Ok(Self { kafka: kafka.clone(), client, patience, current })
    }

    /// Sends a record and waits until it is acknowledged.
    ///
    /// # Errors
    /// It was not acknowledged: unavailable when the brokers are, for good when it is too large or refused.
    pub(crate) async fn send(&self, draft: &Draft) -> Result<(), Failure> {
        let current = self.current();
        let (report, reported) = oneshot::channel();
        let queued = enqueue(&current, draft.parts(), Box::new(report));
        self.acknowledged(&current, queued, reported, draft).await
    }

    /// Sends a record if the queue has room for it, and waits until it is acknowledged.
    ///
    /// # Errors
    /// As [`Producer::send`]; a full queue is an outage too.
    pub(crate) async fn offer(&self, draft: &Draft) -> Result<(), Failure> {
        let current = self.current();
        let (report, reported) = oneshot::channel();
        let queued = current.send(record(draft.parts(), Box::new(report))).map_err(|(error, _)| error);
        self.acknowledged(&current, queued, reported, draft).await
    }

    /// Waits for the report of a record that was queued; a client that is broken for good is replaced.
    async fn acknowledged(
        &self,
        current: &Arc<Current>,
        queued: Result<(), KafkaError>,
        reported: oneshot::Receiver<Result<(), KafkaError>>,
        draft: &Draft,
    ) -> Result<(), Failure> {
        let sent = match queued {
            Ok(()) => reported.await,
            Err(error) => Ok(Err(error)),
        };
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                self.replace(current);
                Err(failure(&error, &draft.topic))
            }
            Err(_) => Err(Failure::unavailable("the Kafka producer was closed before the acknowledgement")),
        }
    }

    /// The client as it is now.
    pub(super) fn current(&self) -> Arc<Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts a new client in the place of one that is broken for good, once however many have noticed.
    fn replace(&self, broken: &Arc<Current>) {
        let Some((code, _)) = broken.client().fatal_error() else { return };
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&current, broken) {
            return;
        }
        match Current::new(&self.kafka, self.client, self.patience) {
            Ok(new) => {
                *current = Arc::new(new);
                if let Some((metrics, _)) = self.kafka.watch() {
                    metrics.error("producer", "K-123");
                }
                tracing::warn!(target: "storm::kafka", code = "K-123", why = %code, "a producer is broken and was replaced");
            }
            Err(fault) => {
                tracing::error!(target: "storm::kafka", code = fault.code, why = fault.message, "no new producer");
            }
        }
    }
}

impl Current {
    fn new(kafka: &Kafka, client: &str, patience: Duration) -> Result<Self, Fault> {
        let mut config = config(kafka, "lz4");
        config.set("delivery.timeout.ms", patience.as_millis().to_string());
        let client = super::figures::ask(kafka, &mut config, client);
        let producer = config.create_with_context(Reports::to(client)).map_err(|error| setting(&error))?;
        Ok(Self(Some(producer)))
    }
}

impl Deref for Current {
    type Target = Threaded<Waiter>;

    fn deref(&self) -> &Threaded<Waiter> {
        self.0.as_ref().expect("the client is there until it is dropped")
    }
}

impl Drop for Current {
    fn drop(&mut self) {
        if let Some(producer) = self.0.take() {
            super::close::drop_within(producer, Duration::from_secs(5));
        }
    }
}

fn failure(error: &KafkaError, topic: &str) -> Failure {
    use RDKafkaErrorCode as C;
    let message = format!("Kafka does not take a record for `{topic}`: {}", said(error));
    match error.rdkafka_error_code() {
        Some(C::MessageSizeTooLarge | C::InvalidMessage | C::InvalidRecord | C::PolicyViolation) => {
            Failure::for_good(message)
        }
        _ => Failure::unavailable(message),
    }
}

/// Records that were queued and not yet reported.
pub(super) fn in_flight<W: Waits>(producer: &Threaded<W>) -> i32 {
    producer.in_flight_count()
}
