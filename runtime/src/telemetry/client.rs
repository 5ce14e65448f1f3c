//! What one Kafka client says of itself and of the brokers it talks to.
//! It must not know: the client's library.

use prometheus_client::metrics::counter::Counter;
use std::sync::atomic::Ordering;

use super::metrics::{Gauge, Metrics};
use super::table::{Count, Level};

/// What a client has counted since it was made, and how it stands. Times are microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) requests: u64,
    pub(crate) errors: u64,
    pub(crate) timeouts: u64,
    pub(crate) retries: u64,
    /// Brokers with a connection that is up.
    pub(crate) brokers: u64,
    /// Of the slowest broker, within the last interval.
    pub(crate) round_trip_half: u64,
    pub(crate) round_trip_most: u64,
    /// What waits to be sent.
    pub(crate) queued_records: u64,
    pub(crate) queued_bytes: u64,
}

/// The series of one client.
#[derive(Debug)]
pub(crate) struct Client {
    counters: [Counter; 4],
    levels: [Gauge; 5],
}

impl Client {
    /// `name` says what it does: `capture.shop`, `publish`, `dispatch`.
    pub(crate) fn new(metrics: &Metrics, name: &str) -> Self {
        let counter = |of| metrics.counter(of, &[name]);
        let trip = |share: &str| metrics.level(Level::RoundTrip, &[name, share]);
        Self {
            counters: [
                counter(Count::ClientRequests),
                counter(Count::ClientErrors),
                counter(Count::ClientTimeouts),
                counter(Count::ClientRetries),
            ],
            levels: [
                metrics.level(Level::ClientBrokers, &[name]),
                trip("0.5"),
                trip("0.99"),
                metrics.level(Level::QueuedRecords, &[name]),
                metrics.level(Level::QueuedBytes, &[name]),
            ],
        }
    }

    /// A client that was made anew counts from 0 again, as a process does that was started again.
    pub(crate) fn take(&self, figures: &Figures) {
        let Figures { requests, errors, timeouts, retries, .. } = *figures;
        for (counter, value) in self.counters.iter().zip([requests, errors, timeouts, retries]) {
            counter.inner().store(value, Ordering::Relaxed);
        }
        let seconds = |micros: u64| micros as f64 / 1e6;
        let levels = [
            figures.brokers as f64,
            seconds(figures.round_trip_half),
            seconds(figures.round_trip_most),
            figures.queued_records as f64,
            figures.queued_bytes as f64,
        ];
        self.levels.iter().zip(levels).for_each(|(level, value)| {
            level.set(value);
        });
    }
}
