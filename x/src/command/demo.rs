//! `cargo x demo`: the shop, from its model to reacting policies, without any server installed.

use std::os::unix::process::CommandExt;
use std::process::Stdio;

use clap::Args;

use crate::Outcome;
use crate::workspace::{EXAMPLE, RECORDING, cargo, generate_example};

/// The generated package that runs every context of the shop in one process.
const DEMO_PACKAGE: &str = "shop-demo";

/// Generate the shop and watch row changes become events and commands
///
/// Nothing is needed but a Rust toolchain and a C compiler: the broker runs inside the demo, and the
/// database's changes are a recording.
#[derive(Args)]
pub(crate) struct Demo {
    /// Keep running when the recording is over, with commands and metrics on loopback
    #[arg(long)]
    serve: bool,

    /// Handed on to the demo as they are
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(task: &Demo) -> Outcome {
    storm_servers::build_tools().map_err(|error| error.to_string())?;
    generate_example()?;
    let manifest = format!("{EXAMPLE}/Cargo.toml");
    let mut demo = cargo(&["run", "--manifest-path", &manifest, "-p", DEMO_PACKAGE, "--"]);
    demo.args(["--recording", RECORDING]);
    if task.serve {
        demo.arg("--serve");
    }
    // The demo takes this process's place: Ctrl-C, terminal and exit code are its own.
    let error = demo.args(&task.arguments).stdin(Stdio::inherit()).exec();
    Err(format!("`cargo run -p {DEMO_PACKAGE}`: {error}"))
}
