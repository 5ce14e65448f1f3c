//! `cargo x soak`: the shop under load while everything about it is killed, ending in one line.

use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Parser;
use storm_servers::Kind;
use storm_soak::{Fault, Plan, run};

/// Kill the shop's services and servers under load, and count what was lost, doubled or moved
///
/// Runs the four services of the generated example on a real database and a real Kafka of its own. Four connections
/// insert, update and delete rows in transactions of differing sizes, some rolled back, and an actor sends commands, some
/// of them twice. Triggers in the database keep the ledger. When the faults have ended the services drain, and what a
/// committed reader sees is compared with the ledger: each committed row once on the raw topic, each event once on the
/// public one, in order a key; each command's effects once. Then capture's position is set back to its first one, and
/// everything is read again under the same ids.
///
/// Ends in one line: kills, rows, events, lost, twice, out of order. The exit code is 1 if anything was lost, twice, out
/// of order or dead-lettered, if a service ended on its own or did not drain, or if one that was taken over did not notice;
/// the logs are kept then. It is 2 if the world did not hold.
#[derive(Parser)]
#[command(name = "cargo x soak", bin_name = "cargo x soak")]
struct CommandLine {
    /// What chance begins with; a failure is looked for again under the same one [default: of the clock]
    #[arg(long)]
    seed: Option<u64>,

    /// End after so many kills of services
    #[arg(long, default_value_t = 200, value_name = "K")]
    kills: usize,

    /// End after so many seconds under load, whatever was killed by then
    #[arg(long, default_value_t = 900, value_name = "S")]
    seconds: u64,

    /// End after so many rows
    #[arg(long, value_name = "R")]
    rows: Option<u64>,

    /// Rows a second by all writers together
    #[arg(long, default_value_t = 300, value_name = "R")]
    rate: u64,

    /// So many processes for each of ordering's loops: capture, publish, dispatch
    #[arg(long, default_value_t = 2, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=4))]
    replicas: u8,

    /// The database under the shop: mariadb or mysql
    #[arg(long, default_value = "mariadb", value_parser = database)]
    database: Kind,

    /// What may break: kill and freeze are for services, kafka and database for the servers
    #[arg(long, value_delimiter = ',', value_parser = fault, default_value = "kill,freeze,kafka,database")]
    faults: Vec<Fault>,
}

fn database(name: &str) -> Result<Kind, String> {
    let known = [Kind::Mariadb, Kind::Mysql].into_iter().find(|kind| kind.name() == name);
    known.ok_or_else(|| "there are mariadb and mysql".into())
}

fn fault(name: &str) -> Result<Fault, String> {
    let known = Fault::ALL.into_iter().find(|(known, _)| *known == name);
    known
        .map(|(_, fault)| fault)
        .ok_or_else(|| format!("there are {}", Fault::ALL.map(|(name, _)| name).join(", ")))
}

fn main() -> ExitCode {
    let asked = CommandLine::parse();
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let plan = Plan {
        database: asked.database,
        seed: asked.seed.unwrap_or_else(clock),
        kills: asked.kills,
        at_most: Duration::from_secs(asked.seconds),
        rows: asked.rows.unwrap_or(u64::MAX),
        rate: asked.rate,
        faults: asked.faults,
        replicas: asked.replicas.into(),
        pause: (Duration::from_millis(200), Duration::from_millis(2_500)),
        progress: true,
    };
    eprintln!("seed {}, {}: building the services, starting the servers", plan.seed, plan.database);
    // What the world did not hold is said by the panic itself.
    let Ok(report) = std::panic::catch_unwind(|| run(&plan)) else { return ExitCode::from(2) };
    let Some(report) = report else { return ExitCode::from(2) };
    for line in report.halts.iter().chain(&report.odd).chain(&report.broker).chain(&report.verdict.wrong) {
        eprintln!("  {line}");
    }
    println!("{report}");
    if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::CommandLine::command().debug_assert();
    }
}
