//! The watch over a group's lag, and over transactions of others that hold it up: a thread of its own asks each so often how far the log goes, compares it with where the
//! group's member stands, and sets the levels. What it cannot find out now stays as it was.
//! It must not know: what the loop does with a record.

mod held;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Ground;
use crate::log::kafka::Ends;
use crate::telemetry::lag::{Ahead, Facts, Lag};
use crate::telemetry::{Handling, Level, Place, Stand, Standing};
use held::Held;

/// What is shown of a partition.
const SHOWN: [Level; 5] = [
    Level::LagRecords,
    Level::LagSeconds,
    Level::GoneRecords,
    Level::OpenTransactionRecords,
    Level::OpenTransactionSeconds,
];

/// How long the brokers may take to answer one question.
const PATIENCE: Duration = Duration::from_secs(5);

/// A policy or command, and the topic that it hears.
pub(crate) struct Hears {
    pub(crate) name: String,
    pub(crate) topic: Arc<str>,
    pub(crate) handling: Handling,
}

/// What was seen ahead of an offset when the log ended there; it holds until one of them changes.
struct Seen {
    from: i64,
    stable: i64,
    ahead: Ahead,
}

struct Watch {
    ground: Ground,
    /// The loop's name.
    group: String,
    standing: Standing,
    hears: Vec<Hears>,
    seen: BTreeMap<Place, Seen>,
    held: Held,
    shown: BTreeSet<Place>,
}

