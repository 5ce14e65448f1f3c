//! What a running service does in a second, beside its peers, on real servers: Debezium for capture, bare loops on the
//! same Kafka client for the rest. `cargo x bench service` builds what is measured and reads the figures.
//! Figures are JSON objects on standard output, a line each; what is going on is told on standard error.

mod debezium;
mod events;
mod figure;
mod ground;
mod kafka;
mod peer;
mod program;
mod rows;
mod stage;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A failure, in words.
type Outcome<T> = Result<T, String>;

#[derive(Parser)]
#[command(about = "What a running service does in a second, beside its peers, on real servers")]
struct Line {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Measure the stages of a service
    Service(Service),
    /// A bare loop on the Kafka client, measured by itself: what a stage is compared with
    Peer(peer::Peer),
}

#[derive(clap::Args)]
struct Service {
    /// The folder with the programs of the benchmark's services
    #[arg(long)]
    programs: PathBuf,

    /// Rounds; each figure is the median of as many
    #[arg(long, default_value_t = 5)]
    runs: u32,

    /// Rows of a round
    #[arg(long, default_value_t = 200_000)]
    rows: u64,

    /// Only these stages
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

fn main() -> ExitCode {
    let done = match Line::parse().task {
        Task::Service(task) => stage::run(&task),
        Task::Peer(peer) => peer.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error {why}");
            ExitCode::from(2)
        }
    }
}
