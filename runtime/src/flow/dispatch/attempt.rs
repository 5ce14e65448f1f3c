//! Trying until it works, as often as the rule says: backoff with jitter between attempts, and no attempt burned while the
//! database or an external system is down.
//! It must not know: what is tried.

use std::future::Future;
use std::time::Duration;

use super::job::Job;
use crate::failure::{Failure, Kind};
use crate::flow::Stop;
use crate::retry::Retry;

/// How it ended.
#[derive(Debug)]
pub(super) enum Ended<T> {
    Done(T),
    /// For good, after so many attempts.
    Failed(Failure, u32),
    /// The partition has gone, or the service stops: someone will try again later.
    Abandoned,
}

/// The rules of trying.
pub(super) struct Rules<'r> {
    pub(super) retry: Retry,
    /// The longest pause while something is down.
    pub(super) outage: Duration,
    pub(super) stop: &'r Stop,
}

/// Tries. `again` is told of every failure that is followed by another attempt.
pub(super) async fn persist<T, F: Future<Output = Result<T, Failure>>>(
    rules: &Rules<'_>,
    job: &Job,
    again: impl Fn(&Failure, Duration),
    attempt: impl Fn() -> F,
) -> Ended<T> {
    let (mut attempts, mut outages) = (0, 0);
    let outage = Retry::DEFAULT.backoff(Duration::from_millis(100).min(rules.outage), rules.outage);
    loop {
        if job.is_gone() || rules.stop.asked() {
            return Ended::Abandoned;
        }
        let failure = match attempt().await {
            Ok(done) => return Ended::Done(done),
            Err(failure) => failure,
        };
        let dice = uuid::Uuid::new_v4().as_u128() as u64;
        let pause = match failure.kind {
            Kind::ForGood => return Ended::Failed(failure, attempts + 1),
            Kind::Unavailable => {
                outages += 1;
                outage.pause(outages, dice)
            }
            Kind::TryAgain => {
                attempts += 1;
                outages = 0;
                if attempts > rules.retry.times {
                    return Ended::Failed(failure, attempts);
                }
                rules.retry.pause(attempts, dice)
            }
        };
        again(&failure, pause);
        rules.stop.sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::flow::dispatch::job;
    use crate::log::Record;

    fn job() -> Job {
        let record = Record {
            topic: "t".into(),
            partition: 0,
            offset: 0,
            key: None,
            headers: vec![],
            body: None,
            written_at: 0,
        };
        Job::new(
            job::Kind::Poison("", String::new()),
            record,
            Default::default(),
            job::Hands::Many(Vec::new()),
            None,
            std::time::Instant::now(),
        )
    }

    async fn tried(failures: &[Failure], times: u32) -> (Ended<()>, u32) {
        let (stop, count) = (Stop::new(), AtomicU32::new(0));
        let retry = Retry::times(times).backoff(Duration::from_millis(1), Duration::from_millis(2));
        let rules = Rules { retry, outage: Duration::from_millis(1), stop: &stop };
        let attempt = || {
            let n = count.fetch_add(1, Ordering::SeqCst) as usize;
            let outcome = failures.get(n).cloned().map_or(Ok(()), Err);
            async move { outcome }
        };
        let ended = persist(&rules, &job(), |_, _| {}, attempt).await;
        (ended, count.into_inner())
    }

    #[tokio::test]
    async fn an_outage_burns_no_attempt() {
        let down = vec![Failure::unavailable("down"); 20];
        assert!(matches!(tried(&down, 2).await, (Ended::Done(()), 21)));
    }

    #[tokio::test]
    async fn attempts_are_used_up() {
        let failing = vec![Failure::try_again("busy"); 20];
        assert!(matches!(tried(&failing, 2).await, (Ended::Failed(_, 3), 3)));
        let hopeless = vec![Failure::for_good("never"); 20];
        assert!(matches!(tried(&hopeless, 2).await, (Ended::Failed(_, 1), 1)));
    }
}
