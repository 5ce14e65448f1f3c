//! `cargo x bless`: what the program says now becomes what the tests expect.

use std::process::ExitCode;

use clap::Args;

use crate::Outcome;
use crate::workspace::{cargo, generate_example, status};

/// The variable under which a suite writes its expected files instead of comparing with them.
const BLESS: &str = "STORM_BLESS";

/// The packages with expected files.
const SUITES: [&str; 1] = ["storm-tests"];

/// Rewrite every expected file and the generated example from what the program does now
///
/// Look at `git diff` before you commit: a blessed mistake is a mistake that the tests defend.
#[derive(Args)]
pub(crate) struct Bless {
    /// Only the cases whose test names contain this
    filter: Option<String>,
}

pub(crate) fn run(task: &Bless) -> Outcome {
    storm_servers::build_tools().map_err(|error| error.to_string())?;
    generate_example()?;
    let mut tests = cargo(&["test", "--quiet", "--no-fail-fast"]);
    tests.args(SUITES.iter().flat_map(|suite| ["-p", suite])).args(&task.filter).env(BLESS, "1");
    let blessed = status(&mut tests)?;
    Ok(if blessed.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
