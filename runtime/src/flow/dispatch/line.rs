//! The line of a policy or command: limits on the run and the share of its dead letters stop it, so that a fault on our
//! side does not empty a topic into the dead letters. A stopped line tries one record each pause: when it works the line
//! goes on, when it does not it is one more dead letter.
//! It must not know: what is tried, how a letter is written.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::config::DeadSection;

#[derive(Debug)]
pub(super) struct Line {
    limits: DeadSection,
    stopped: AtomicBool,
    /// Records that went through since the last one that failed: noted when the next one does.
    good: AtomicUsize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    run: u32,
    /// The last outcomes, true for a dead letter, and how many of them are.
    recent: VecDeque<bool>,
    dead: usize,
    /// Set while it is stopped: when the next record may be tried.
    again: Option<Instant>,
    trying: bool,
}

/// How a record enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// The line is open.
    Free,
    /// It is stopped, and this record is its trial.
    Trial,
    /// It is stopped: ask again after this time.
    Wait(Duration),
}

/// What becomes of a record that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A dead letter.
    Letter,
    /// A dead letter, the last one before the line stops.
    LastLetter,
    /// The line was stopped meanwhile: it enters again.
    Wait,
}

impl State {
    fn note(&mut self, dead: bool, window: usize) {
        self.run = if dead { self.run.saturating_add(1) } else { 0 };
        self.recent.push_back(dead);
        self.dead += usize::from(dead);
        while self.recent.len() > window {
            self.dead -= usize::from(self.recent.pop_front() == Some(true));
        }
    }

    fn is_too_much(&self, limits: &DeadSection) -> bool {
        let full = limits.window > 0 && self.recent.len() >= limits.window;
        let share = self.dead as f64 / self.recent.len().max(1) as f64;
        (limits.run > 0 && self.run >= limits.run) || (full && share >= limits.share)
    }
}

impl Line {
    pub(super) fn new(limits: &DeadSection) -> Self {
        let (stopped, good, state) = Default::default();
        Self { limits: limits.clone(), stopped, good, state }
    }

    /// May a record be worked on now?
    pub(super) fn enter(&self, now: Instant) -> Entry {
        if !self.stopped.load(Ordering::Acquire) {
            return Entry::Free;
        }
        let mut state = self.lock();
        match state.again {
            None => Entry::Free,
            Some(again) if again <= now && !state.trying => {
                state.trying = true;
                Entry::Trial
            }
            Some(again) => Entry::Wait(again.saturating_duration_since(now)),
        }
    }

    /// A record went through. True when the line goes on because of it.
    pub(super) fn good(&self, entry: Entry) -> bool {
        if entry != Entry::Trial {
            self.good.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        let mut state = self.lock();
        *state = State::default();
        self.good.store(0, Ordering::Relaxed);
        self.stopped.store(false, Ordering::Release);
        true
    }

    /// A record failed for good.
    pub(super) fn bad(&self, entry: Entry, now: Instant) -> Verdict {
        let mut state = self.lock();
        if entry == Entry::Trial {
            (state.again, state.trying) = (Some(now + self.limits.pause.0), false);
            return Verdict::Letter;
        }
        if state.again.is_some() {
            return Verdict::Wait;
        }
        // No more than the window remembers, and one to end a run.
        let good = self.good.swap(0, Ordering::Relaxed).min(self.limits.window + 1);
        (0..good).for_each(|_| state.note(false, self.limits.window));
        state.note(true, self.limits.window);
        if !state.is_too_much(&self.limits) {
            return Verdict::Letter;
        }
        state.again = Some(now + self.limits.pause.0);
        self.stopped.store(true, Ordering::Release);
        Verdict::LastLetter
    }

    /// A record was given up without an outcome: another one may be the trial.
    pub(super) fn undone(&self, entry: Entry) {
        if entry == Entry::Trial {
            self.lock().trying = false;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Span;

    fn line(run: u32, window: usize, share: f64) -> Line {
        Line::new(&DeadSection { run, window, share, pause: Span::seconds(60) })
    }

    #[test]
    fn a_run_stops_the_line_and_a_trial_that_works_lets_it_go_on() {
        let (line, now) = (line(3, 0, 0.5), Instant::now());
        for _ in 0..5 {
            assert_eq!(line.bad(Entry::Free, now), Verdict::Letter);
            assert_eq!(line.bad(Entry::Free, now), Verdict::Letter);
            assert!(!line.good(Entry::Free), "a success ends the run");
        }
        line.bad(Entry::Free, now);
        line.bad(Entry::Free, now);
        assert_eq!(line.bad(Entry::Free, now), Verdict::LastLetter);
        assert_eq!(line.bad(Entry::Free, now), Verdict::Wait, "what was under way meanwhile waits as well");
        assert_eq!(line.enter(now), Entry::Wait(Duration::from_secs(60)));
        let later = now + Duration::from_secs(60);
        assert_eq!(line.enter(later), Entry::Trial);
        assert!(matches!(line.enter(later), Entry::Wait(_)), "one at a time");
        assert_eq!(line.bad(Entry::Trial, later), Verdict::Letter);
        assert!(matches!(line.enter(later), Entry::Wait(_)));
        let later = later + Duration::from_secs(60);
        assert_eq!(line.enter(later), Entry::Trial);
        line.undone(Entry::Trial);
        assert_eq!(line.enter(later), Entry::Trial, "its place is free again");
        assert!(line.good(Entry::Trial));
        assert_eq!(line.enter(later), Entry::Free);
        assert_eq!(line.bad(Entry::Free, later), Verdict::Letter, "it begins anew");
    }

    #[test]
    fn a_share_of_the_last_ones_stops_the_line() {
        let (line, now) = (line(0, 10, 0.5), Instant::now());
        for _ in 0..20 {
            line.good(Entry::Free);
        }
        for n in 0..4 {
            assert_eq!(line.bad(Entry::Free, now), Verdict::Letter, "{n}");
            line.good(Entry::Free);
        }
        assert_eq!(line.bad(Entry::Free, now), Verdict::LastLetter);
    }

    #[test]
    fn no_limit_is_no_limit() {
        let (line, now) = (line(0, 0, 0.5), Instant::now());
        assert!((0..1_000).all(|_| line.bad(Entry::Free, now) == Verdict::Letter));
    }
}
