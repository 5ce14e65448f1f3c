//! `cargo x soak`: exactly once, looked for by killing.

use std::os::unix::process::CommandExt;
use std::process::Stdio;

use clap::Args;

use crate::Outcome;
use crate::workspace::cargo;

/// The package that does it: it links a Kafka client, which this one, that compiles in seconds, must not.
const PACKAGE: &str = "storm-soak";

/// Kill the shop's services and servers under load, and count what was lost, doubled or moved
///
/// `cargo x soak --help` shows the flags. Ends in one line: kills, rows, events, lost, twice, out of order.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Soak {
    /// Handed on as they are: `--seed N --kills K --database mysql --faults kill,kafka`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(task: &Soak) -> Outcome {
    storm_servers::build_tools().map_err(|error| error.to_string())?;
    let mut soak = cargo(&["run", "--quiet", "-p", PACKAGE, "--"]);
    // It takes this process's place: Ctrl-C, terminal and exit code are its own.
    let error = soak.args(&task.arguments).stdin(Stdio::inherit()).exec();
    Err(format!("`cargo run -p {PACKAGE}`: {error}"))
}
