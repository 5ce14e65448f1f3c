//! The story of a replay: hops collected as they happen, told as a tree a transaction when everything has come to rest,
//! always in the same order.
//! It must not know: what is printed in which colour.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing_subscriber::filter::{FilterExt, FilterFn, LevelFilter, dynamic_filter_fn};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use super::paint::Paint;
use crate::config::LogSection;
use crate::fault::Fault;
use crate::service::Service;
use crate::telemetry::hop;

/// One hop that happened.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Told {
    /// The place of its kind in a tree, so that siblings always come in one order.
    rank: usize,
    pub(super) context: String,
    pub(super) key: String,
    pub(super) name: String,
    pub(super) id: String,
    pub(super) hop: String,
    pub(super) cause: String,
    pub(super) correlation: String,
    pub(super) note: String,
}

/// The kinds of hop, in the order of a tree.
const KINDS: [&str; 8] = ["row", "raw", "event", "policy", "command", "sent", "recorded", "dead"];

/// Prints a line; a reader that has gone away is no reason to end the replay.
macro_rules! say {
    ($($line:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($line)*);
    }};
}

type Hops = Arc<Mutex<Vec<Told>>>;

pub(super) struct Story {
    hops: Hops,
    counts: Mutex<BTreeMap<usize, u64>>,
    paint: Paint,
    over: Arc<AtomicBool>,
}

struct Listener(Hops);

impl<S: tracing::Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut told = Told::default();
        event.record(&mut told);
        told.rank = KINDS.iter().position(|kind| *kind == told.hop).unwrap_or(KINDS.len());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(told);
    }
}

impl Visit for Told {
    fn record_str(&mut self, field: &Field, value: &str) {
        let slot = match field.name() {
            "hop" => &mut self.hop,
            "context" => &mut self.context,
            "id" => &mut self.id,
            "cause" => &mut self.cause,
            "name" => &mut self.name,
            "key" => &mut self.key,
            "correlation" => &mut self.correlation,
            "note" => &mut self.note,
            _ => return,
        };
        value.clone_into(slot);
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

impl Story {
    /// Listens to the hops of this process; log lines go on as the configuration says, warnings and errors by default.
    pub(super) fn listen(log: &LogSection) -> Result<Self, Fault> {
        let hops = Hops::default();
        let level = if log.level == "info" { "warn" } else { log.level.as_str() };
        let wrong = |_| {
            Fault::configuration(
                "F-104",
                "`log.level` is not a filter",
                "write `info`, or `info,storm=debug`",
            )
        };
        let filter = EnvFilter::builder().parse(level).map_err(wrong)?;
        let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
        let over = Arc::new(AtomicBool::new(false));
        let ended = over.clone();
        let until_over = dynamic_filter_fn(move |_, _| !ended.load(Ordering::Relaxed));
        let lines = tracing_subscriber::fmt::layer().with_ansi(ansi).with_writer(std::io::stderr);
        let lines = lines.with_filter(filter.and(until_over));
        hop::with_keys();
        let only_hops = FilterFn::new(|metadata| metadata.target() == hop::TARGET)
            .with_max_level_hint(LevelFilter::DEBUG);
        let listener = Listener(hops.clone()).with_filter(only_hops);
        // A second one in one process hears nothing: the first one's settings hold.
        let _ = tracing_subscriber::registry().with(lines).with(listener).try_init();
        Ok(Self { hops, counts: Mutex::default(), paint: Paint::detect(), over })
    }

    /// The broker goes, and what clients say of that is no news.
    pub(super) fn over(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    pub(super) fn begin(
        &self,
        system: &str,
        services: &[Service],
        broker: &str,
        metrics: Option<SocketAddr>,
    ) {
        let names: Vec<&str> = services.iter().map(|service| service.spec.name).collect();
        say!(
            "{}",
            self.paint.title(&format!("{system}: {} on an embedded broker at {broker}", names.join(", ")))
        );
        if let Some(address) = metrics {
            say!("metrics at http://{address}/metrics");
        }
    }

    /// Tells what to do where no change is replayed.
    pub(super) fn unrecorded(&self) {
        say!(
            "nothing is replayed: ask for a command, or name a folder of recorded binlog files with `--recording DIR`"
        );
    }

    /// Tells what has happened since the last time.
    pub(super) fn tell(&self) {
        let mut hops = std::mem::take(&mut *self.hops.lock().unwrap_or_else(PoisonError::into_inner));
        hops.sort();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        hops.iter().for_each(|told| *counts.entry(told.rank).or_default() += 1);
        drop(counts);
        for line in tree(&hops) {
            say!("{}", self.paint.line(line.depth, line.told));
        }
    }

    pub(super) fn end(&self) {
        self.tell();
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let plural = [
            "rows",
            "raw records",
            "events",
            "policy reactions",
            "commands done",
            "commands sent",
            "recorded events",
            "dead letters",
        ];
        let all = plural
            .iter()
            .enumerate()
            .map(|(rank, name)| format!("{} {name}", counts.get(&rank).unwrap_or(&0)));
        say!("\n{}", self.paint.title(&all.collect::<Vec<_>>().join(", ")));
    }

    pub(super) fn serving(&self, address: SocketAddr, doors: &[&str]) {
        for door in doors {
            say!("command: POST http://{address}/commands/{door}");
        }
        say!("serving: http://{address}/metrics; end with Ctrl-C");
    }
}

/// A hop and how deep it stands.
#[derive(Debug, PartialEq, Eq)]
struct Line<'t> {
    depth: usize,
    told: &'t Told,
}

/// The hops as trees: what nothing here has caused stands at the root, a beginning apart from the one before.
fn tree(hops: &[Told]) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let is_caused = |told: &Told| hops.iter().any(|other| is_child(other, told));
    for root in hops.iter().filter(|told| !is_caused(told)) {
        grow(hops, root, 0, &mut lines);
    }
    lines
}

fn grow<'t>(hops: &'t [Told], told: &'t Told, depth: usize, lines: &mut Vec<Line<'t>>) {
    // A chain longer than this has come back to itself.
    if depth > 64 {
        return;
    }
    lines.push(Line { depth, told });
    for child in hops.iter().filter(|other| is_child(told, other)) {
        grow(hops, child, depth + 1, lines);
    }
}

