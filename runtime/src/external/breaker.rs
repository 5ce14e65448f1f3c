//! A breaker: after some outages one after the other nothing is called for a while; then one call tries, and its outcome
//! decides for all.
//! It must not know: what is called.

use std::time::Duration;

use tokio::time::Instant;

/// Where a breaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Calls are made; so many outages came one after the other.
    Closed(u32),
    /// Nothing is called until then.
    Open(Instant),
    /// One call is trying.
    Trying,
}

#[derive(Debug)]
pub(super) struct Breaker {
    state: State,
    failures: u32,
    pause: Duration,
}

impl Breaker {
    /// Opens after `failures` outages one after the other, for as long as `pause`.
    pub(super) fn new(failures: u32, pause: Duration) -> Self {
        Self { state: State::Closed(0), failures, pause }
    }

    pub(super) fn state(&self) -> State {
        self.state
    }

    /// May a call be made now? One that may while the breaker is open is the one that tries; its outcome must be told.
    pub(super) fn admits(&mut self, now: Instant) -> bool {
        match self.state {
            State::Closed(_) => true,
            State::Trying => false,
            State::Open(until) if now < until => false,
            State::Open(_) => {
                self.state = State::Trying;
                true
            }
        }
    }

    /// A call was answered, whatever the answer.
    pub(super) fn answered(&mut self) {
        self.state = match self.state {
            // A late answer from before the outage says nothing about now.
            State::Open(until) => State::Open(until),
            State::Closed(_) | State::Trying => State::Closed(0),
        };
    }

    /// A call found the system down.
    pub(super) fn down(&mut self, now: Instant) {
        self.state = match self.state {
            State::Closed(before) if before + 1 < self.failures => State::Closed(before + 1),
            State::Closed(_) | State::Trying => State::Open(now + self.pause),
            State::Open(until) => State::Open(until),
        };
    }

    /// A call was given up before it had an outcome. If it was the one that tries, the next one may.
    pub(super) fn dropped(&mut self, now: Instant) {
        if self.state == State::Trying {
            self.state = State::Open(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn it_opens_after_outages_in_a_row_and_one_call_closes_it() {
        let (mut breaker, start) = (Breaker::new(3, PAUSE), Instant::now());
        breaker.down(start);
        breaker.down(start);
        breaker.answered();
        breaker.down(start);
        breaker.down(start);
        assert!(breaker.admits(start), "an answer between them starts the count again");
        breaker.down(start);
        assert_eq!(breaker.state(), State::Open(start + PAUSE));
        assert!(!breaker.admits(start + PAUSE / 2));
        assert!(breaker.admits(start + PAUSE), "one may try");
        assert!(!breaker.admits(start + PAUSE), "and only one");
        breaker.answered();
        assert_eq!(breaker.state(), State::Closed(0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_try_opens_it_again_and_a_dropped_one_lets_the_next_try() {
        let (mut breaker, start) = (Breaker::new(1, PAUSE), Instant::now());
        breaker.down(start);
        assert!(breaker.admits(start + PAUSE));
        breaker.down(start + PAUSE);
        assert!(!breaker.admits(start + PAUSE + PAUSE / 2));
        let later = start + 2 * PAUSE;
        assert!(breaker.admits(later));
        breaker.dropped(later);
        assert!(breaker.admits(later), "nobody waits for a call that was given up");
        breaker.answered();
        breaker.dropped(later);
        assert_eq!(
            breaker.state(),
            State::Closed(0),
            "a call that was given up while it is closed changes nothing"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_answer_does_not_close_it() {
        let (mut breaker, start) = (Breaker::new(1, PAUSE), Instant::now());
        breaker.down(start);
        breaker.answered();
        assert_eq!(breaker.state(), State::Open(start + PAUSE));
    }
}
