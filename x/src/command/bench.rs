//! `cargo x bench`: measured figures, one a line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::Outcome;
use crate::bench::{BENCHMARKS, Report, Run};

/// Measure one thing and print each figure as a line `name value unit`
///
/// Figures are medians. CPU time is user and system time together, in release builds.
#[derive(Args)]
pub(crate) struct Bench {
    /// What to measure
    #[arg(value_parser = names(), hide_possible_values = true, help = help())]
    name: String,

    /// Print JSON instead, an object a line
    #[arg(long)]
    json: bool,

    /// Measure so many times and take the median
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,

    /// Leave what was made for the measurement in this folder
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,

    /// For the benchmark itself, after `--`
    #[arg(last = true)]
    more: Vec<String>,
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(BENCHMARKS.iter().map(|benchmark| benchmark.name))
}

fn help() -> String {
    let lines = BENCHMARKS.iter().map(|benchmark| format!("{}: {}", benchmark.name, benchmark.about));
    format!("What to measure\n{}", lines.collect::<Vec<_>>().join("\n"))
}

pub(crate) fn run(task: &Bench) -> Outcome {
    let Some(benchmark) = BENCHMARKS.iter().find(|benchmark| benchmark.name == task.name) else {
        return Err(format!("there is no benchmark `{}`", task.name));
    };
    let temporary = tempfile::tempdir().map_err(|error| error.to_string())?;
    let folder = task.keep.as_deref().unwrap_or(temporary.path());
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    (benchmark.run)(&Run { runs: task.runs, folder, report: Report { json: task.json }, more: &task.more })?;
    Ok(ExitCode::SUCCESS)
}
