//! Prometheus metrics of one service. Label sets are known from the model, so handles are resolved once; counting is an
//! atomic addition.
//! It must not know: HTTP.

use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

type Labels = Vec<(&'static str, String)>;

/// One of the five stages of a record's way.
#[derive(Clone)]
pub(crate) struct Stage {
    records: Counter,
    bytes: Counter,
    seconds: Histogram,
}

impl Stage {
    /// Counts records that went through together, and how long it took.
    pub(crate) fn passed(&self, records: u64, bytes: u64, took: Duration) {
        self.records.inc_by(records);
        self.bytes.inc_by(bytes);
        self.seconds.observe(took.as_secs_f64());
    }
}

/// The metrics of a process: one registry for however many contexts run in it.
pub(crate) struct Meters {
    registry: Registry,
    records: Family<Labels, Counter>,
    bytes: Family<Labels, Counter>,
    seconds: Family<Labels, Histogram>,
    counts: [Family<Labels, Counter>; 5],
    ready: Family<Labels, Gauge>,
}

/// Everything that one context counts.
#[derive(Clone)]
pub(crate) struct Metrics {
    context: String,
    /// Raw rows, from the first one of a transaction to its commit.
    pub(crate) raw_pushed: Stage,
    /// Raw rows consumed and transformed.
    pub(crate) raw_transformed: Stage,
    /// Public messages pushed: the commit that makes them visible.
    pub(crate) public_pushed: Stage,
    /// Messages retrieved by the dispatcher; the time is their age.
    pub(crate) retrieved: Stage,
    /// Messages processed by the dispatcher, from retrieval to the last policy's end.
    pub(crate) processed: Stage,
    errors: Family<Labels, Counter>,
    retries: Family<Labels, Counter>,
    dead: Family<Labels, Counter>,
    passed_over: Family<Labels, Counter>,
    commands: Family<Labels, Counter>,
    ready: Gauge,
}

impl Meters {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("storm");
        let (records, bytes, ready) = (Family::default(), Family::default(), Family::default());
        let histogram: fn() -> Histogram = || Histogram::new(exponential_buckets(0.000_5, 2.0, 18));
        let seconds = Family::new_with_constructor(histogram);
        registry.register("stage_records", "records that went through a stage", Family::clone(&records));
        registry.register("stage_bytes", "bytes that went through a stage", Family::clone(&bytes));
        registry.register(
            "stage_seconds",
            "how long a stage took; for `retrieved`, the age",
            Family::clone(&seconds),
        );
        registry.register("ready", "1 while all loops of the context run", Family::clone(&ready));
        let counts = [
            ("errors", "errors by loop and code; most pass by themselves"),
            ("retries", "attempts after the first one, by policy or command"),
            ("dead_letters", "records given up on, by policy or stage"),
            ("passed_over", "records that nobody here asks for, by reason"),
            ("commands", "commands done, by name and outcome"),
        ]
        .map(|(name, help)| {
            let family = Family::<Labels, Counter>::default();
            registry.register(name, help, family.clone());
            family
        });
        Self { registry, records, bytes, seconds, counts, ready }
    }

    /// The metrics of a context.
    pub(crate) fn of(&self, context: &str) -> Metrics {
        let stage = |name: &str| {
            let labels = vec![("context", context.to_owned()), ("stage", name.to_owned())];
            Stage {
                records: self.records.get_or_create(&labels).clone(),
                bytes: self.bytes.get_or_create(&labels).clone(),
                seconds: self.seconds.get_or_create(&labels).clone(),
            }
        };
        let [errors, retries, dead, passed_over, commands] = self.counts.clone();
        Metrics {
            context: context.to_owned(),
            raw_pushed: stage("raw_pushed"),
            raw_transformed: stage("raw_transformed"),
            public_pushed: stage("public_pushed"),
            retrieved: stage("retrieved"),
            processed: stage("processed"),
            errors,
            retries,
            dead,
            passed_over,
            commands,
            ready: self.ready.get_or_create(&vec![("context", context.to_owned())]).clone(),
        }
    }

    /// The text that Prometheus reads.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

impl Metrics {
    fn count(
        &self,
        family: &Family<Labels, Counter>,
        (one, name): (&'static str, &str),
        (two, more): (&'static str, &str),
    ) {
        let labels = vec![("context", self.context.clone()), (one, name.into()), (two, more.into())];
        family.get_or_create(&labels).inc();
    }

    /// An error in a loop that went on.
    pub(crate) fn error(&self, at: &str, code: &str) {
        self.count(&self.errors, ("loop", at), ("code", code));
    }

    /// Another attempt at a policy's or a command's work.
    pub(crate) fn retry(&self, name: &str, code: &str) {
        self.count(&self.retries, ("name", name), ("code", code));
    }

    /// A record was given up on.
    pub(crate) fn dead(&self, name: &str, code: &str) {
        self.count(&self.dead, ("name", name), ("code", code));
    }

    /// A record that nobody here asks for.
    pub(crate) fn passed_over(&self, name: &str, reason: &str) {
        self.count(&self.passed_over, ("name", name), ("reason", reason));
    }

    /// A command came to an end.
    pub(crate) fn command(&self, name: &str, outcome: &str) {
        self.count(&self.commands, ("name", name), ("outcome", outcome));
    }

    /// All loops run, or one does not.
    pub(crate) fn ready(&self, ready: bool) {
        self.ready.set(ready.into());
    }
}

#[cfg(test)]
mod tests {
    use super::Meters;

    #[test]
    fn every_stage_is_there_from_the_start() {
        let meters = Meters::new();
        let metrics = meters.of("orders");
        metrics.raw_pushed.passed(3, 300, crate::millis(4));
        metrics.dead("publish", "V-102");
        let text = meters.text();
        assert!(
            text.contains(r#"storm_stage_records_total{context="orders",stage="raw_pushed"} 3"#),
            "{text}"
        );
        for stage in ["raw_transformed", "public_pushed", "retrieved", "processed"] {
            assert!(
                text.contains(&format!(r#"storm_stage_seconds_count{{context="orders",stage="{stage}"}} 0"#)),
                "{text}"
            );
        }
        assert!(text.contains("storm_dead_letters_total"));
    }
}
