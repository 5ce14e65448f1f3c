//! What stands between a handler and an external system: the turn, the breaker, the time limit, and what is counted.
//! It must not know: commands, or how the system is spoken to.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::time::Instant;

use super::breaker::{Breaker, State};
use super::limits::Limits;
use super::rate::Rate;
use crate::config::{ExternalSection, Outage};
use crate::failure::{Failure, Kind};
use crate::spec::ExternalSpec;
use crate::telemetry::{Calls, Metrics};

pub(crate) struct Guard {
    name: &'static str,
    limits: Limits,
    rate: Option<Mutex<Rate>>,
    breaker: Mutex<Breaker>,
    calls: OnceLock<Calls>,
}

/// A call that was admitted: the breaker is told of its end, even when it is dropped.
struct Admitted<'g> {
    guard: &'g Guard,
    told: bool,
}

impl Guard {
    /// What stands before this system, by the model and the configuration.
    pub(crate) fn of(spec: &ExternalSpec, section: &ExternalSection) -> Self {
        Self::new(spec.name, Limits::of(spec, section))
    }

    fn new(name: &'static str, limits: Limits) -> Self {
        Self {
            name,
            limits,
            rate: limits.at_most.map(|(calls, per)| Mutex::new(Rate::new(calls, per))),
            breaker: Mutex::new(Breaker::new(limits.failures, limits.pause)),
            calls: OnceLock::new(),
        }
    }

    /// Counts here from now on. Calls before that are not counted: no loop runs then.
    pub(crate) fn count_in(&self, metrics: &Metrics) {
        let _ = self.calls.set(Calls::new(metrics, self.name));
    }

