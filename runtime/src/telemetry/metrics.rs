//! Prometheus metrics of one process. Label sets are known from the model, so handles are resolved once where it is hot;
//! counting is an atomic addition. Which metrics there are stands in the table.
//! It must not know: HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::ends::End;
use super::histogram::{Histogram, Tally};
use super::process;
use super::table::{Count, Level, Spec, Times};

type Labels = Vec<(&'static str, String)>;
/// A handle to one series that rises and falls.
pub(crate) type Gauge = prometheus_client::metrics::gauge::Gauge<f64, AtomicU64>;

/// What an unknown name is called: labels are bounded by the model.
const OTHER: &str = "other";

/// What fails by itself, beside policies and commands.
const LOOPS: &[&str] = &["capture", "publish", "dispatch", "schedule", "lag", "prune"];

/// The tables that a service keeps in its handlers' database.
const TABLES: &[&str] = &["storm_inbox", "storm_outbox"];

/// What may become of a scheduled command's due time.
const DUE_TIMES: &[&str] = &["on_time", "caught_up", "missed"];

/// The metrics of a process: one registry for however many contexts run in it.
pub(crate) struct Meters {
    registry: Registry,
    families: Arc<Families>,
}

struct Families {
    counts: Vec<Family<Labels, Counter>>,
    levels: Vec<Family<Labels, Gauge>>,
    times: Vec<Family<Labels, Histogram>>,
    /// Levels that are worked out when they are read.
    probes: Mutex<BTreeMap<(usize, Labels), Probe>>,
}

type Probe = Box<dyn Fn() -> f64 + Send + Sync>;

/// Everything that one context counts.
#[derive(Clone)]
pub(crate) struct Metrics {
    context: String,
    families: Arc<Families>,
    /// Policies, commands and loops; empty until they are told.
    names: Arc<OnceLock<BTreeSet<String>>>,
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
}

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

    /// Counts records that went through each by itself: what each weighs, and how long it took.
    pub(crate) fn each_passed(&self, records: impl Iterator<Item = (u64, Duration)>) {
        let (mut count, mut bytes, mut tally) = (0, 0, Tally::default());
        for (weight, took) in records {
            (count, bytes) = (count + 1, bytes + weight);
            tally.see(took);
        }
        self.records.inc_by(count);
        self.bytes.inc_by(bytes);
        self.seconds.observe_all(&tally);
    }
}