/// Watches until asked to stop. Without a client nothing is shown, and the loop goes on.
pub(crate) fn watch(ground: &Ground, group: &str, standing: &Standing, hears: Vec<Hears>) {
    let (ground, standing) = (ground.clone(), standing.clone());
    // A group that reads nothing has no lag.
    hears.iter().for_each(|hears| {
        ground.metrics.set(Level::PolicyLagRecords, &[&hears.name], 0.0);
        ground.metrics.set(Level::PolicyLagSeconds, &[&hears.name], 0.0);
    });
    let name = format!("{}-{group}-lag", ground.spec.slug);
    let (seen, held, shown) = Default::default();
    let group = group.to_owned();
    let mut watch = Watch { ground, group: group.clone(), standing, hears, seen, held, shown };
    let body = move || {
        let Ok(ends) = Ends::new(&watch.ground.kafka, &watch.ground.name(&watch.group)) else { return };
        while !watch.ground.stop.asked() {
            if let Err(why) = watch.look(&ends) {
                watch.ground.metrics.error("lag", "K-130");
                tracing::debug!(target: "storm::lag", code = "K-130", group = watch.group, why, "the lag is not known");
            }
            let until = Instant::now() + watch.ground.config.metrics.every.0;
            while Instant::now() < until && !watch.ground.stop.asked() {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        ends.close(Duration::from_secs(2));
    };
    if let Err(error) = std::thread::Builder::new().name(name).spawn(body) {
        tracing::warn!(target: "storm::lag", group, why = %error.kind(), "the lag is not watched");
    }
}

impl Watch {
    fn look(&mut self, ends: &Ends) -> Result<(), String> {
        let stands = self.standing.stands();
        let places: Vec<Place> = stands.keys().cloned().collect();
        let (mut lags, mut written, mut bounds) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        if !places.is_empty() {
            // In this order: what is written between the two questions is not taken for a transaction that is open.
            written = ends.written(&places, PATIENCE)?;
            bounds = ends.bounds(&places, PATIENCE)?;
            let facts = self.facts(ends, &stands, &bounds)?;
            lags.extend(facts.into_iter().map(|(place, facts)| (place, facts.lag())));
        }
        let shown: BTreeSet<Place> = lags.keys().chain(bounds.keys()).cloned().collect();
        let stable = |(place, (_, stable)): (Place, (i64, i64))| Some((*written.get(&place)?, place, stable));
        let ends = bounds.into_iter().filter_map(stable).map(|(end, place, stable)| (place, stable, end));
        let held = self.held.look(ends, Instant::now());
        self.show(&lags, &held, shown);
        Ok(())
    }

    fn facts(
        &mut self,
        ends: &Ends,
        stands: &BTreeMap<Place, Stand>,
        bounds: &BTreeMap<Place, (i64, i64)>,
    ) -> Result<BTreeMap<Place, Facts>, String> {
        let unread: Vec<Place> =
            stands.iter().filter(|(_, stand)| stand.next.is_none()).map(|(place, _)| place.clone()).collect();
        let committed = if unread.is_empty() { BTreeMap::new() } else { ends.committed(&unread, PATIENCE)? };
        let mut all = BTreeMap::new();
        for (place, &(first, stable)) in bounds {
            let Some(stand) = stands.get(place) else { continue };
            let Some(next) = stand.next.or_else(|| committed.get(place).copied()) else { continue };
            let (in_work, oldest_in_work) = (stand.hand.records(), stand.hand.oldest());
            all.insert(
                place.clone(),
                Facts { next, first, stable, in_work, oldest_in_work, ahead: Ahead::Unknown },
            );
        }
        let mut from = BTreeMap::new();
        for (place, facts) in all.iter_mut().filter(|(_, facts)| facts.wants_a_look()) {
            match self.seen.get(place) {
                Some(seen) if seen.from == facts.from() && seen.holds(facts) => facts.ahead = seen.ahead,
                _ => {
                    from.insert(place.clone(), facts.from());
                }
            }
        }
        for (place, written) in if from.is_empty() { BTreeMap::new() } else { ends.look(&from, PATIENCE) } {
            let Some(facts) = all.get_mut(&place) else { continue };
            facts.ahead = written.map_or(Ahead::Nothing, Ahead::Record);
            let seen = Seen { from: facts.from(), stable: facts.stable, ahead: facts.ahead };
            self.seen.insert(place, seen);
        }
        Ok(all)
    }

    fn show(
        &mut self,
        lags: &BTreeMap<Place, Lag>,
        held: &BTreeMap<Place, (i64, Duration)>,
        shown: BTreeSet<Place>,
    ) {
        let (metrics, now) = (&self.ground.metrics, chrono::Utc::now().timestamp_millis());
        for (place, lag) in lags {
            let partition = place.1.to_string();
            let labels = [&*self.group, &*place.0, &*partition];
            metrics.set(Level::LagRecords, &labels, lag.records());
            metrics.set(Level::LagSeconds, &labels, lag.seconds(now));
            metrics.set(Level::GoneRecords, &labels, lag.gone as f64);
        }
        for (place, (records, time)) in held {
            let partition = place.1.to_string();
            let labels = [&*self.group, &*place.0, &*partition];
            metrics.set(Level::OpenTransactionRecords, &labels, *records as f64);
            metrics.set(Level::OpenTransactionSeconds, &labels, time.as_secs_f64());
        }
        // Its lag is another member's to show.
        for place in self.shown.difference(&shown) {
            let partition = place.1.to_string();
            for level in SHOWN {
                metrics.forget(level, &[&*self.group, &*place.0, &*partition]);
            }
            self.seen.remove(place);
        }
        self.shown = shown;
        for hears in &self.hears {
            let heard = lags.iter().filter(|((topic, _), _)| *topic == hears.topic).map(|(_, lag)| lag);
            let unread: i64 = heard.clone().map(|lag| lag.unread).sum();
            let hand = hears.handling.hand();
            let behind = heard.filter(|lag| lag.unread > 0).filter_map(|lag| lag.oldest);
            let oldest = hand.oldest().into_iter().chain(behind).min();
            let lag = Lag { unread, in_work: hand.records(), gone: 0, oldest };
            metrics.set(Level::PolicyLagRecords, &[&hears.name], lag.records());
            metrics.set(Level::PolicyLagSeconds, &[&hears.name], lag.seconds(now));
        }
    }
}

impl Seen {
    /// A record stays where it is; what follows markers may be new.
    fn holds(&self, facts: &Facts) -> bool {
        matches!(self.ahead, Ahead::Record(_)) || self.stable == facts.stable
    }
}
