//! Raw records into public events, a second: a service's exactly-once way against a loop that promises nothing.

use std::time::Duration;

use super::{Run, capture::RAW, peer};
use crate::figure::{Figure, Goal, note};
use crate::{Outcome, kafka};

const PATIENCE: Duration = Duration::from_secs(60);
/// When nothing has come for so long, nothing more does.
const QUIET: Duration = Duration::from_secs(3);
pub(super) const EVENTS: &str = "readings_events";
/// What the loop writes.
const COPIES: &str = "peer_events";

pub(super) fn run(run: &mut Run<'_>) -> Outcome<()> {
    let brokers = run.ground.brokers();
    run.ground.topic(COPIES)?;
    // Whatever other stages left is published before the first round. The service makes its topics, where it is the first.
    let service = run.ground.service("readings", None, &[])?;
    let left = kafka::at_end(&brokers, EVENTS)?;
    run.rows.write(1)?;
    kafka::read_on(&left, QUIET)?;
    service.stop()?;
    let (mut ours, mut theirs) =
        (Figure::new("publish.records.ours", "/s"), Figure::new("publish.records.loop", "/s"));
    let cpu = |who: &str| Figure::new(format!("publish.cpu.{who}"), "us/record");
    let (mut cpu, mut their_cpu) = (cpu("ours"), cpu("loop"));
    let mut peak = Figure::new("publish.peak.ours", "MiB");
    note(&format!(
        "publish: {} records a round, 8 partitions; both read committed records, write lz4 with acks=all and carry every \
         header; the loop changes nothing, promises nothing and lingers 5 ms, ours translates within transactions of the \
         defaults and lingers not at all; both are counted by a reader of what they write, and a first round of each is not counted",
        run.task.rows
    ));
    for warm in 0..=run.task.runs {
        if warm == 1 {
            // The first round of each finds a broker that has just started.
            [&mut ours, &mut theirs, &mut cpu, &mut their_cpu].into_iter().for_each(Figure::forget);
        }
        let rows = run.task.rows;
        let raw = kafka::ends(&brokers, RAW)?;
        let mut capture = run.ground.service("readings", Some("capture"), &[])?;
        run.rows.write(rows)?;
        #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
        let all = rows as f64;
        capture.wait_until("captured", |it| {
            it.metric("storm_stage_records_total", &["\"raw_pushed\""]) >= all
        })?;
        capture.stop()?;

        let reader = kafka::at_end(&brokers, EVENTS)?;
        let service = run.ground.service("readings", Some("publish"), &[])?;
        let rate = kafka::read(&reader, rows, PATIENCE, |_| Ok(()));
        ours.add(rate.map_err(|why| format!("{why}\n{}", service.end_of_log()))?);
        let cost = service.cost()?;
        cpu.add(cost.cpu.as_secs_f64() * 1e6 / all);
        peak.add(cost.peak);
        service.stop()?;
        let reader = kafka::at_end(&brokers, COPIES)?;
        let (rate, each) = std::thread::scope(|scope| {
            let reading = scope.spawn(|| kafka::read(&reader, rows, PATIENCE, |_| Ok(())));
            let [_, each] = peer(run, "transfer", RAW, &raw, COPIES, rows)?;
            let rate = reading.join().map_err(|_| "the reader panicked".to_owned())??;
            Ok::<_, String>((rate, each))
        })?;
        theirs.add(rate);
        their_cpu.add(each);
    }
    [&ours, &theirs, &cpu, &their_cpu].into_iter().for_each(Figure::tell);
    peak.tell_goal(Goal::Most(100.0));
    ours.tell_ratio("publish.records.ratio", &theirs, Some(0.7));
    their_cpu.tell_ratio("publish.cpu.ratio", &cpu, None);
    Ok(())
}
