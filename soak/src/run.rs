//! A soak: the shop under load while its services and servers are killed, and the verdict on what came of it.
//! It must not know: the command line, test frameworks.

use std::fmt;
use std::time::{Duration, Instant};

use storm_servers::{Kafka, Kind, Server};

use crate::database::Error;
use crate::fleet::Fleet;
use crate::ledger::{self, Ledger};
use crate::load::{Asked, Load, Pace, STOCK};
use crate::random::Random;
use crate::service::Launch;
use crate::shop::Shop;
use crate::topics::{self, Bodies, Records};
use crate::verdict::{Verdict, judge};
use crate::{effects, replay};

/// Long enough for a loaded machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// What may be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A service dies.
    Kill,
    /// A service stops in its tracks; in half of the cases another takes over before it wakes up.
    Freeze,
    /// The broker dies or freezes.
    Kafka,
    /// The database dies or freezes.
    Database,
}

impl Fault {
    /// Each with its name on the command line.
    pub const ALL: [(&'static str, Self); 4] = [
        ("kill", Self::Kill),
        ("freeze", Self::Freeze),
        ("kafka", Self::Kafka),
        ("database", Self::Database),
    ];
}

/// What to do. The faults end at the first of the bounds.
#[derive(Debug, Clone)]
pub struct Plan {
    /// MariaDB or MySQL.
    pub database: Kind,
    /// Everything that is left to chance.
    pub seed: u64,
    /// So many kills of services.
    pub kills: usize,
    /// So long under load.
    pub at_most: Duration,
    /// So many rows by the writers.
    pub rows: u64,
    /// Rows a second by the writers.
    pub rate: u64,
    /// What may be broken.
    pub faults: Vec<Fault>,
    /// So many processes for each of ordering's loops.
    pub replicas: usize,
    /// The shortest and the longest pause between two faults.
    pub pause: (Duration, Duration),
    /// Says how far it is each few seconds, on standard error.
    pub progress: bool,
}

/// What came of it; shown, it is one line.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The plan's.
    pub seed: u64,
    /// Services that were killed.
    pub kills: usize,
    /// Other faults.
    pub others: usize,
    /// Services that ended on their own, and what they said. They were started again.
    pub halts: Vec<String>,
    /// What does not belong to an end in order: a service that did not drain, a zombie that did not notice.
    pub odd: Vec<String>,
    /// What the broker itself did not keep of its promises: it may be the reason for all else, and is nothing by itself.
    pub broker: Vec<String>,
    /// Rows, events and commands against the ledger.
    pub verdict: Verdict,
    /// Rows that capture read and wrote a second time after its position was set back, under the same ids.
    pub replayed: usize,
    /// From the first row to the verdict.
    pub took: Duration,
}

impl Report {
    /// True when nothing is lost, twice or out of order, no command ended in a dead letter, and each service was there to the
    /// end: none ended on its own, each zombie noticed, each drained.
    pub fn is_clean(&self) -> bool {
        let verdict = self.verdict.tally.is_clean() && self.verdict.dead == 0;
        verdict && self.halts.is_empty() && self.odd.is_empty()
    }

    /// All that is wrong, a line each; the verdict is the last one.
    pub fn whole(&self) -> String {
        let halts = self.halts.iter().map(|halt| format!("halt: {halt}"));
        let odd = self.odd.iter().map(|odd| format!("odd: {odd}"));
        let broker = self.broker.iter().map(|broker| format!("broker: {broker}"));
        let lines = self.verdict.wrong.iter().cloned().chain(halts).chain(odd).chain(broker);
        lines.chain([self.to_string()]).collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, others, halts, odd, verdict, replayed, took, seed, .. } = self;
        write!(f, "kills {kills}, other faults {others}, halts {}, odd {}, ", halts.len(), odd.len())?;
        write!(f, "{verdict}")?;
        write!(f, " (seed {seed}, replayed {replayed}, {} s)", took.as_secs())
    }
}

