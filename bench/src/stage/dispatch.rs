//! Events a second through the dispatcher: to a handler that does nothing, to one that waits a millisecond, and past a
//! service that asks for none of them; against a loop that only polls.

use super::publish::EVENTS;
use super::{Run, peer};
use crate::events::Sample;
use crate::figure::{Figure, Goal, note};
use crate::program::{Cost, Program};
use crate::{Outcome, kafka};

pub(super) fn work(run: &mut Run<'_>) -> Outcome<()> {
    let (brokers, events) = (run.ground.brokers(), run.task.rows);
    note(&format!(
        "dispatch: {events} events of 7 headers a round, each with a key of its own, 8 partitions, 256 lanes, a handler \
         without a database; one loop polls the same events and looks at nothing, another copies each \
         record out with its headers"
    ));
    let sample = sample(run)?;
    let mut rates = ["dispatch.idle", "dispatch.1ms", "dispatch.poll", "dispatch.read"]
        .map(|name| Figure::new(name, "/s"));
    let mut cpu = ["dispatch.cpu.idle", "dispatch.cpu.1ms", "dispatch.cpu.poll", "dispatch.cpu.read"]
        .map(|name| Figure::new(name, "us/record"));
    let mut peak = Figure::new("dispatch.peak", "MiB");
    let mut number = 1;
    let settings = [("STORM_DATABASE__URL", "none"), ("STORM_DISPATCH__START", "beginning")];
    // The group begins at the beginning and has it all before the first round.
    begin(run, "reactions", &settings, 1.0)?;
    for _ in 0..run.task.runs {
        for (figure, pause) in [(0, "0"), (1, "1")] {
            let from = kafka::ends(&brokers, EVENTS)?;
            sample.write(&brokers, EVENTS, number, events)?;
            number += events;
            let mut settings = settings.to_vec();
            settings.extend([("STORM_HANDLERS__PAUSE_MS", pause), ("STORM_DISPATCH__LANES", "256")]);
            let mut service = run.ground.service("reactions", Some("dispatch"), &settings)?;
            rates[figure].add(service.rate(events, done)?);
            let cost = service.cost()?;
            cpu[figure].add(per_record(&cost, events));
            peak.add(cost.peak);
            service.stop()?;
            if figure == 0 {
                for (figure, kind) in [(2, "poll"), (3, "read")] {
                    let [rate, each] = peer(run, kind, EVENTS, &from, "", events)?;
                    rates[figure].add(rate);
                    cpu[figure].add(each);
                }
            }
        }
    }
    rates[0].tell();
    rates[1].tell_goal(Goal::Least(60_000.0));
    rates[2..].iter().chain(&cpu).for_each(Figure::tell);
    peak.tell_goal(Goal::Most(100.0));
    rates[0].tell_ratio("dispatch.idle.ratio", &rates[2], Some(0.8));
    rates[0].tell_ratio("dispatch.idle.ratio.read", &rates[3], None);
    cpu[2].tell_ratio("dispatch.cpu.ratio", &cpu[0], None);
    cpu[3].tell_ratio("dispatch.cpu.ratio.read", &cpu[0], None);
    Ok(())
}

pub(super) fn skip(run: &mut Run<'_>) -> Outcome<()> {
    // A scan is quick: more of them, so that it takes a while.
    let (brokers, events) = (run.ground.brokers(), run.task.rows * 5);
    note(&format!(
        "skip: {events} events of 7 headers a round that nobody asks for; the loop polls and looks at nothing"
    ));
    let sample = sample(run)?;
    let rate = |who: &str| Figure::new(format!("skip.{who}"), "/s");
    let (mut ours, mut a_core, mut theirs) = (rate("ours"), rate("a_core"), rate("poll"));
    let cpu = |who: &str| Figure::new(format!("skip.cpu.{who}"), "us/record");
    let (mut cpu, mut their_cpu) = (cpu("ours"), cpu("poll"));
    let settings = [("STORM_DATABASE__URL", "none"), ("STORM_DISPATCH__START", "now")];
    begin(run, "corrections", &settings, 0.0)?;
    for round in 0..u64::from(run.task.runs) {
        let from = kafka::ends(&brokers, EVENTS)?;
        sample.write(&brokers, EVENTS, 1_000_000_000 + round * events, events)?;
        let mut service = run.ground.service("corrections", Some("dispatch"), &settings)?;
        ours.add(service.rate(events, |it| it.metric("storm_passed_over_total", &[]))?);
        let each = per_record(&service.cost()?, events);
        cpu.add(each);
        a_core.add(1e6 / each);
        service.stop()?;
        let [rate, each] = peer(run, "poll", EVENTS, &from, "", events)?;
        theirs.add(rate);
        their_cpu.add(each);
    }
    [&ours, &theirs, &cpu, &their_cpu].into_iter().for_each(Figure::tell);
    a_core.tell_goal(Goal::Least(600_000.0));
    ours.tell_ratio("skip.ratio", &theirs, None);
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a count of records")]
fn per_record(cost: &Cost, records: u64) -> f64 {
    cost.cpu.as_secs_f64() * 1e6 / records as f64
}

/// Starts a service whole, once, until it has done so many commands: its dispatcher alone waits until its source was
/// captured for the first time.
fn begin(run: &Run<'_>, context: &str, settings: &[(&str, &str)], commands: f64) -> Outcome<()> {
    let mut service = run.ground.service(context, None, settings)?;
    service.wait_until("level", |it| done(it) >= commands)?;
    service.stop()
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

/// Commands that the handler did.
fn done(service: &Program) -> f64 {
    service.metric("storm_commands_total", &["\"done\""])
}
