//! Events a second through the dispatcher: to a handler that does nothing, to one that waits a millisecond, and past a
//! service that asks for none of them; against a loop that only polls.

use super::publish::EVENTS;
use super::{Run, peer};
use crate::events::Sample;
use crate::figure::Figure;
use crate::program::Program;
use crate::{Outcome, kafka};

pub(super) fn work(run: &mut Run<'_>) -> Outcome<()> {
    let (brokers, events) = (run.ground.brokers(), run.task.rows);
    let sample = sample(run)?;
    let mut figures = ["dispatch.idle", "dispatch.1ms", "dispatch.poll"].map(|name| Figure::new(name, "/s"));
    let mut number = 1;
    let settings = [("STORM_DATABASE__URL", "none"), ("STORM_DISPATCH__START", "beginning")];
    // The group begins at the beginning and has it all before the first round.
    await_all(run, "reactions", &settings, 1)?;
    for _ in 0..run.task.runs {
        for (figure, pause) in [(0, "0"), (1, "1")] {
            let from = kafka::ends(&brokers, EVENTS)?;
            sample.write(&brokers, EVENTS, number, events)?;
            number += events;
            let mut settings = settings.to_vec();
            settings.extend([("STORM_HANDLERS__PAUSE_MS", pause), ("STORM_DISPATCH__LANES", "256")]);
            let mut service = run.ground.service("reactions", Some("dispatch"), &settings)?;
            figures[figure].add(service.rate(events, done)?);
            service.stop()?;
            if figure == 0 {
                figures[2].add(peer(run, "poll", EVENTS, &from, "", events)?);
            }
        }
    }
    figures.iter().for_each(Figure::tell);
    figures[0].tell_ratio("dispatch.idle.ratio", &figures[2]);
    Ok(())
}

pub(super) fn skip(run: &mut Run<'_>) -> Outcome<()> {
    // A scan is quick: more of them, so that it takes a while.
    let (brokers, events) = (run.ground.brokers(), run.task.rows * 5);
    let sample = sample(run)?;
    let (mut ours, mut theirs) = (Figure::new("skip.ours", "/s"), Figure::new("skip.poll", "/s"));
    let mut cpu = Figure::new("skip.cpu", "us/record");
    let settings = [("STORM_DATABASE__URL", "none"), ("STORM_DISPATCH__START", "now")];
    run.ground.service("corrections", Some("dispatch"), &settings)?.stop()?;
    for round in 0..u64::from(run.task.runs) {
        let from = kafka::ends(&brokers, EVENTS)?;
        sample.write(&brokers, EVENTS, 1_000_000_000 + round * events, events)?;
        let mut service = run.ground.service("corrections", Some("dispatch"), &settings)?;
        ours.add(service.rate(events, |it| it.metric("storm_passed_over_total", &[]))?);
        #[expect(clippy::cast_precision_loss, reason = "a count of records")]
        cpu.add(service.cost()?.cpu.as_secs_f64() * 1e6 / events as f64);
        service.stop()?;
        theirs.add(peer(run, "poll", EVENTS, &from, "", events)?);
    }
    ours.tell();
    theirs.tell();
    cpu.tell();
    ours.tell_ratio("skip.ratio", &theirs);
    Ok(())
}

/// A real event: one row's, captured and published.
fn sample(run: &mut Run<'_>) -> Outcome<Sample> {
    let brokers = run.ground.brokers();
    let service = run.ground.service("readings", None, &[])?;
    let from = kafka::ends(&brokers, EVENTS)?;
    run.rows.write(1)?;
    let sample = Sample::take(&brokers, EVENTS, &from)?;
    service.stop()?;
    Ok(sample)
}

#[expect(clippy::cast_precision_loss, reason = "a count of records")]
fn await_all(run: &Run<'_>, context: &str, settings: &[(&str, &str)], events: u64) -> Outcome<()> {
    let mut service = run.ground.service(context, Some("dispatch"), settings)?;
    service.wait_until("level", |it| done(it) >= events as f64)?;
    service.stop()
}

/// Commands that the handler did.
fn done(service: &Program) -> f64 {
    service.metric("storm_commands_total", &["\"done\""])
}