    /// Waits for a turn, then calls, no longer than the limit. An outage is what the configuration says.
    pub(super) async fn run<T, E, F>(&self, call: impl FnOnce() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, E>>,
        E: Into<Failure>,
    {
        self.guarded(call).await.map_err(|failure| match (failure.kind, self.limits.outage) {
            (Kind::Unavailable, Outage::TryAgain) => failure.taken_as(Kind::TryAgain),
            (Kind::Unavailable, Outage::GiveUp) => failure.taken_as(Kind::ForGood),
            _ => failure,
        })
    }

    async fn guarded<T, E, F>(&self, call: impl FnOnce() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, E>>,
        E: Into<Failure>,
    {
        // Nobody waits for a turn at a system that is left alone.
        if matches!(self.breaker().state(), State::Open(until) if Instant::now() < until) {
            return Err(self.refused());
        }
        let arrived = Instant::now();
        if let Some(rate) = &self.rate {
            let turn = lock(rate).turn(arrived, self.limits.wait);
            let Some(turn) = turn else {
                self.counted("crowded");
                let message = format!(
                    "`{}` is called as often as it may be, and the wait would be too long",
                    self.name
                );
                return Err(Failure::unavailable_as("H-303", message));
            };
            tokio::time::sleep_until(turn).await;
        }
        self.seen(|calls| calls.waited(arrived.elapsed()));
        if !self.breaker().admits(Instant::now()) {
            return Err(self.refused());
        }
        self.show();
        let mut admitted = Admitted { guard: self, told: false };
        let begun = Instant::now();
        let ended = tokio::time::timeout(self.limits.timeout, call()).await;
        self.seen(|calls| calls.took(begun.elapsed()));
        let ended = ended.map(|answer| answer.map_err(Into::into));
        let (outcome, is_down, result) = match ended {
            Ok(Ok(answer)) => ("answered", false, Ok(answer)),
            Ok(Err(failure)) if failure.kind == Kind::Unavailable => ("unavailable", true, Err(failure)),
            Ok(Err(failure)) => ("failed", false, Err(failure)),
            Err(_) => {
                let limit = self.limits.timeout;
                let message = format!("`{}` has not answered within {limit:?}", self.name);
                ("timeout", true, Err(Failure::unavailable_as("H-301", message)))
            }
        };
        admitted.tell(is_down);
        self.counted(outcome);
        result
    }

    fn refused(&self) -> Failure {
        self.counted("refused");
        let message = format!("`{}` is down: it is left alone for a while", self.name);
        Failure::unavailable_as("H-302", message)
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        lock(&self.breaker)
    }

    fn counted(&self, outcome: &'static str) {
        self.seen(|calls| calls.ended(outcome));
    }

    fn show(&self) {
        let level = match self.breaker().state() {
            State::Closed(_) => 0,
            State::Trying => 1,
            State::Open(_) => 2,
        };
        self.seen(|calls| calls.breaker(level));
    }

    fn seen(&self, tell: impl FnOnce(&Calls)) {
        if let Some(calls) = self.calls.get() {
            tell(calls);
        }
    }
}

impl Admitted<'_> {
    fn tell(&mut self, is_down: bool) {
        self.told = true;
        let (before, after) = {
            let mut breaker = self.guard.breaker();
            let before = breaker.state();
            if is_down {
                breaker.down(Instant::now())
            } else {
                breaker.answered()
            }
            (before, breaker.state())
        };
        self.guard.show();
        let external = self.guard.name;
        match (before, after) {
            (State::Closed(_) | State::Trying, State::Open(_)) => {
                let pause_ms = self.guard.limits.pause.as_millis() as u64;
                tracing::warn!(target: "storm::external", code = "H-302", external, pause_ms, "the breaker is open");
            }
            (State::Trying, State::Closed(_)) => {
                tracing::info!(target: "storm::external", external, "the breaker is closed again");
            }
            _ => {}
        }
    }
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        if !self.told {
            self.guard.breaker().dropped(Instant::now());
            self.guard.show();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::telemetry::Meters;

    const SECOND: Duration = Duration::from_secs(1);

    fn guard(at_most: Option<(u32, Duration)>) -> Guard {
        let (timeout, wait, pause) = (3 * SECOND, 5 * SECOND, 10 * SECOND);
        limited(Limits { timeout, at_most, wait, failures: 2, pause, outage: Outage::Wait })
    }

    fn limited(limits: Limits) -> Guard {
        Guard::new("Bank", limits)
    }

    async fn answer(guard: &Guard) -> Result<u32, Failure> {
        guard.run(|| async { Ok::<_, Failure>(7) }).await
    }

    async fn hang(guard: &Guard) -> Result<u32, Failure> {
        guard.run(std::future::pending::<Result<u32, Failure>>).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_system_that_hangs_is_left_alone_and_then_tried_again() {
        let (meters, guard) = (Meters::new(), guard(None));
        guard.count_in(&meters.of("payments"));
        let start = Instant::now();
        for _ in 0..2 {
            let failure = hang(&guard).await.unwrap_err();
            assert_eq!((failure.code, failure.kind), ("H-301", Kind::Unavailable));
        }
        assert_eq!(start.elapsed(), 6 * SECOND, "each call had its time and no more");
        let failure = answer(&guard).await.unwrap_err();
        assert_eq!((failure.code, failure.kind), ("H-302", Kind::Unavailable));
        assert_eq!(start.elapsed(), 6 * SECOND, "nobody waits for a breaker");
        let level = |level: u32| {
            format!("storm_external_breaker{{context=\"payments\",external=\"Bank\"}} {level}.0")
        };
        assert!(meters.text().contains(&level(2)), "{}", meters.text());
        tokio::time::advance(10 * SECOND).await;
        assert_eq!(answer(&guard).await, Ok(7));
        let text = meters.text();
        assert!(text.contains(&level(0)), "{text}");
        for (outcome, calls) in [("answered", 1), ("timeout", 2), ("refused", 1), ("unavailable", 0)] {
            let line = format!(
                "storm_external_calls_total{{context=\"payments\",external=\"Bank\",outcome=\"{outcome}\"}} {calls}"
            );
            assert!(text.contains(&line), "{line} in {text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_system_says_is_no_outage() {
        let guard = guard(None);
        for _ in 0..10 {
            let said = guard.run(|| async { Err::<(), _>(Failure::for_good("no such card")) }).await;
            assert_eq!(said.unwrap_err().kind, Kind::ForGood);
        }
        assert_eq!(answer(&guard).await, Ok(7), "the breaker is closed");
        let refused = std::io::ErrorKind::ConnectionRefused;
        for _ in 0..2 {
            let down = guard.run(|| async { Err::<(), _>(std::io::Error::from(refused)) }).await;
            assert_eq!(down.unwrap_err().kind, Kind::Unavailable);
        }
        assert_eq!(answer(&guard).await.unwrap_err().code, "H-302");
    }

    #[tokio::test(start_paused = true)]
    async fn callers_wait_their_turn_and_are_turned_away_when_it_is_far() {
        let guard = std::sync::Arc::new(guard(Some((2, SECOND))));
        let start = Instant::now();
        let calls: Vec<_> = (0..20)
            .map(|_| {
                let guard = guard.clone();
                tokio::spawn(async move { (answer(&guard).await, start.elapsed()) })
            })
            .collect();
        let (mut made, mut crowded) = (Vec::new(), 0);
        for call in calls {
            match call.await.unwrap() {
                (Ok(_), when) => made.push(when),
                (Err(failure), when) => {
                    assert_eq!(
                        (failure.code, failure.kind, when),
                        ("H-303", Kind::Unavailable, Duration::ZERO)
                    );
                    crowded += 1;
                }
            }
        }
        assert_eq!((made.len(), crowded), (12, 8), "two a second, up to a wait of five seconds");
        assert!(made.windows(3).all(|three| three[2] - three[0] >= SECOND), "{made:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_dropped_while_it_tries_lets_the_next_one_try() {
        let guard = guard(None);
        for _ in 0..2 {
            hang(&guard).await.unwrap_err();
        }
        tokio::time::advance(10 * SECOND).await;
        let given_up = tokio::time::timeout(SECOND, hang(&guard)).await;
        assert!(given_up.is_err(), "its handler was stopped in the middle");
        assert_eq!(answer(&guard).await, Ok(7));
    }
}
