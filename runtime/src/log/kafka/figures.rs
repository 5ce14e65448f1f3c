//! What the library says of a client, each so often, in our words.
//! It must not know: where it is shown.

use rdkafka::Statistics;
use rdkafka::config::ClientConfig;

use super::client::Kafka;
use crate::telemetry::{Client, Figures};

/// Asks the library for figures, if anyone wants them of this client.
pub(super) fn ask(kafka: &Kafka, config: &mut ClientConfig, name: &str) -> Option<Client> {
    let (metrics, every) = kafka.watch()?;
    config.set("statistics.interval.ms", every.as_millis().to_string());
    Some(Client::new(metrics, name))
}

/// The figures of one interval.
pub(super) fn figures(statistics: &Statistics) -> Figures {
    let mut figures = Figures {
        queued_records: statistics.msg_cnt,
        queued_bytes: statistics.msg_size,
        ..Figures::default()
    };
    for broker in statistics.brokers.values() {
        figures.requests += broker.tx;
        figures.errors += broker.txerrs + broker.rxerrs;
        figures.timeouts += broker.req_timeouts;
        figures.retries += broker.txretries;
        // The bootstrap address and the coordinator are entries of their own; a broker's number is 0 or more.
        figures.brokers += u64::from(broker.state == "UP" && broker.nodeid >= 0);
        if let Some(trip) = &broker.rtt {
            figures.round_trip_half = figures.round_trip_half.max(trip.p50.unsigned_abs());
            figures.round_trip_most = figures.round_trip_most.max(trip.p99.unsigned_abs());
        }
    }
    figures
}
