//! Which due times of a schedule are run now, decided by the clock, the last due time that was dealt with, and the rule
//! for those that were missed. All times are UTC: there is no summer time.
//! It must not know: Kafka, or how time passes.

use std::time::Duration;

use chrono::Timelike;
use croner::Cron;

use crate::Timestamp;
use crate::config::Missed;

/// No more missed due times are counted at once than this.
const COUNTED: u64 = 10_000;

/// What is done with due times that nobody was there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) missed: Missed,
    /// Of those that are caught up, the latest so many.
    pub(crate) at_most: usize,
    /// How late a due time may be run as if it were on time.
    pub(crate) grace: Duration,
}

/// What is to be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Due {
    /// The due times to run, oldest first.
    pub(super) run: Vec<Timestamp>,
    /// How many of those were missed and are caught up.
    pub(super) caught_up: u64,
    /// How many are passed by, or so many and more when it is [`COUNTED`].
    pub(super) passed_by: u64,
    /// The last due time that is dealt with hereby.
    pub(super) last: Timestamp,
}

/// The due times after `last` up to `now` and what becomes of each; nothing when there is none. Each due time within the
/// grace is run. Of older ones `skip` runs none, `all` the latest so many, and `once` the latest, unless a later one is
/// run anyway.
pub(super) fn due(cron: &Cron, last: Timestamp, now: Timestamp, rule: &Rule) -> Option<Due> {
    let grace = chrono::TimeDelta::from_std(rule.grace).unwrap_or(chrono::TimeDelta::MAX);
    let (mut run, mut caught_up, mut passed_by) = (Vec::new(), 0, 0);
    // Due times are whole seconds.
    let mut at = now.with_nanosecond(0).unwrap_or(now);
    let mut inclusive = true;
    while let Ok(time) = cron.find_previous_occurrence(&at, inclusive) {
        if time <= last || passed_by == COUNTED {
            break;
        }
        (at, inclusive) = (time, false);
        let may_run = match rule.missed {
            _ if now - time <= grace => true,
            Missed::Skip => false,
            Missed::Once => run.is_empty(),
            Missed::All => caught_up < rule.at_most as u64,
        };
        if may_run {
            caught_up += u64::from(now - time > grace);
            run.push(time);
        } else {
            passed_by += 1;
        }
    }
    run.reverse();
    let newest = cron.find_previous_occurrence(&now.with_nanosecond(0).unwrap_or(now), true).ok()?;
    (newest > last).then_some(Due { run, caught_up, passed_by, last: newest })
}

