//! What the binary `stormc` is: the only crate of the compiler that touches disk, terminal, processes and, as a client,
//! Kafka. It is a library so that tests reach what no command line does.

mod command;
mod decode;
mod disk;
pub mod fuzzed;
mod kafka;
mod letters;
mod manifest;
mod message;
mod project;
mod report;
mod rules;
mod rustfmt;
mod topics;
mod vendor;

use std::process::ExitCode;

use clap::Parser;

/// From the sticky-note wall to the running service: check, draw and compile `.storm` models.
#[derive(Parser)]
#[command(
    name = "stormc",
    version,
    arg_required_else_help = true,
    after_help = "MODEL is a folder or a file; without it, the current folder.\n\
    Exit codes: 0 all is well, 1 the model is wrong, 2 the world is (a file, a disk, a cluster),\n\
    3 the cluster's topics are not what the model says (`plan`, `apply`).\n\n\
    Begin with:\n  stormc new shop && cd shop && stormc check && stormc render -o shop.svg && stormc generate"
)]
struct Arguments {
    /// When to use colour.
    #[arg(long, global = true, value_enum, default_value_t = report::Colour::Auto)]
    color: report::Colour,
    #[command(subcommand)]
    command: command::Command,
}

/// Runs the command that the process was started with; exit code 0, 1, 2 or 3, as `--help` says.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let terminal = report::Terminal::new(arguments.color);
    match arguments.command.run(&terminal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => terminal.stop(&stop),
    }
}