/// True when `child` follows from `parent` directly.
fn is_child(parent: &Told, child: &Told) -> bool {
    match (parent.hop.as_str(), child.hop.as_str()) {
        ("row", "raw") => parent.id == child.id,
        ("raw" | "recorded", "event") | ("event", "policy") | ("command", "row" | "recorded") => {
            parent.id == child.cause
        }
        ("policy", "sent") => parent.id == child.id,
        // A command that was sent stands under its sending, one that was called under its policy.
        ("sent", "command") => parent.id == child.id && parent.context != child.context,
        ("policy", "command") => parent.id == child.id && parent.context == child.context,
        ("command", "dead") => parent.id == child.cause,
        ("event", "dead") => parent.id == child.cause,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(hop: &str, context: &str, id: &str, cause: &str) -> Told {
        let rank = KINDS.iter().position(|kind| *kind == hop).unwrap();
        let (hop, context, id, cause) = (hop.into(), context.into(), id.into(), cause.into());
        Told { rank, hop, context, id, cause, ..Told::default() }
    }

    #[test]
    fn a_chain_is_told_as_one_tree() {
        let mut hops = vec![
            told("event", "billing", "e2", "r2"),
            told("recorded", "billing", "r2", "c1"),
            told("command", "billing", "c1", "e1"),
            told("sent", "orders", "c1", "e1"),
            told("policy", "orders", "c1", "e1"),
            told("event", "orders", "e1", "r1"),
            told("raw", "orders", "r1", "t1"),
            told("row", "orders", "r1", ""),
        ];
        hops.sort();
        let depths: Vec<_> = tree(&hops).iter().map(|line| (line.told.hop.clone(), line.depth)).collect();
        let expected = ["row", "raw", "event", "policy", "sent", "command", "recorded", "event"];
        assert_eq!(
            depths,
            expected.iter().enumerate().map(|(depth, hop)| ((*hop).to_owned(), depth)).collect::<Vec<_>>()
        );
    }
}