impl Meters {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::default();
        let counts = Count::ALL.iter().map(|(_, spec)| {
            let family = Family::<Labels, Counter>::default();
            // The library puts the ending back.
            registry.register(spec.name.trim_end_matches("_total"), spec.help, family.clone());
            family
        });
        let counts = counts.collect();
        let levels = Level::ALL.iter().map(|(_, spec)| {
            let family = Family::<Labels, Gauge>::default();
            registry.register(spec.name, spec.help, family.clone());
            family
        });
        let levels = levels.collect();
        let times = Times::ALL.iter().map(|(_, spec)| {
            let family = Family::<Labels, Histogram>::default();
            registry.register(spec.name, spec.help, family.clone());
            family
        });
        let times = times.collect();
        registry.register_collector(Box::new(process::Process));
        Self { registry, families: Arc::new(Families { counts, levels, times, probes: Mutex::default() }) }
    }

    /// The metrics of a context.
    pub(crate) fn of(&self, context: &str) -> Metrics {
        let families = &self.families;
        let stage = |name: &str| Stage {
            records: count(families, context, Count::StageRecords, &[name]),
            bytes: count(families, context, Count::StageBytes, &[name]),
            seconds: times(families, context, Times::Stage, &[name]),
        };
        let metrics = Metrics {
            context: context.to_owned(),
            families: families.clone(),
            names: Arc::default(),
            raw_pushed: stage("raw_pushed"),
            raw_transformed: stage("raw_transformed"),
            public_pushed: stage("public_pushed"),
            retrieved: stage("retrieved"),
            processed: stage("processed"),
        };
        metrics.ready(false);
        metrics
    }

    /// The text that Prometheus reads.
    pub(crate) fn text(&self) -> String {
        for ((level, labels), probe) in self.families.probes().iter() {
            self.families.levels[*level].get_or_create(labels).set(probe());
        }
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

impl Families {
    fn probes(&self) -> MutexGuard<'_, BTreeMap<(usize, Labels), Probe>> {
        self.probes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn labels(spec: &Spec, context: &str, values: &[&str]) -> Labels {
    debug_assert_eq!(spec.labels.len(), values.len(), "the labels of `{}`", spec.name);
    let context = std::iter::once(("context", context.to_owned()));
    context.chain(spec.labels.iter().copied().zip(values.iter().map(|&v| v.to_owned()))).collect()
}

fn count(families: &Families, context: &str, count: Count, values: &[&str]) -> Counter {
    families.counts[count as usize].get_or_create(&labels(count.spec(), context, values)).clone()
}

fn times(families: &Families, context: &str, times: Times, values: &[&str]) -> Histogram {
    families.times[times as usize].get_or_create(&labels(times.spec(), context, values)).clone()
}

impl Metrics {
    /// A handle to one series, there from now on. Values in the order of the table's labels.
    pub(crate) fn counter(&self, of: Count, values: &[&str]) -> Counter {
        count(&self.families, &self.context, of, values)
    }

    /// A handle to one series, there from now on.
    pub(crate) fn level(&self, of: Level, values: &[&str]) -> Gauge {
        let labels = labels(of.spec(), &self.context, values);
        self.families.levels[of as usize].get_or_create(&labels).clone()
    }

    /// A handle to one series, there from now on.
    pub(crate) fn times(&self, of: Times, values: &[&str]) -> Histogram {
        times(&self.families, &self.context, of, values)
    }

    /// Counts.
    pub(crate) fn add(&self, of: Count, values: &[&str], n: u64) {
        self.counter(of, values).inc_by(n);
    }

    /// Sets a level.
    pub(crate) fn set(&self, of: Level, values: &[&str], to: f64) {
        self.level(of, values).set(to);
    }

    /// A level that is worked out whenever the metrics are read, by the latest `probe` that was given for it.
    pub(crate) fn when_read(
        &self,
        of: Level,
        values: &[&str],
        probe: impl Fn() -> f64 + Send + Sync + 'static,
    ) {
        let labels = labels(of.spec(), &self.context, values);
        self.families.probes().insert((of as usize, labels), Box::new(probe));
    }

    /// A series that means nothing any more, as the lag of a partition that went to another member.
    pub(crate) fn forget(&self, of: Level, values: &[&str]) {
        let labels = labels(of.spec(), &self.context, values);
        self.families.levels[of as usize].remove(&labels);
        self.families.probes().remove(&(of as usize, labels));
    }

    /// These policies, commands, schedules and doors there are, and no others: what is counted of them begins at 0, so that the first one
    /// is seen to be one more. Told once, at the start.
    pub(crate) fn names(&self, policies: &[&str], commands: &[&str], schedules: &[&str], doors: &[&str]) {
        LOOPS.iter().for_each(|at| self.add(Count::Errors, &[at], 0));
        TABLES.iter().for_each(|table| self.add(Count::PrunedRows, &[table], 0));
        for policy in policies {
            self.add(Count::PassedOver, &[policy, "skipped"], 0);
        }
        for command in commands {
            End::ALL.iter().for_each(|end| self.add(Count::Commands, &[command, end.label()], 0));
        }
        for schedule in schedules {
            DUE_TIMES.iter().for_each(|outcome| self.add(Count::Scheduled, &[schedule, outcome], 0));
        }
        for door in doors {
            self.add(Count::Asked, &[door, "202"], 0);
        }
        let names = policies.iter().chain(commands).chain(schedules).chain(LOOPS);
        for name in names.clone() {
            self.add(Count::Retries, &[name], 0);
            self.add(Count::DeadLetters, &[name], 0);
        }
        let _ = self.names.set(names.chain(doors).map(|name| (*name).to_owned()).collect());
    }

    /// The name as a label: what the model does not know is `other`.
    fn known<'n>(&self, name: &'n str) -> &'n str {
        let short = name.rsplit('.').next().unwrap_or(name);
        if self.names.get().is_some_and(|names| !names.contains(short)) { OTHER } else { short }
    }

    /// An error in a loop that went on.
    pub(crate) fn error(&self, at: &str, code: &str) {
        self.add(Count::Errors, &[at], 1);
        self.add(Count::Failures, &[at, code], 1);
    }

    /// Another attempt at a policy's or a command's work.
    pub(crate) fn retry(&self, name: &str, code: &str) {
        self.add(Count::Retries, &[self.known(name)], 1);
        self.add(Count::Failures, &[self.known(name), code], 1);
    }

    /// A record was given up on.
    pub(crate) fn dead(&self, name: &str, code: &str) {
        self.add(Count::DeadLetters, &[self.known(name)], 1);
        self.add(Count::Failures, &[self.known(name), code], 1);
    }

    /// A policy has used up its attempts on a record whose key is parked now, or still is.
    pub(crate) fn parked(&self, name: &str, code: &str) {
        self.add(Count::Failures, &[self.known(name), code], 1);
    }

    /// Records that nobody here asks for.
    pub(crate) fn passed_over(&self, name: &str, reason: &str, records: u64) {
        self.add(Count::PassedOver, &[self.known(name), reason], records);
    }

    /// Dead letters have stopped the line of a policy or command, or it goes on.
    pub(crate) fn line_stopped(&self, name: &str, stopped: bool) {
        self.set(Level::LineStopped, &[self.known(name)], stopped.into());
    }

    /// How long the longest attempt of a command's handler has been running.
    pub(crate) fn handler_running(&self, name: &str, time: Duration) {
        self.set(Level::HandlerRunning, &[self.known(name)], time.as_secs_f64());
    }

    /// What holds for a policy, and whether the configuration says it or the model.
    pub(crate) fn setting(&self, name: &str, key: &str, value: &str, overridden: bool) {
        self.set(Level::PolicySetting, &[self.known(name), key, value], overridden.into());
    }

    /// A command came to an end.
    pub(crate) fn command(&self, name: &str, end: End) {
        self.add(Count::Commands, &[self.known(name), end.label()], 1);
    }

    /// Due times of a scheduled command, and what became of them.
    pub(crate) fn scheduled(&self, name: &str, outcome: &str, times: u64) {
        self.add(Count::Scheduled, &[self.known(name), outcome], times);
    }

    /// It is this replica's turn to capture the source, or another's.
    pub(crate) fn captures(&self, source: &str, owner: bool) {
        self.set(Level::CaptureOwner, &[source], u8::from(owner).into());
    }

    /// A command was asked for at the door, or a webhook called, and answered with this status.
    pub(crate) fn asked(&self, name: &str, status: u16) {
        self.add(Count::Asked, &[self.known(name), &status.to_string()], 1);
    }

    /// A call of a webhook was not taken, for this reason.
    pub(crate) fn refused(&self, name: &str, code: &str) {
        self.add(Count::Failures, &[self.known(name), code], 1);
    }

    /// All loops run, or one does not.
    pub(crate) fn ready(&self, ready: bool) {
        self.set(Level::Ready, &[], ready.into());
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
    }

    #[test]
    fn names_begin_at_zero_and_no_others_become_labels() {
        let meters = Meters::new();
        let metrics = meters.of("orders");
        metrics.names(&["NoteOnCharge"], &["Charge"], &["Sweep"], &[]);
        let text = meters.text();
        for name in ["Charge", "NoteOnCharge", "publish"] {
            let line = format!(r#"storm_dead_letters_total{{context="orders",name="{name}"}} 0"#);
            assert!(text.contains(&line), "{text}");
        }
        metrics.dead("Charge", "H-101");
        (0..3).for_each(|n| metrics.dead(&format!("foreign.v1.Made{n}Up"), "H-103"));
        let text = meters.text();
        assert!(text.contains(r#"storm_dead_letters_total{context="orders",name="Charge"} 1"#), "{text}");
        assert!(text.contains(r#"storm_dead_letters_total{context="orders",name="other"} 3"#), "{text}");
        assert!(!text.contains("Made"), "{text}");
    }
}
