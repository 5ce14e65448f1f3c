//! Rows a second from the binlog to the raw topic, against Debezium; what a row costs, and the most memory.

use std::time::Duration;

use super::Run;
use crate::debezium::{self, Debezium};
use crate::figure::{Figure, Goal, note};
use crate::{Outcome, kafka};

const PATIENCE: Duration = Duration::from_secs(60);
pub(super) const RAW: &str = "priv_readings";

pub(super) fn run(run: &mut Run<'_>) -> Outcome<()> {
    let brokers = run.ground.brokers();
    note(&format!(
        "capture: {} rows of 200 bytes a round in transactions of 100, 8 partitions; Debezium 3.5.0.Final as it comes: JSON \
         without schemas, no compression, at least once; ours: protobuf with 8 headers, zstd, acks=all, exactly once",
        run.task.rows
    ));
    // Both store a position before the first measured row.
    run.ground.service("readings", Some("capture"), &[])?.stop()?;
    let peer = match peer(run) {
        Ok(peer) => Some(peer),
        Err(why) => {
            note(&format!(
                "capture: Debezium cannot be had here, so there is nothing to compare with: {why}"
            ));
            None
        }
    };
    let figure = |who: &str, what: &str, unit| Figure::new(format!("capture.{what}.{who}"), unit);
    let figures = |who| [figure(who, "rows", "/s"), figure(who, "cpu", "us/row"), figure(who, "peak", "MiB")];
    let (mut ours, mut theirs) = (figures("ours"), figures("debezium"));
    // The row that Debezium needed for its first position.
    let mut behind = u64::from(peer.is_some());
    for _ in 0..run.task.runs {
        let rows = run.task.rows;
        run.rows.write(rows)?;
        let from = kafka::ends(&brokers, RAW)?;
        let service = run.ground.service("readings", Some("capture"), &[])?;
        measure(&brokers, RAW, &from, rows + behind, &service, &mut ours)?;
        service.stop()?;
        behind = 0;
        let Some(peer) = &peer else { continue };
        let from = kafka::ends(&brokers, debezium::TOPIC)?;
        let service = peer.start(&run.ground)?;
        measure(&brokers, debezium::TOPIC, &from, rows, &service, &mut theirs)?;
        service.stop()?;
    }
    ours[..2].iter().chain(&theirs).for_each(Figure::tell);
    ours[2].tell_goal(Goal::Most(100.0));
    ours[0].tell_ratio("capture.rows.ratio", &theirs[0], Some(3.0));
    theirs[1].tell_ratio("capture.cpu.ratio", &ours[1], None);
    Ok(())
}

/// Debezium with a position of its own, one row past where it began.
fn peer(run: &mut Run<'_>) -> Outcome<Debezium> {
    let peer = Debezium::prepare(&run.ground, Duration::from_millis(500))?;
    let first = peer.start(&run.ground)?;
    run.rows.write(1)?;
    await_records(&run.ground.brokers(), debezium::TOPIC, &[0; 8], 1)?;
    first.stop()?;
    Ok(peer)
}

#[expect(clippy::cast_precision_loss, reason = "a count of rows")]
fn measure(
    brokers: &str,
    topic: &str,
    from: &[i64],
    rows: u64,
    program: &crate::program::Program,
    figures: &mut [Figure; 3],
) -> Outcome<()> {
    let rate = await_records(brokers, topic, from, rows)
        .map_err(|why| format!("{why}\n{}", program.end_of_log()))?;
    let cost = program.cost()?;
    figures[0].add(rate);
    figures[1].add(cost.cpu.as_secs_f64() * 1e6 / rows as f64);
    figures[2].add(cost.peak);
    Ok(())
}

fn await_records(brokers: &str, topic: &str, from: &[i64], records: u64) -> Outcome<f64> {
    let consumer = kafka::reader(brokers)?;
    kafka::assign(&consumer, topic, from)?;
    kafka::read(&consumer, records, PATIENCE, |_| Ok(()))
}
