//! What rebalances cost a member of a group: how many turns, how many partitions, how long its loop stood still, and how
//! long it took from the first word of one until its partitions were there.
//! It must not know: Kafka's protocol.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;

use super::histogram::Histogram;
use super::metrics::{Gauge, Metrics};
use super::table::{Count, Level, Times};

/// Of one group's member.
#[derive(Debug)]
pub(crate) struct Rebalances {
    gained: [Counter; 2],
    lost: [Counter; 2],
    pause: Histogram,
    whole: Histogram,
    assigned: Gauge,
    since: Mutex<Option<Instant>>,
}

impl Rebalances {
    /// `group` is the loop's name: `publish`, `dispatch`.
    pub(crate) fn new(metrics: &Metrics, group: &str) -> Self {
        let turn = |turn: &str| {
            [Count::Rebalances, Count::RebalancedPartitions].map(|of| metrics.counter(of, &[group, turn]))
        };
        Self {
            gained: turn("gained"),
            lost: turn("lost"),
            pause: metrics.times(Times::RebalancePause, &[group]),
            whole: metrics.times(Times::Rebalance, &[group]),
            assigned: metrics.level(Level::AssignedPartitions, &[group]),
            since: Mutex::default(),
        }
    }

    /// Partitions went; the loop stood still so long.
    pub(crate) fn lost(&self, partitions: usize, took: Duration) {
        self.turn(&self.lost, partitions, took);
        self.assigned.dec_by(partitions as f64);
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        since.get_or_insert_with(|| Instant::now().checked_sub(took).unwrap_or_else(Instant::now));
    }

    /// Partitions came, or none did: the rebalance is over.
    pub(crate) fn gained(&self, partitions: usize, took: Duration) {
        self.turn(&self.gained, partitions, took);
        self.assigned.inc_by(partitions as f64);
        let since = self.since.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.whole.observe(since.map_or(took, |since| since.elapsed()).as_secs_f64());
    }

    fn turn(&self, [turns, moved]: &[Counter; 2], partitions: usize, took: Duration) {
        turns.inc();
        moved.inc_by(partitions as u64);
        self.pause.observe(took.as_secs_f64());
    }
}

impl Drop for Rebalances {
    /// A member that ends has no partitions.
    fn drop(&mut self) {
        self.assigned.set(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::Rebalances;
    use crate::telemetry::Meters;

    #[test]
    fn turns_and_partitions_are_counted() {
        let meters = Meters::new();
        let rebalances = Rebalances::new(&meters.of("orders"), "publish");
        rebalances.gained(3, crate::millis(2));
        rebalances.lost(1, crate::millis(5));
        rebalances.gained(0, crate::millis(1));
        let text = meters.text();
        for line in [
            r#"storm_rebalances_total{context="orders",group="publish",turn="gained"} 2"#,
            r#"storm_rebalances_total{context="orders",group="publish",turn="lost"} 1"#,
            r#"storm_rebalanced_partitions_total{context="orders",group="publish",turn="gained"} 3"#,
            r#"storm_assigned_partitions{context="orders",group="publish"} 2.0"#,
            r#"storm_rebalance_pause_seconds_count{context="orders",group="publish"} 3"#,
            r#"storm_rebalance_seconds_count{context="orders",group="publish"} 2"#,
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        drop(rebalances);
        assert!(meters.text().contains(r#"storm_assigned_partitions{context="orders",group="publish"} 0.0"#));
    }
}
