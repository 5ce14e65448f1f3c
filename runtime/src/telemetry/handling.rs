//! What one policy or command has in hand: how old its records are when they come, how long they wait, how long they are
//! worked on, how many there are and since when the oldest one exists.
//! It must not know: lanes, retries, offsets.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use prometheus_client::metrics::histogram::Histogram;

use super::metrics::Metrics;
use super::table::{Level, Times};

/// The work of one policy or command.
#[derive(Clone)]
pub(crate) struct Handling(Arc<Inner>);

struct Inner {
    age: Histogram,
    queueing: Histogram,
    handling: Histogram,
    in_hand: Mutex<BTreeMap<u64, i64>>,
    next: AtomicU64,
}

/// One record in the hand of one policy or command, until it is dropped.
pub(crate) struct Held {
    work: Handling,
    number: u64,
    since: Instant,
}

impl Handling {
    pub(crate) fn new(metrics: &Metrics, name: &str) -> Self {
        let times = |of| metrics.times(of, &[name]);
        let this = Self(Arc::new(Inner {
            age: times(Times::RetrievalAge),
            queueing: times(Times::Queueing),
            handling: times(Times::Handling),
            in_hand: Mutex::default(),
            next: AtomicU64::new(0),
        }));
        let seen = this.clone();
        metrics.when_read(Level::InFlight, &[name], move || seen.records() as f64);
        this
    }

    /// A record has come that was written at this time, milliseconds since the epoch.
    pub(crate) fn take(&self, written_at: i64) -> Held {
        let age = chrono::Utc::now().timestamp_millis().saturating_sub(written_at).max(0);
        self.0.age.observe(Duration::from_millis(age.unsigned_abs()).as_secs_f64());
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        self.0.in_hand().insert(number, written_at);
        Held { work: self.clone(), number, since: Instant::now() }
    }

    /// When the oldest record in hand was written, milliseconds since the epoch.
    #[cfg_attr(not(test), expect(dead_code, reason = "the lag by policy is made of it"))]
    pub(crate) fn oldest(&self) -> Option<i64> {
        self.0.in_hand().values().min().copied()
    }

    /// How many records are in hand.
    pub(crate) fn records(&self) -> usize {
        self.0.in_hand().len()
    }
}

impl Inner {
    fn in_hand(&self) -> MutexGuard<'_, BTreeMap<u64, i64>> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Work on it begins: its waiting is over.
    pub(crate) fn begin(&self) -> Instant {
        self.work.0.queueing.observe(self.since.elapsed().as_secs_f64());
        Instant::now()
    }

    /// Work on it, begun then, is over: done, passed over, or given up on.
    pub(crate) fn end(&self, begun: Instant) {
        self.work.0.handling.observe(begun.elapsed().as_secs_f64());
        self.work.0.in_hand().remove(&self.number);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.work.0.in_hand().remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::Handling;
    use crate::telemetry::Meters;

    #[test]
    fn what_is_in_hand_is_counted_until_it_is_done_or_dropped() {
        let meters = Meters::new();
        let charge = Handling::new(&meters.of("orders"), "Charge");
        let line = |n: u32| format!(r#"storm_in_flight_records{{context="orders",name="Charge"}} {n}.0"#);
        let (first, second) = (charge.take(1_000), charge.take(2_000));
        assert_eq!((charge.oldest(), charge.records()), (Some(1_000), 2));
        assert!(meters.text().contains(&line(2)), "{}", meters.text());
        let begun = first.begin();
        first.end(begun);
        assert_eq!(charge.oldest(), Some(2_000), "the first one is done");
        drop((first, second));
        let text = meters.text();
        assert!(charge.oldest().is_none() && text.contains(&line(0)), "{text}");
        for (metric, times) in [("retrieval_age", 2), ("queueing", 1), ("handling", 1)] {
            let line = format!(r#"storm_{metric}_seconds_count{{context="orders",name="Charge"}} {times}"#);
            assert!(text.contains(&line), "{line} in {text}");
        }
    }
}
