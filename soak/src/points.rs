//! A death between every two steps: each service is made to die at one point after the other of its own way, under load,
//! and the verdict is the same as after any other kill. The points are the runtime's, built in with a feature.
//! It must not know: what stands at a point.

use std::time::{Duration, Instant};

use storm_servers::Kind;

use crate::fleet::{Fleet, last_words};
use crate::ledger;
use crate::load::{Asked, Load, Pace, STOCK};
use crate::random::Random;
use crate::run::{Report, conclude, launches};
use crate::service::{Launch, Service};
use crate::shop::Shop;

/// Each service and where it dies, in this order. A command's way is gone twice: by a handler that records its event, and
/// by one that writes rows.
pub const POINTS: &[(&str, &[&str])] = &[
    (
        "ordering-capture",
        &[
            "capture-fenced",
            "capture-first-position",
            "capture-begun",
            "capture-sent",
            "capture-before-commit",
            "capture-committed",
        ],
    ),
    (
        "ordering-publish",
        &[
            "publish-polled",
            "publish-begun",
            "publish-sent",
            "publish-before-commit",
            "publish-offsets-sent",
            "publish-committed",
        ],
    ),
    (
        "ordering-dispatch",
        &[
            "dispatch-polled",
            "dispatch-taken",
            "dispatch-reacted",
            "dispatch-sent",
            "dispatch-worked",
            "dispatch-marked",
            "dispatch-before-commit",
            "dispatch-committed",
        ],
    ),
    ("payments", &["handle-begun", "handle-inbox", "handle-done", "handle-committed", "dispatch-worked"]),
    ("inventory", &["handle-inbox", "handle-done", "handle-committed", "dispatch-marked"]),
];

/// How long a service may take to its next point: a bound for a machine that stands still.
const PATIENCE: Duration = Duration::from_secs(240);

/// A service on its way through its points.
struct Walk {
    launch: Launch,
    points: std::slice::Iter<'static, &'static str>,
    at: Option<&'static str>,
    service: Service,
    since: Instant,
}

impl Walk {
    fn start(launch: Launch) -> Self {
        let mine =
            POINTS.iter().find(|(name, _)| *name == launch.name()).map_or(&[][..], |(_, points)| *points);
        let mut points = mine.iter();
        let at = points.next().copied();
        Self { service: begin(&launch, at), launch, points, at, since: Instant::now() }
    }

    /// Starts it again, for the next point, when it has died at this one. True when there is no further point; else why it
    /// does not get there.
    fn is_through(&mut self) -> Result<bool, String> {
        let Some(point) = self.at else { return Ok(true) };
        if let Some(status) = self.service.ended() {
            if std::os::unix::process::ExitStatusExt::signal(&status) != Some(6) {
                let (name, why) = (self.launch.name(), last_words(&self.service));
                return Err(format!("{name} ended with {status} before `{point}`: {why}"));
            }
            self.at = self.points.next().copied();
            self.service = begin(&self.launch, self.at);
            self.since = Instant::now();
        }
        if self.since.elapsed() > PATIENCE {
            let (name, why) = (self.launch.name(), last_words(&self.service));
            return Err(format!("{name} does not get to `{point}`: {why}"));
        }
        Ok(self.at.is_none())
    }
}

/// Looks after each; true when all are through.
fn look(walks: &mut [Walk]) -> Result<bool, String> {
    walks.iter_mut().try_fold(true, |all, walk| Ok(walk.is_through()? & all))
}

fn begin(launch: &Launch, at: Option<&str>) -> Service {
    match at {
        Some(point) => launch.clone().set("STORM_FAIL_AT", point).start(),
        None => launch.start(),
    }
}

/// Goes through all points. Nothing when a server cannot be had.
///
/// # Panics
/// When a service does not get to its point, or ends before it.
pub fn run(database: Kind, seed: u64) -> Option<Report> {
    let mut shop = Shop::start_with(database, &STOCK, &["failpoints"])?;
    ledger::install(&shop.url(), "shop");
    let random = Random::new(seed);
    let start = Instant::now();
    let (walks, asked) = walk(&shop, &random).unwrap_or_else(|why| {
        shop.logs.show();
        panic!("seed {seed}: {why}");
    });
    let kills = POINTS.iter().map(|(_, points)| points.len()).sum();
    let fleet = Fleet::take(walks.into_iter().map(|walk| (walk.launch, walk.service)));
    let mut report = Report { seed, kills, ..Report::default() };
    conclude(&shop, fleet, &asked, &mut report);
    report.took = start.elapsed();
    if !report.is_clean() {
        eprintln!("the logs are in {}", shop.logs.keep().display());
    }
    Some(report)
}

/// Each service through its points under load: the services as they are then, and what the actor has asked for.
fn walk(shop: &Shop, random: &Random) -> Result<(Vec<Walk>, Vec<Asked>), String> {
    // What is committed before capture has its first position is nobody's: the load begins when it has.
    let mut walks: Vec<Walk> = launches(shop, 1).into_iter().map(Walk::start).collect();
    let has_begun = |walks: &mut [Walk]| walks[0].at.is_none_or(|point| point == "capture-begun");
    while !has_begun(&mut walks) || !walks[0].service.is_ready() {
        look(&mut walks)?;
        std::thread::sleep(Duration::from_millis(10));
    }
    let load = Load::start(&shop.url(), &shop.brokers(), random, Pace { rate: 100, rows: u64::MAX });
    while !look(&mut walks)? {
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok((walks, load.stop()))
}