/// Runs a plan. Nothing when a server cannot be had. The logs stay when the report is not clean.
///
/// # Panics
/// When the services do not start, or a server does not come back.
pub fn run(plan: &Plan) -> Option<Report> {
    let mut shop = Shop::start(plan.database, &STOCK)?;
    ledger::install(&shop.url(), "shop");
    let random = Random::new(plan.seed);
    let mut fleet = Fleet::start(launches(&shop, plan.replicas), PATIENCE);
    let start = Instant::now();
    let load =
        Load::start(&shop.url(), &shop.brokers(), &random.part(0), Pace { rate: plan.rate, rows: plan.rows });
    let (kills, others) = break_things(plan, &mut shop, &mut fleet, &load, &mut random.part(1));
    let asked = load.stop();
    if plan.progress {
        eprintln!("{:>5} s  the load has ended: draining", start.elapsed().as_secs());
    }
    let mut report = Report { seed: plan.seed, kills, others, ..Report::default() };
    conclude(&shop, fleet, &asked, &mut report);
    if report.verdict.tally.is_clean() {
        read_again(&shop, &asked, &mut report);
    }
    report.took = start.elapsed();
    if !report.is_clean() {
        eprintln!("the logs are in {}", shop.logs.keep().display());
    }
    Some(report)
}

/// Lets everything come through, stops the services in order and judges.
pub(crate) fn conclude(shop: &Shop, mut fleet: Fleet, asked: &[Asked], report: &mut Report) {
    settle(shop, &mut fleet, asked, Records::clone);
    end(fleet, report);
    if shop.lost_markers() {
        let broker =
            "Kafka closed transactions without their markers (KAFKA-20734): what is wrong may be its doing";
        report.broker.push(broker.into());
    }
    report.verdict = verdict(shop, asked, Records::clone).unwrap_or_else(|why| panic!("no verdict: {why}"));
}

/// Stops the services in order, and notes how they have ended.
fn end(mut fleet: Fleet, report: &mut Report) {
    report.halts.append(&mut fleet.halts);
    let undead = std::mem::take(&mut fleet.undead);
    report.odd.extend(undead.into_iter().map(|name| format!("{name} was taken over and did not notice")));
    report.odd.extend(fleet.drain(PATIENCE).into_iter().map(|who| format!("not drained: {who}")));
}

/// Sets capture back to its first position, lets everything come through once more, and judges again.
fn read_again(shop: &Shop, asked: &[Asked], report: &mut Report) {
    report.replayed = replay::set_back(&shop.brokers());
    let mut fleet = Fleet::start(launches(shop, 1), PATIENCE);
    replay::wait(&shop.brokers(), PATIENCE, || fleet.tend());
    settle(shop, &mut fleet, asked, Records::once);
    end(fleet, report);
    let again = verdict(shop, asked, Records::once).unwrap_or_else(|why| panic!("no verdict: {why}"));
    (report.verdict.tally, report.verdict.dead) = (again.tally, again.dead);
    report.verdict.wrong = again.wrong.into_iter().map(|what| format!("after the replay: {what}")).collect();
}

/// Ordering as a process for each of its loops, in replicas; the others as one each: both ways of deploying.
pub(crate) fn launches(shop: &Shop, replicas: usize) -> Vec<Launch> {
    const LOOPS: [&str; 3] = ["capture", "publish", "dispatch"];
    let mut ordering = LOOPS.map(|only| shop.launch("ordering").only(only)).to_vec();
    for replica in 1..replicas {
        let name = replica.to_string();
        ordering.extend(LOOPS.map(|only| shop.launch("ordering").only(only).instance(&name)));
    }
    let others = ["inventory", "payments", "shipping"].map(|context| shop.launch(context));
    let quick = |launch: Launch| {
        launch
            .set("STORM_DISPATCH__OUTAGE_PAUSE", "2s")
            .set("STORM_CAPTURE__RETRY_TO", "2s")
            // Small, so that large transactions are cut, and a kill meets them half written.
            .set("STORM_CAPTURE__COMMIT_BYTES", "4KiB")
            .set("STORM_LOG__LEVEL", "info,storm=debug,storm::hop=info")
    };
    ordering.into_iter().chain(others).map(quick).collect()
}

