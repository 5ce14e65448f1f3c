//! The calls of an external system: how they end, how long they wait and take, and where its breaker stands.
//! It must not know: what is called.

use std::time::Duration;

use super::histogram::Histogram;
use super::metrics::{Gauge, Metrics};
use super::table::{Count, Level, Times};

/// How a call may end.
const OUTCOMES: [&str; 6] = ["answered", "failed", "unavailable", "timeout", "refused", "crowded"];

/// What is counted of one external system; each outcome is there from the start.
pub(crate) struct Calls {
    metrics: Metrics,
    external: &'static str,
    waited: Histogram,
    took: Histogram,
    breaker: Gauge,
}

impl Calls {
    pub(crate) fn new(metrics: &Metrics, external: &'static str) -> Self {
        OUTCOMES.iter().for_each(|outcome| metrics.add(Count::ExternalCalls, &[external, outcome], 0));
        let (waited, took) = (
            metrics.times(Times::ExternalWait, &[external]),
            metrics.times(Times::ExternalCall, &[external]),
        );
        let breaker = metrics.level(Level::Breaker, &[external]);
        breaker.set(0.0);
        Self { metrics: metrics.clone(), external, waited, took, breaker }
    }

    /// A call came to this end.
    pub(crate) fn ended(&self, outcome: &'static str) {
        debug_assert!(OUTCOMES.contains(&outcome), "`{outcome}` is an outcome");
        self.metrics.add(Count::ExternalCalls, &[self.external, outcome], 1);
    }

    /// A call has waited so long for its turn.
    pub(crate) fn waited(&self, time: Duration) {
        self.waited.observe(time.as_secs_f64());
    }

    /// A call that was made took so long.
    pub(crate) fn took(&self, time: Duration) {
        self.took.observe(time.as_secs_f64());
    }

    /// 0 closed, 1 while one call tries, 2 open.
    pub(crate) fn breaker(&self, level: u8) {
        self.breaker.set(level.into());
    }
}
