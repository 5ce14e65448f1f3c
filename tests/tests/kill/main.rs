//! Exactly once, proven by killing: the generated services under load on real servers, with what was committed compared
//! with what a reader sees. `cargo x soak` does the same for hundreds of kills and with servers that die too.

mod given_up;
mod parked;

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use storm_servers::Kind;
use storm_soak::{Fault, POINTS, Plan, Report, run, run_points};

/// What chance begins with: `STORM_SEED`, or the clock. It is printed, so that a failure can be looked for again.
fn seed() -> u64 {
    let given = std::env::var("STORM_SEED").ok().map(|text| text.parse().expect("STORM_SEED is a number"));
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let seed = given.unwrap_or_else(clock);
    eprintln!("STORM_SEED={seed}");
    seed
}

/// Nothing is lost, twice or out of order, and nobody ends on their own when others are killed.
fn holds(report: &Report) {
    assert!(report.is_clean(), "\n{}", report.whole());
}

#[test]
fn every_row_event_and_command_goes_through_once_through_twenty_kills() {
    let plan = Plan {
        database: Kind::Mariadb,
        seed: seed(),
        kills: 20,
        // A bound for a machine that stands still, not an expectation.
        at_most: Duration::from_secs(600),
        rows: u64::MAX,
        rate: 300,
        faults: vec![Fault::Kill],
        replicas: 1,
        pause: (Duration::from_millis(200), Duration::from_millis(2_000)),
        progress: false,
    };
    let Some(report) = run(&plan) else { return };
    eprintln!("{report}");
    holds(&report);
    assert!(report.kills >= 20, "the run was cut short: {report}");
    assert!(report.verdict.repeated > 0, "no command came twice: what acts once was not asked to: {report}");
    assert!(report.replayed > 0, "nothing was read a second time: {report}");
}

#[test]
fn every_command_acts_once_through_a_death_between_every_two_steps() {
    let Some(report) = run_points(Kind::Mysql, seed()) else { return };
    eprintln!("{report}");
    holds(&report);
    assert!(report.verdict.repeated > 0, "no command came twice: {report}");
}

/// A point that nobody dies at proves nothing.
#[test]
fn every_point_of_the_runtime_is_gone_through() {
    let mut there = BTreeSet::new();
    let mut folders = vec![storm_soak::root().join("runtime/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let points = text.split("failpoint::reach(\"").skip(1).filter_map(|rest| rest.split('"').next());
            there.extend(points.map(str::to_owned));
        }
    }
    let points = POINTS.iter().flat_map(|(_, points)| *points).chain(given_up::POINTS);
    let gone: BTreeSet<String> = points.map(|point| (*point).to_owned()).collect();
    assert_eq!(there, gone);
}
