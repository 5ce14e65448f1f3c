//! `cargo x servers`: real servers for work by hand.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use storm_servers::Kind;

use crate::Outcome;
use crate::start::start;

/// Start a real MariaDB, MySQL and Kafka and keep them until Ctrl-C
///
/// Each is a private instance on a free port of 127.0.0.1. Standard output gets their addresses as
/// lines that can be pasted into another shell. What is not installed is fetched.
#[derive(Args)]
pub(crate) struct Servers {
    /// Start these only
    #[arg(long, value_delimiter = ',', value_name = "KIND,..", value_parser = kind)]
    only: Vec<Kind>,

    /// Keep the data in this folder, and find it there the next time, instead of a temporary one
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

fn kind(name: &str) -> Result<Kind, String> {
    let names = || Kind::ALL.map(Kind::name).join(", ");
    Kind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| format!("there are {}", names()))
}

pub(crate) fn run(task: &Servers) -> Outcome {
    let kinds = if task.only.is_empty() { &Kind::ALL[..] } else { &task.only[..] };
    // From here on a signal is noted, not obeyed: servers are stopped in order, not dropped.
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(|error| error.to_string())?;
    let mut running = Vec::new();
    for (kind, started) in start(kinds, task.keep.as_deref()) {
        match started {
            Ok(server) => running.push(server),
            Err(error) => eprintln!("{kind} cannot be had: {error}"),
        }
    }
    if running.is_empty() {
        return Ok(ExitCode::from(2));
    }
    for server in &running {
        let (kind, pid, folder) = (server.kind(), server.pid().unwrap_or(0), server.folder().display());
        eprintln!("{kind}: process {pid}, data in {folder}\n  {}", server.shell());
    }
    for server in &running {
        println!("export {}={}", server.kind().variable(), server.url());
    }
    eprintln!("Ctrl-C stops them");
    signals.forever().next();
    eprintln!("stopping");
    let mut code = ExitCode::SUCCESS;
    for server in &mut running {
        if let Err(error) = server.stop() {
            eprintln!("{error}");
            code = ExitCode::from(2);
        }
    }
    Ok(code)
}
