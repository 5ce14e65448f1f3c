//! A histogram of seconds that costs no lock: threads that observe at once only meet at an addition. Its buckets are the
//! same everywhere, doubling from half a millisecond on.
//! It must not know: what is measured.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// The bounded buckets; one more takes the rest.
const BUCKETS: usize = 18;
/// The upper bound of the first one, in seconds.
const FIRST: f64 = 0.000_5;

/// How often values fell into each bucket, and their sum.
#[derive(Debug, Clone, Default)]
pub(crate) struct Histogram(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// The bits of a floating-point number.
    sum: AtomicU64,
    buckets: [AtomicU64; BUCKETS + 1],
}

fn bounds() -> impl Iterator<Item = f64> {
    std::iter::successors(Some(FIRST), |bound| Some(bound * 2.0)).take(BUCKETS)
}

/// Values on their way to a histogram.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    sum: f64,
    counts: [u64; BUCKETS + 1],
}

impl Tally {
    pub(crate) fn see(&mut self, value: Duration) {
        let seconds = value.as_secs_f64();
        self.counts[bucket(seconds)] += 1;
        self.sum += seconds;
    }
}

fn bucket(seconds: f64) -> usize {
    bounds().position(|bound| seconds <= bound).unwrap_or(BUCKETS)
}

impl Histogram {
    /// A value, in seconds.
    pub(crate) fn observe(&self, seconds: f64) {
        self.0.buckets[bucket(seconds)].fetch_add(1, Ordering::Relaxed);
        self.add(seconds);
    }

    /// Values that were gathered: other threads are met once for all of them.
    pub(crate) fn observe_all(&self, tally: &Tally) {
        for (bucket, count) in self.0.buckets.iter().zip(tally.counts).filter(|(_, count)| *count > 0) {
            bucket.fetch_add(count, Ordering::Relaxed);
        }
        self.add(tally.sum);
    }

    fn add(&self, seconds: f64) {
        let more = |bits| Some((f64::from_bits(bits) + seconds).to_bits());
        // It always adds.
        let _ = self.0.sum.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    }
}

impl EncodeMetric for Histogram {
    fn encode(&self, mut encoder: MetricEncoder) -> Result<(), fmt::Error> {
        let counts = self.0.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed));
        let buckets: Vec<(f64, u64)> = bounds().chain([f64::INFINITY]).zip(counts).collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = f64::from_bits(self.0.sum.load(Ordering::Relaxed));
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

impl TypedMetric for Histogram {
    const TYPE: MetricType = MetricType::Histogram;
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;

    use super::{Duration, Histogram, Tally};

    #[test]
    fn values_of_many_threads_are_all_there() {
        let histogram = Histogram::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1_000).for_each(|_| histogram.observe(0.25)));
            }
        });
        let mut tally = Tally::default();
        for seconds in [0, 1_000_000_000] {
            tally.see(Duration::from_secs(seconds));
        }
        histogram.observe_all(&tally);
        let mut registry = Registry::default();
        registry.register("seconds", "s", histogram);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        for line in [
            "seconds_sum 1000001000.0",
            "seconds_count 4002",
            "seconds_bucket{le=\"0.0005\"} 1",
            "seconds_bucket{le=\"0.128\"} 1",
            "seconds_bucket{le=\"0.256\"} 4001",
            "seconds_bucket{le=\"65.536\"} 4001",
            "seconds_bucket{le=\"+Inf\"} 4002",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
    }
}
