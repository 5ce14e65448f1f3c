//! `cargo x bless`: what the program says now becomes what the tests expect.

use std::process::ExitCode;

use clap::Args;

use crate::Outcome;
use crate::workspace::{cargo, generate_example, status};

/// The variable under which a suite writes its expected files instead of comparing with them.
const BLESS: &str = "STORM_BLESS";

/// The suites with expected files: package and test target.
const SUITES: [(&str, &str); 2] = [("storm-board", "cases"), ("stormc", "diagnostics")];

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
    let mut code = ExitCode::SUCCESS;
    for (package, suite) in SUITES {
        let mut tests = cargo(&["test", "--quiet", "-p", package, "--test", suite]);
        if !status(tests.args(&task.filter).env(BLESS, "1"))?.success() {
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}
