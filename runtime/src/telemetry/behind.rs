//! How far a capture is behind its source: the time from a transaction's commit until its rows are stored.
//! It must not know: binlogs, Kafka.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::metrics::Metrics;
use super::table::Level;

/// Told by a capture; read when the metrics are.
#[derive(Debug, Clone)]
pub(crate) struct Behind {
    state: Arc<Mutex<State>>,
    /// When the source was last heard of, microseconds since the epoch.
    heard: Arc<AtomicI64>,
}

/// Times are microseconds since the epoch.
#[derive(Debug, Default)]
struct State {
    /// When the oldest transaction that is not stored was committed.
    oldest: Option<i64>,
    /// How long the last stored one took.
    last: i64,
}

fn now() -> i64 {
    chrono::Utc::now().timestamp_micros()
}

impl Behind {
    pub(crate) fn new(metrics: &Metrics, source: &str) -> Self {
        let this = Self { state: Arc::default(), heard: Arc::new(AtomicI64::new(now())) };
        let seen = this.clone();
        metrics.when_read(Level::CaptureLag, &[source], move || seen.seconds(now()));
        let heard = this.heard.clone();
        metrics.when_read(Level::SourceSilence, &[source], move || {
            (now() - heard.load(Ordering::Relaxed)).max(0) as f64 / 1e6
        });
        this
    }

    /// A transaction that was committed then, microseconds since the epoch, is being read.
    pub(crate) fn reading(&self, committed_at: i64) {
        self.heard.store(now(), Ordering::Relaxed);
        self.with(|state| {
            state.oldest.get_or_insert(committed_at);
        });
    }

    /// Everything that was read is stored.
    pub(crate) fn stored(&self) {
        let now = now();
        self.with(|state| {
            if let Some(oldest) = state.oldest.take() {
                state.last = (now - oldest).max(0);
            }
        });
    }

    /// The source has nothing more for now.
    pub(crate) fn idle(&self) {
        self.heard.store(now(), Ordering::Relaxed);
        self.with(|state| state.last = 0);
    }

    fn seconds(&self, now: i64) -> f64 {
        let micros = self.with(|state| state.oldest.map_or(state.last, |oldest| (now - oldest).max(0)));
        micros as f64 / 1e6
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::{Behind, now};
    use crate::telemetry::Meters;

    #[test]
    fn a_capture_is_behind_by_its_oldest_transaction_and_level_when_the_source_is_idle() {
        let behind = Behind::new(&Meters::new().of("orders"), "shop");
        assert_eq!(behind.seconds(now()), 0.0);
        let long_ago = now() - 60_000_000;
        behind.reading(long_ago);
        behind.reading(long_ago + 50_000_000);
        assert_eq!(behind.seconds(long_ago + 61_000_000), 61.0, "the older one counts");
        behind.stored();
        assert!(behind.seconds(now()) >= 60.0, "nothing newer is known");
        behind.idle();
        assert_eq!(behind.seconds(now()), 0.0);
    }
}
