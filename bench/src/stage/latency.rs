//! From a commit to a reader of committed records, at a steady pace: to the public event of a service, to the raw record
//! of Debezium.

use std::collections::HashMap;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rdkafka::message::Message as _;

use super::Run;
use super::publish::EVENTS;
use crate::debezium::{self, Debezium};
use crate::figure::{Figure, Goal, note, quantile};
use crate::{Outcome, kafka};

const A_SECOND: u32 = 1_000;
/// So long a reader waits for the next record.
const PATIENCE: Duration = Duration::from_secs(30);
const DURING: Duration = Duration::from_secs(8);
/// The first round of each: a broker that has just started compiles itself for most of a minute of this load.
const FIRST: Duration = Duration::from_secs(45);
/// The first commits warm everything up and are not counted.
const WARM: Duration = Duration::from_secs(2);

pub(super) fn run(run: &mut Run<'_>) -> Outcome<()> {
    note(
        "latency: 1,000 rows a second, one a transaction, from commit to a reader of committed records; ours to the public \
         event, Debezium with poll.interval.ms=10 to its raw record; a first round of each takes 45 s, as the broker warms up, and is not counted",
    );
    // As its users tune it for latency.
    let peer = Debezium::prepare(&run.ground, Duration::from_millis(10))?;
    let figures = |who: &str| ["p50", "p99"].map(|name| Figure::new(format!("latency.{name}.{who}"), "ms"));
    let (mut ours, mut theirs) = (figures("ours"), figures("debezium"));
    let mut memory = Figure::new("latency.peak.ours", "MiB");
    for warm in 0..=run.task.runs {
        if warm == 1 {
            // The first round of each finds a broker that has just started, and is not counted.
            ours.iter_mut().chain(&mut theirs).for_each(Figure::forget);
        }
        let during = if warm == 0 { FIRST } else { DURING };
        let service = run.ground.service("readings", None, &[])?;
        round(run, EVENTS, during, &mut ours)?;
        memory.add(service.cost()?.peak);
        service.stop()?;
        let service = peer.start(&run.ground)?;
        round(run, debezium::TOPIC, during, &mut theirs)?;
        service.stop()?;
    }
    ours[0].tell_goal(Goal::Most(25.0));
    ours[1].tell_goal(Goal::Most(80.0));
    theirs.iter().for_each(Figure::tell);
    memory.tell_goal(Goal::Most(100.0));
    Ok(())
}

/// One pace for so long, read at the same time.
fn round(run: &mut Run<'_>, topic: &str, during: Duration, figures: &mut [Figure; 2]) -> Outcome<()> {
    let brokers = run.ground.brokers();
    let (ended, end) = mpsc::channel::<usize>();
    let from = kafka::ends(&brokers, topic)?;
    let (topic, at) = (topic.to_owned(), brokers.clone());
    let first = run.rows.next();
    let reading = std::thread::spawn(move || read(&at, &topic, &from, first, &end));
    let committed = run.rows.pace(A_SECOND, during)?;
    let _ = ended.send(committed.len());
    let seen = reading.join().map_err(|_| "the reader panicked".to_owned())??;
    let start = committed.first().map_or_else(Instant::now, |(_, at)| *at);
    let mut took: Vec<f64> = Vec::new();
    let mut missing = 0;
    for (id, at) in committed.iter().filter(|(_, at)| at.duration_since(start) > WARM) {
        match seen.get(id) {
            Some(read) => took.push(read.saturating_duration_since(*at).as_secs_f64() * 1e3),
            None => missing += 1,
        }
    }
    if missing > 0 {
        return Err(format!("{missing} of {} rows did not arrive", committed.len()));
    }
    took.sort_by(f64::total_cmp);
    for (figure, share) in figures.iter_mut().zip([0.5, 0.99]) {
        figure.add(quantile(&took, share).unwrap_or(f64::NAN));
    }
    Ok(())
}

/// When each row's record was read, by the row's id: until there are as many as are told, or none has come for long. What
/// comes of rows before the first, which the other one's round has left behind, is not of this round.
fn read(
    brokers: &str,
    topic: &str,
    from: &[i64],
    first: u64,
    end: &mpsc::Receiver<usize>,
) -> Outcome<HashMap<u64, Instant>> {
    let consumer = kafka::reader(brokers)?;
    kafka::assign(&consumer, topic, from)?;
    let (mut seen, mut last, mut all) = (HashMap::new(), Instant::now(), usize::MAX);
    while seen.len() < all && last.elapsed() < PATIENCE {
        all = end.try_recv().unwrap_or(all);
        let Some(polled) = consumer.poll(Duration::from_millis(20)) else { continue };
        last = Instant::now();
        let message = polled.map_err(|error| error.to_string())?;
        // Ours is the number itself, Debezium's `{"id":7}`.
        let key = String::from_utf8_lossy(message.key().unwrap_or_default());
        let digits: String = key.chars().filter(char::is_ascii_digit).collect();
        if let Some(id) = digits.parse().ok().filter(|id| *id >= first) {
            seen.insert(id, Instant::now());
        }
    }
    Ok(seen)
}
