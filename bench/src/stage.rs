//! The table of stages, in the order in which each finds what the one before left.

mod capture;
mod dispatch;
mod latency;
mod publish;

use std::process::Command;

use crate::figure::note;
use crate::ground::Ground;
use crate::rows::Rows;
use crate::{Outcome, Service};

type Stage = fn(&mut Run<'_>) -> Outcome<()>;

/// What is measured, by name. Rounds of ours and of the peer take turns within each.
const STAGES: &[(&str, Stage)] = &[
    ("dispatch", dispatch::work),
    ("skip", dispatch::skip),
    ("capture", capture::run),
    ("publish", publish::run),
    ("latency", latency::run),
];

/// One run of the benchmark.
struct Run<'t> {
    task: &'t Service,
    ground: Ground,
    rows: Rows,
}

pub(crate) fn run(task: &Service) -> Outcome<()> {
    let names: Vec<&str> = STAGES.iter().map(|(name, _)| *name).collect();
    if let Some(unknown) = task.only.iter().find(|name| !names.contains(&name.as_str())) {
        return Err(format!("there is no stage `{unknown}`; there are {}", names.join(", ")));
    }
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("unknown");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    note(&format!(
        "{cores} cores shared with the servers, load {load} before the start, medians of {} rounds",
        task.runs
    ));
    let ground = Ground::start(&task.programs)?;
    let rows = Rows::prepare(&ground.database.url())?;
    let mut run = Run { task, ground, rows };
    for (name, stage) in STAGES {
        if task.only.is_empty() || task.only.iter().any(|asked| asked == name) {
            eprintln!("{name}");
            stage(&mut run)?;
        }
    }
    Ok(())
}

/// A bare loop in a process of its own, from these offsets on: its rate, and the CPU time of a record in us.
fn peer(run: &Run<'_>, kind: &str, from: &str, offsets: &[i64], to: &str, records: u64) -> Outcome<[f64; 2]> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let offsets: Vec<String> = offsets.iter().map(ToString::to_string).collect();
    let mut command = Command::new(own);
    command.args(["peer", kind, "--brokers", &run.ground.brokers(), "--from", from]);
    command.args(["--offsets", &offsets.join(","), "--to", to, "--records", &records.to_string()]);
    let out = command.output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&out.stdout);
    let figures: Option<Vec<f64>> = said.split_whitespace().map(|figure| figure.parse().ok()).collect();
    figures
        .and_then(|figures| figures.try_into().ok())
        .ok_or_else(|| format!("the loop `{kind}` says: {}", String::from_utf8_lossy(&out.stderr)))
}