/// Faults until a bound is reached: kills, and others.
fn break_things(
    plan: &Plan,
    shop: &mut Shop,
    fleet: &mut Fleet,
    load: &Load,
    random: &mut Random,
) -> (usize, usize) {
    let start = Instant::now();
    let (mut kills, mut others) = (0, 0);
    let (mut next, mut said) = (Instant::now() + plan.pause.1, Instant::now());
    let (least, most) = plan.pause;
    while kills < plan.kills && start.elapsed() < plan.at_most && load.rows() < plan.rows {
        fleet.tend();
        if Instant::now() >= next {
            match choose(&plan.faults, random) {
                Fault::Kill => kills += usize::from(fleet.kill(random)),
                Fault::Freeze => others += usize::from(fleet.freeze(random)),
                Fault::Kafka => {
                    others += 1;
                    server(&mut shop.kafka, random);
                }
                Fault::Database => {
                    others += 1;
                    server(&mut shop.database, random);
                }
            }
            next = Instant::now() + random.between(least, most);
        }
        if plan.progress && said.elapsed() > Duration::from_secs(5) {
            let (seconds, rows, halts) = (start.elapsed().as_secs(), load.rows(), fleet.halts.len());
            eprintln!(
                "{seconds:>5} s  kills {kills}, other faults {others}, halts {halts}, rows written {rows}"
            );
            said = Instant::now();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    (kills, others)
}

/// Kills most of the time; the rest is slow.
fn choose(faults: &[Fault], random: &mut Random) -> Fault {
    let others: Vec<Fault> = faults.iter().copied().filter(|fault| *fault != Fault::Kill).collect();
    if others.is_empty() || (faults.contains(&Fault::Kill) && random.chance(85)) {
        return Fault::Kill;
    }
    *random.pick(&others)
}

/// A server dies and comes back, or stands still for a while.
fn server(server: &mut Server, random: &mut Random) {
    let pause = random.between(Duration::from_millis(200), Duration::from_secs(4));
    let done = if random.chance(60) {
        server.kill9().and_then(|()| {
            std::thread::sleep(pause);
            if server.kind() == Kind::Kafka {
                Kafka::end_session(server)?;
            }
            server.restart()
        })
    } else {
        server.freeze().and_then(|()| {
            std::thread::sleep(pause);
            server.thaw()
        })
    };
    done.unwrap_or_else(|error| panic!("{error}"));
}

/// Waits until everything is through, or until nothing moves any more.
fn settle(shop: &Shop, fleet: &mut Fleet, asked: &[Asked], view: fn(&Records) -> Records) {
    let mut moved = Instant::now();
    let mut before = String::new();
    while moved.elapsed() < PATIENCE {
        fleet.tend();
        if let Ok(verdict) = verdict(shop, asked, view) {
            if verdict.tally.lost == 0 && !fleet.is_unsettled() {
                return;
            }
            let now = format!("{verdict}");
            if now != before {
                (before, moved) = (now, Instant::now());
            }
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn verdict(shop: &Shop, asked: &[Asked], view: fn(&Records) -> Records) -> Result<Verdict, String> {
    let text = |error: Error| error.to_string();
    let records = topics::read(&shop.brokers(), &topics::names(), Duration::from_secs(60))?;
    let ledger = Ledger::read(&shop.url()).map_err(text)?;
    let mut verdict = judge(&ledger, &view(&records), &Bodies::new());
    effects::judge(&mut verdict, &shop.url(), &ledger, asked).map_err(text)?;
    Ok(verdict)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_in_which_a_service_did_not_stay_is_not_clean() {
        let report = Report::default;
        assert!(report().is_clean());
        assert!(!Report { halts: vec!["ended".into()], ..report() }.is_clean());
        assert!(!Report { odd: vec!["not drained".into()], ..report() }.is_clean());
        let verdict = Verdict { dead: 1, ..Verdict::default() };
        assert!(!Report { verdict, ..report() }.is_clean());
        assert!(
            Report { broker: vec!["markers".into()], ..report() }.is_clean(),
            "nothing is wrong with ours"
        );
    }
}
