//! What one policy or command has in hand: how old its records are when they come, how long they wait, how long they are
//! worked on, how many there are and since when the oldest one exists.
//! It must not know: lanes, retries, offsets.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::hand::Hand;
use super::histogram::{Histogram, Tally};
use super::metrics::Metrics;
use super::table::{Level, Times};

/// The work of one policy or command.
#[derive(Clone)]
pub(crate) struct Handling(Arc<Inner>);

struct Inner {
    age: Histogram,
    queueing: Histogram,
    handling: Histogram,
    hand: Hand,
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
    of: Arc<Inner>,
    number: u64,
    since: Instant,
    /// How long it was worked on, in nanoseconds and one more; 0 before the work is over.
    took: AtomicU64,
    /// It was let go already.
    gone: AtomicBool,
}

impl Handling {
    pub(crate) fn new(metrics: &Metrics, name: &str) -> Self {
        let times = |of| metrics.times(of, &[name]);
        let (age, queueing, handling) =
            (times(Times::RetrievalAge), times(Times::Queueing), times(Times::Handling));
        let hand = Hand::default();
        let seen = hand.clone();
        metrics.when_read(Level::InFlight, &[name], move || seen.records() as f64);
        Self(Arc::new(Inner { age, queueing, handling, hand }))
    }

    /// A record has come now that was written at this time, milliseconds since the epoch.
    pub(crate) fn take(&self, written_at: i64, now: Now) -> Held {
        self.0.age.observe(now.age(written_at).as_secs_f64());
        let number = self.0.hand.count_in(written_at);
        let (took, gone) = Default::default();
        Held { of: self.0.clone(), number, since: now.instant, took, gone }
    }

    /// What is in hand.
    pub(crate) fn hand(&self) -> &Hand {
        &self.0.hand
    }
}

impl Held {
    /// Work on it begins now: its waiting is over.
    pub(crate) fn begin(&self, now: Instant) {
        self.of.queueing.observe(now.duration_since(self.since).as_secs_f64());
    }

    /// Work on it, begun then, is over now: done, passed over, or given up on. It is seen when it is let go.
    pub(crate) fn end(&self, begun: Instant, now: Instant) {
        let nanos = u64::try_from(now.duration_since(begun).as_nanos()).unwrap_or(u64::MAX);
        self.took.store(nanos.saturating_add(1), Ordering::Relaxed);
    }

    /// It is in hand no more.
    pub(crate) fn let_go(&self) {
        if !self.gone.load(Ordering::Relaxed) {
            Self::let_go_all(&[self]);
        }
    }

    /// These are: of those that stand beside each other and are one policy's or command's, all at once.
    pub(crate) fn let_go_all(all: &[&Self]) {
        for group in all.chunk_by(|one, next| Arc::ptr_eq(&one.of, &next.of)) {
            let (of, mut tally) = (&group[0].of, Tally::default());
            let going = group.iter().filter(|one| !one.gone.swap(true, Ordering::Relaxed));
            of.hand.count_out(going.map(|one| {
                let took = one.took.load(Ordering::Relaxed).checked_sub(1);
                took.map(Duration::from_nanos).iter().for_each(|took| tally.see(*took));
                one.number
            }));
            of.handling.observe_all(&tally);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.let_go();
    }
}

#[cfg(test)]
mod tests {
    use super::{Handling, Held, Instant, Now};
    use crate::telemetry::Meters;

    #[test]
    fn what_is_in_hand_is_counted_until_it_is_done_or_dropped() {
        let meters = Meters::new();
        let charge = Handling::new(&meters.of("orders"), "Charge");
        let line = |n: u32| format!(r#"storm_in_flight_records{{context="orders",name="Charge"}} {n}.0"#);
        let (first, second) = (charge.take(1_000, Now::new()), charge.take(2_000, Now::new()));
        assert_eq!((charge.hand().oldest(), charge.hand().records()), (Some(1_000), 2));
        assert!(meters.text().contains(&line(2)), "{}", meters.text());
        let begun = Instant::now();
        first.begin(begun);
        first.end(begun, Instant::now());
        Held::let_go_all(&[&first, &first]);
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
