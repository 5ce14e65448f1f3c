//! What one policy or command has in hand: how old its records are when they come, how long they wait, how long they are
//! worked on, how many there are and since when the oldest one exists.
//! It must not know: lanes, retries, offsets.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::hand::{Hand, InHand};
use super::histogram::Histogram;
use super::metrics::Metrics;
use super::table::{Level, Times};

/// The work of one policy or command.
#[derive(Clone)]
pub(crate) struct Handling {
    times: Arc<Histograms>,
    hand: Hand,
}

struct Histograms {
    age: Histogram,
    queueing: Histogram,
    handling: Histogram,
}

/// One moment by both clocks. A batch of records that came together came at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    pub(crate) instant: Instant,
    /// Milliseconds since the epoch.
    epoch: i64,
}

impl Now {
    pub(crate) fn new() -> Self {
        Self { instant: Instant::now(), epoch: chrono::Utc::now().timestamp_millis() }
    }

    /// How long ago that was, milliseconds since the epoch; nothing where the clocks disagree.
    pub(crate) fn age(self, written_at: i64) -> Duration {
        Duration::from_millis(self.epoch.saturating_sub(written_at).max(0).unsigned_abs())
    }
}

/// One record in the hand of one policy or command, until it is dropped.
pub(crate) struct Held {
    times: Arc<Histograms>,
    in_hand: InHand,
    since: Instant,
}

impl Handling {
    pub(crate) fn new(metrics: &Metrics, name: &str) -> Self {
        let times = |of| metrics.times(of, &[name]);
        let (age, queueing, handling) =
            (times(Times::RetrievalAge), times(Times::Queueing), times(Times::Handling));
        let hand = Hand::default();
        let seen = hand.clone();
        metrics.when_read(Level::InFlight, &[name], move || seen.records() as f64);
        Self { times: Arc::new(Histograms { age, queueing, handling }), hand }
    }

    /// A record has come now that was written at this time, milliseconds since the epoch.
    pub(crate) fn take(&self, written_at: i64, now: Now) -> Held {
        self.times.age.observe(now.age(written_at).as_secs_f64());
        Held { times: self.times.clone(), in_hand: self.hand.take(written_at), since: now.instant }
    }

    /// What is in hand.
    pub(crate) fn hand(&self) -> &Hand {
        &self.hand
    }
}

impl Held {
    /// Work on it begins: its waiting is over.
    pub(crate) fn begin(&self) -> Instant {
        let now = Instant::now();
        self.times.queueing.observe(now.duration_since(self.since).as_secs_f64());
        now
    }

    /// Work on it, begun then, is over: done, passed over, or given up on.
    pub(crate) fn end(&self, begun: Instant) {
        self.times.handling.observe(begun.elapsed().as_secs_f64());
        self.let_go();
    }

    /// It is in hand no more.
    pub(crate) fn let_go(&self) {
        self.in_hand.let_go();
    }
}

#[cfg(test)]
mod tests {
    use super::{Handling, Now};
    use crate::telemetry::Meters;

    #[test]
    fn what_is_in_hand_is_counted_until_it_is_done_or_dropped() {
        let meters = Meters::new();
        let charge = Handling::new(&meters.of("orders"), "Charge");
        let line = |n: u32| format!(r#"storm_in_flight_records{{context="orders",name="Charge"}} {n}.0"#);
        let (first, second) = (charge.take(1_000, Now::new()), charge.take(2_000, Now::new()));
        assert_eq!((charge.hand().oldest(), charge.hand().records()), (Some(1_000), 2));
        assert!(meters.text().contains(&line(2)), "{}", meters.text());
        let begun = first.begin();
        first.end(begun);
        assert_eq!(charge.hand().oldest(), Some(2_000), "the first one is done");
        drop((first, second));
        let text = meters.text();
        assert!(charge.hand().oldest().is_none() && text.contains(&line(0)), "{text}");
        for (metric, times) in [("retrieval_age", 2), ("queueing", 1), ("handling", 1)] {
            let line = format!(r#"storm_{metric}_seconds_count{{context="orders",name="Charge"}} {times}"#);
            assert!(text.contains(&line), "{line} in {text}");
        }
    }
}
