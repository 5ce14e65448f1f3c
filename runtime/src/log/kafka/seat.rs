//! A seat that one process of many holds: whoever a consumer group gives the only partition of a topic to. Nothing is
//! read through it, and holding it promises little: two may believe it for a moment, so what must not happen twice is
//! fenced by a transactional id as well.
//! It must not know: what the seat is for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::RDKafkaRespErr;

use super::client::{Kafka, said, setting};
use super::close::Named;
use super::consumer;
use crate::fault::Fault;

/// How long a topic that was just made may take to show.
const PATIENCE: Duration = Duration::from_secs(30);

/// A candidate for the seat, and its holder when it is its turn.
pub(crate) struct Seat {
    inner: Option<BaseConsumer<Claim>>,
    named: Option<Named>,
    group: String,
}

#[derive(Default)]
struct Claim {
    joined: AtomicBool,
    held: AtomicBool,
}

impl Seat {
    /// Stands in line for the seat of `group`: partition 0 of `topic`, which must have one partition. A member without a
    /// name: one that leaves makes room at once, one that dies after six seconds. A member with a name keeps its seat
    /// through a quick restart, and makes room when its session ends; an earlier one of this service that is being closed
    /// is waited for.
    ///
    /// # Errors
    /// A client setting is wrong (K-102); the topic does not show, or the brokers refuse (K-104).
    pub(crate) fn claim(kafka: &Kafka, group: &str, name: Option<&str>, topic: &str) -> Result<Self, Fault> {
        let mut config = consumer::membership(kafka, group, name.unwrap_or_default());
        config.set("auto.offset.reset", "latest");
        if name.is_none() {
            config.set("session.timeout.ms", "6000");
        }
        let named = name.map(|name| kafka.names().take(&format!("{group}/{name}")));
        let inner: BaseConsumer<Claim> =
            config.create_with_context(Claim::default()).map_err(|error| setting(&error))?;
        let seat = Self { inner: Some(inner), named, group: group.into() };
        seat.wait_for(topic)?;
        seat.inner().subscribe(&[topic]).map_err(|error| seat.refused(&error))?;
        Ok(seat)
    }

    /// A group that is joined before its topic shows would look for it again after half a minute.
    fn wait_for(&self, topic: &str) -> Result<(), Fault> {
        let start = Instant::now();
        loop {
            let asked = self.inner().fetch_metadata(Some(topic), Duration::from_secs(10));
            match asked {
                Ok(metadata) if metadata.topics().iter().any(|topic| !topic.partitions().is_empty()) => {
                    return Ok(());
                }
                Err(error) if start.elapsed() > PATIENCE => return Err(self.refused(&error)),
                Ok(_) if start.elapsed() > PATIENCE => {
                    let message = format!("the topic `{topic}` does not show");
                    return Err(Fault::world("K-104", message, "look at the brokers' health"));
                }
                Ok(_) | Err(_) => std::thread::sleep(Duration::from_millis(100)),
            }
        }
    }

    fn inner(&self) -> &BaseConsumer<Claim> {
        self.inner.as_ref().expect("the consumer is there until it is dropped")
    }

    fn refused(&self, error: &KafkaError) -> Fault {
        consumer::refused(&self.group, error)
    }

    /// Takes part in the group for as long as `patience`; true while this process holds the seat. Ask it at least every
    /// minute, or the group takes this member for dead.
    ///
    /// # Errors
    /// Someone has this member's place (K-120), or the client is broken for good (K-107).
    pub(crate) fn held(&self, patience: Duration) -> Result<bool, Fault> {
        if let Some(Err(error)) = self.inner().poll(patience) {
            if let Some(fault) = consumer::ended(&self.group, self.inner(), &error) {
                return Err(fault);
            }
            tracing::debug!(target: "storm::kafka", group = self.group, %error, "poll");
            // No busy loop; but errors that have passed are many, and what comes behind them waits.
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(self.inner().context().held.load(Ordering::SeqCst))
    }
}

impl Seat {
    /// True once the group has said whose turn it is.
    pub(crate) fn joined(&self) -> bool {
        self.inner().context().joined.load(Ordering::SeqCst)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.take() {
            super::close::drop_within((inner, self.named.take()), Duration::from_secs(5));
        }
    }
}

impl ClientContext for Claim {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        super::client::log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(target: "storm::kafka", %error, reason, "consumer error");
    }
}

impl ConsumerContext for Claim {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        kind: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        let some = partitions.count() > 0;
        let done = match kind {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                // Paused: the partition stands for the seat, what is in it is read elsewhere.
                consumer.incremental_assign(partitions).and_then(|()| consumer.pause(partitions))
            }
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS => {
                if some {
                    self.held.store(false, Ordering::SeqCst);
                }
                consumer.incremental_unassign(partitions)
            }
            _ => Ok(()),
        };
        self.joined.store(true, Ordering::SeqCst);
        match done {
            Ok(()) if some && matches!(kind, RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) => {
                self.held.store(true, Ordering::SeqCst);
            }
            Ok(()) => {}
            Err(error) => {
                tracing::warn!(target: "storm::kafka", error = said(&error), "a rebalance went wrong");
            }
        }
    }

    fn main_queue_min_poll_interval(&self) -> rdkafka::util::Timeout {
        rdkafka::util::Timeout::After(Duration::from_millis(100))
    }
}
