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

/// Everything that a service counts.
pub(crate) struct Metrics {
    registry: Registry,
    /// Raw rows, from the source's step to the committed transaction.
    pub(crate) raw_pushed: Stage,
    /// Raw rows consumed and transformed.
    pub(crate) raw_transformed: Stage,
    /// Public messages, from the first one of a transaction to its commit.
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

impl Metrics {
    /// Metrics of the context called `context`.
    pub(crate) fn new(context: &str) -> Self {
        let labels = [("context".into(), context.to_owned().into())];
        let mut registry = Registry::with_prefix_and_labels("storm", labels.into_iter());
        let (records, bytes) = (Family::<Labels, Counter>::default(), Family::<Labels, Counter>::default());
        let seconds = Family::<Labels, Histogram>::new_with_constructor(|| Histogram::new(exponential_buckets(0.000_5, 2.0, 18)));
        registry.register("stage_records", "records that went through a stage", records.clone());
        registry.register("stage_bytes", "bytes that went through a stage", bytes.clone());
        registry.register("stage_seconds", "how long a stage took; for `retrieved`, a message's age", seconds.clone());
        let stage = |name: &str| {
            let labels = vec![("stage", name.to_owned())];
            Stage {
                records: records.get_or_create(&labels).clone(),
                bytes: bytes.get_or_create(&labels).clone(),
                seconds: seconds.get_or_create(&labels).clone(),
            }
        };
        let (raw_pushed, raw_transformed) = (stage("raw_pushed"), stage("raw_transformed"));
        let (public_pushed, retrieved, processed) = (stage("public_pushed"), stage("retrieved"), stage("processed"));
        let mut family = |name: &str, help: &str| {
            let family = Family::<Labels, Counter>::default();
            registry.register(name, help, family.clone());
            family
        };
        let errors = family("errors", "errors by loop and code; most pass by themselves");
        let retries = family("retries", "attempts after the first one, by policy or command");
        let dead = family("dead_letters", "records given up on, by policy or stage");
        let passed_over = family("passed_over", "records that nobody here asks for, by reason");
        let commands = family("commands", "commands done, by name and outcome");
        let ready = Gauge::default();
        registry.register("ready", "1 while all loops of this process run", ready.clone());
        Self {
            registry,
            raw_pushed,
            raw_transformed,
            public_pushed,
            retrieved,
            processed,
            errors,
            retries,
            dead,
            passed_over,
            commands,
            ready,
        }
    }

    /// An error in a loop that went on.
    pub(crate) fn error(&self, at: &str, code: &str) {
        self.errors.get_or_create(&vec![("loop", at.into()), ("code", code.into())]).inc();
    }

    /// Another attempt at a policy's or a command's work.
    pub(crate) fn retry(&self, name: &str) {
        self.retries.get_or_create(&vec![("name", name.into())]).inc();
    }

    /// A record was given up on.
    pub(crate) fn dead(&self, name: &str, code: &str) {
        self.dead.get_or_create(&vec![("name", name.into()), ("code", code.into())]).inc();
    }

    /// A record that nobody here asks for.
    pub(crate) fn passed_over(&self, name: &str, reason: &str) {
        self.passed_over.get_or_create(&vec![("name", name.into()), ("reason", reason.into())]).inc();
    }

    /// A command came to an end.
    pub(crate) fn command(&self, name: &str, outcome: &str) {
        self.commands.get_or_create(&vec![("name", name.into()), ("outcome", outcome.into())]).inc();
    }

    /// All loops run, or one does not.
    pub(crate) fn ready(&self, ready: bool) {
        self.ready.set(ready.into());
    }

    /// The text that Prometheus reads.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Metrics;

    #[test]
    fn every_stage_is_there_from_the_start() {
        let metrics = Metrics::new("orders");
        metrics.raw_pushed.passed(3, 300, crate::millis(4));
        metrics.dead("publish", "V-102");
        let text = metrics.text();
        assert!(text.contains(r#"storm_stage_records_total{context="orders",stage="raw_pushed"} 3"#), "{text}");
        for stage in ["raw_transformed", "public_pushed", "retrieved", "processed"] {
            assert!(text.contains(&format!(r#"storm_stage_seconds_count{{context="orders",stage="{stage}"}} 0"#)), "{text}");
        }
        assert!(text.contains("storm_dead_letters_total"));
    }
}