/// The next due time; none when the expression never is.
pub(super) fn next(cron: &Cron, last: Timestamp, now: Timestamp) -> Option<Timestamp> {
    cron.find_next_occurrence(&last.max(now), false).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-03-29T{text}Z").parse().unwrap()
    }

    /// `last`, `now`, the rule, the due times that run, how many of them are caught up, how many are passed by.
    type Case = (&'static str, &'static str, Missed, &'static [&'static str], u64, u64);

    fn hold(cron: &str, at_most: usize, cases: &[Case]) {
        let cron: Cron = cron.parse().unwrap();
        for (last, now, missed, run, caught_up, passed_by) in cases {
            let rule = Rule { missed: *missed, at_most, grace: Duration::from_secs(30) };
            let got = due(&cron, at(last), at(now), &rule);
            let got = got.map(|due| {
                let run: Vec<String> = due.run.iter().map(|t| t.format("%H:%M:%S").to_string()).collect();
                (run, due.caught_up, due.passed_by)
            });
            let run: Vec<String> = run.iter().map(|text| (*text).to_owned()).collect();
            let nothing = run.is_empty() && *passed_by == 0;
            let want = (!nothing).then_some((run, *caught_up, *passed_by));
            assert_eq!(got, want, "{cron} after {last} at {now} with {missed:?}");
        }
    }

    #[test]
    fn what_is_on_time_runs_and_what_was_missed_follows_its_rule() {
        use Missed::{All, Once, Skip};
        let cases: [Case; 13] = [
            // Nothing is due: not yet, just dealt with, or the clock was set back.
            ("12:05:00", "12:09:59.999", Once, &[], 0, 0),
            ("12:05:00", "12:05:00", Once, &[], 0, 0),
            ("12:05:00", "11:00:00", All, &[], 0, 0),
            // On time, to the fraction of a second, or a little late.
            ("12:05:00", "12:10:00.001", Once, &["12:10:00"], 0, 0),
            ("12:05:00", "12:10:30", Skip, &["12:10:00"], 0, 0),
            // One was missed.
            ("12:05:00", "12:11:00", Once, &["12:10:00"], 1, 0),
            ("12:05:00", "12:11:00", All, &["12:10:00"], 1, 0),
            ("12:05:00", "12:11:00", Skip, &[], 0, 1),
            // Many were missed, none is on time.
            ("11:00:00", "12:11:00", Once, &["12:10:00"], 1, 13),
            ("11:00:00", "12:11:00", All, &["12:00:00", "12:05:00", "12:10:00"], 3, 11),
            ("11:00:00", "12:11:00", Skip, &[], 0, 14),
            // Some were missed and one is on time: that one is the one run of `once`.
            ("12:00:00", "12:15:02", Once, &["12:15:00"], 0, 2),
            ("12:00:00", "12:15:02", All, &["12:05:00", "12:10:00", "12:15:00"], 2, 0),
        ];
        hold("*/5 * * * *", 3, &cases);
    }

    #[test]
    fn every_second_within_the_grace_runs() {
        const RUN: &[&str] = &["12:00:01", "12:00:02", "12:00:03"];
        hold("* * * * * *", 1, &[("12:00:00", "12:00:03.7", Missed::Skip, RUN, 0, 0)]);
    }

    #[test]
    fn the_night_of_a_clock_change_has_every_hour_once() {
        const NIGHT: &[&str] = &["00:30:00", "01:30:00", "02:30:00", "03:30:00"];
        hold("30 * * * *", 9, &[("00:00:00", "04:10:00", Missed::All, NIGHT, 4, 0)]);
    }

    #[test]
    fn a_long_absence_is_counted_to_a_bound_and_dealt_with_whole() {
        let cron: Cron = "* * * * * *".parse().unwrap();
        let rule = Rule { missed: Missed::Once, at_most: 1, grace: Duration::ZERO };
        let (last, now) = ("2020-01-01T00:00:00Z".parse().unwrap(), at("12:00:00"));
        let due = due(&cron, last, now, &rule).unwrap();
        assert_eq!((due.run, due.passed_by, due.last), (vec![now], COUNTED, now));
    }

    #[test]
    fn the_next_due_time_is_after_the_last_one_even_when_the_clock_was_set_back() {
        let cron: Cron = "*/5 * * * *".parse().unwrap();
        assert_eq!(next(&cron, at("12:05:00"), at("12:07:00")), Some(at("12:10:00")));
        assert_eq!(next(&cron, at("12:05:00"), at("11:00:00")), Some(at("12:10:00")));
        assert_eq!(next(&cron, at("11:00:00"), at("12:10:00")), Some(at("12:15:00")));
        let never: Cron = "0 0 30 2 *".parse().unwrap();
        assert_eq!(next(&never, at("12:05:00"), at("12:07:00")), None);
        let rule = Rule { missed: Missed::Once, at_most: 1, grace: Duration::ZERO };
        assert_eq!(due(&never, at("12:05:00"), at("12:07:00"), &rule), None);
    }

    /// Whatever the restarts: each due time is run or passed by once.
    #[test]
    fn restarts_at_any_moment_run_nothing_twice() {
        let cron: Cron = "*/5 * * * *".parse().unwrap();
        let rule = Rule { missed: Missed::All, at_most: 100, grace: Duration::from_secs(30) };
        let (mut last, mut now, mut run) = (at("00:00:00"), at("00:00:00"), Vec::new());
        let mut dice: i64 = 7;
        while now < at("20:00:00") {
            // From a second to most of an hour, and sometimes backwards.
            dice = dice * 48_271 % 2_147_483_647;
            now += chrono::TimeDelta::seconds(dice % 3_000 - 300);
            if let Some(due) = due(&cron, last, now, &rule) {
                run.extend(due.run);
                last = due.last;
            }
        }
        let all: Vec<Timestamp> = cron.iter_after(at("00:00:00")).take_while(|time| *time <= last).collect();
        assert_eq!(run, all);
    }
}
