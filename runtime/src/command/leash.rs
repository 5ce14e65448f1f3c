//! What a handler may do to others: a panic is contained in its attempt, an attempt ends at its time limit, and a handler
//! that blocks its thread is moved to a thread of its own and named.
//! It must not know: transactions, retries.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::runtime::{Handle, RuntimeFlavor};

use super::Handling;
use crate::failure::Failure;

/// A handler that holds its thread this long blocks it.
const BLOCKS: Duration = Duration::from_millis(100);
/// After so many short turns a handler is trusted not to block.
const PROVEN: u32 = 64;

/// How one attempt of a handler ended.
#[derive(Debug)]
pub(crate) enum Ended {
    Returned(Result<(), Failure>),
    /// It panicked: what it was in the middle of is unknown.
    Panicked,
    /// It did not return within this time: as above.
    Overdue(Duration),
}

impl Ended {
    /// As a result: a panic or a missed limit is tried again.
    pub(crate) fn outcome(self) -> Result<(), Failure> {
        match self {
            Self::Returned(outcome) => outcome,
            Self::Panicked => Err(Failure::panicked()),
            Self::Overdue(limit) => Err(Failure::overdue(limit)),
        }
    }
}

/// The commands of a service and the seats in which their handlers run.
#[derive(Debug)]
pub(crate) struct Watch {
    begun: Instant,
    commands: Vec<(&'static str, Trust)>,
    seats: Vec<Seat>,
}

/// Who sits in a seat, and since when: milliseconds since the watch began, 0 when nobody does.
#[derive(Debug, Default)]
struct Seat {
    since: AtomicU64,
    command: AtomicUsize,
}

/// Short turns since the last long one. A handler that is not trusted takes its turns where it blocks nobody else, which
/// costs a hand-over each.
#[derive(Debug, Default)]
struct Trust(AtomicU32);

/// What holds one attempt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leash<'l> {
    limit: Duration,
    watched: Option<(&'l Watch, usize)>,
}

/// A handler that has been running for long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Slow {
    pub(crate) seat: usize,
    pub(crate) command: &'static str,
    pub(crate) running: Duration,
}

impl Watch {
    /// For these commands, run in so many seats.
    pub(crate) fn new(commands: impl IntoIterator<Item = &'static str>, seats: usize) -> Self {
        let commands = commands.into_iter().map(|name| (name, Trust::default())).collect();
        Self { begun: Instant::now(), commands, seats: (0..seats).map(|_| Seat::default()).collect() }
    }

    /// The handlers that run at the moment, each with its seat.
    pub(crate) fn running(&self) -> impl Iterator<Item = Slow> {
        let now = self.at(Instant::now());
        self.seats.iter().enumerate().filter_map(move |(seat, taken)| {
            let since = taken.since.load(Ordering::Relaxed);
            let (command, _) = self.commands.get(taken.command.load(Ordering::Relaxed))?;
            let running = Duration::from_millis(now.saturating_sub(since));
            (since > 0).then_some(Slow { seat, command, running })
        })
    }

    /// True when this command's handler has shown that it does not block, or is not ours.
    pub(crate) fn trusts(&self, command: &str) -> bool {
        let known = self.commands.iter().find(|(name, _)| *name == command);
        known.is_none_or(|(_, trust)| trust.is_proven())
    }

    fn at(&self, now: Instant) -> u64 {
        // Never 0: that is an empty seat.
        now.duration_since(self.begun).as_millis() as u64 + 1
    }
}

impl Trust {
    fn is_proven(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= PROVEN
    }

    /// A turn took so long. True when that is the first long one after short ones.
    fn took(&self, time: Duration) -> bool {
        if time >= BLOCKS {
            return self.0.swap(0, Ordering::Relaxed) > 0;
        }
        let count = self.0.load(Ordering::Relaxed);
        if count < PROVEN {
            self.0.store(count + 1, Ordering::Relaxed);
        }
        false
    }
}

impl<'l> Leash<'l> {
    /// A limit alone.
    pub(crate) fn of(limit: Duration) -> Self {
        Self { limit, watched: None }
    }

    /// With someone who watches this seat.
    pub(crate) fn watched(limit: Duration, watch: &'l Watch, seat: usize) -> Self {
        Self { limit, watched: Some((watch, seat)) }
    }

    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }

    /// Lets a handler of `command` run: to its end, its panic or its limit.
    pub(crate) async fn hold(&self, command: &str, handling: Handling<'_>) -> Ended {
        let begun = Instant::now();
        let watched = self.watched.and_then(|(watch, seat)| {
            let known = watch.commands.iter().position(|(name, _)| *name == command)?;
            watch.seats[seat].command.store(known, Ordering::Relaxed);
            watch.seats[seat].since.store(watch.at(begun), Ordering::Relaxed);
            Some((&watch.seats[seat], &watch.commands[known]))
        });
        let command = watched.map(|(_, command)| command);
        let mut contained = pin!(Contained { handling, command, begun: Some(begun) });
        let mut limit = pin!(None);
        let ended = std::future::poll_fn(|context| {
            if let Poll::Ready(outcome) = contained.as_mut().poll(context) {
                return Poll::Ready(outcome.map_or(Ended::Panicked, Ended::Returned));
            }
            // A timer costs something: a handler that never waits needs none.
            if limit.is_none() {
                limit.set(Some(tokio::time::sleep(self.limit.saturating_sub(begun.elapsed()))));
            }
            let is_over = limit.as_mut().as_pin_mut().is_some_and(|limit| limit.poll(context).is_ready());
            if is_over { Poll::Ready(Ended::Overdue(self.limit)) } else { Poll::Pending }
        });
        let ended = ended.await;
        if let Some((seat, _)) = watched {
            seat.since.store(0, Ordering::Relaxed);
        }
        ended
    }
}

/// A handler whose panics are data and whose long turns are noticed.
struct Contained<'a> {
    handling: Handling<'a>,
    command: Option<&'a (&'static str, Trust)>,
    /// When its first turn began, until it is over: a clock costs more than many a handler.
    begun: Option<Instant>,
}

impl Future for Contained<'_> {
    type Output = Result<Result<(), Failure>, Box<dyn Any + Send>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let (command, begun) = (self.command, self.begun.take());
        let mut turn = || std::panic::catch_unwind(AssertUnwindSafe(|| self.handling.as_mut().poll(context)));
        let Some((name, trust)) = command else { return flat(turn()) };
        let start = begun.unwrap_or_else(Instant::now);
        let polled = if trust.is_proven() || Handle::current().runtime_flavor() != RuntimeFlavor::MultiThread
        {
            turn()
        } else {
            tokio::task::block_in_place(turn)
        };
        let time = start.elapsed();
        if trust.took(time) {
            let ms = time.as_millis() as u64;
            tracing::warn!(target: "storm::dispatch", code = "H-109", command = name, ms,
                "a handler blocked its thread: it gets threads of its own from now on");
        }
        flat(polled)
    }
}

fn flat<T>(polled: Result<Poll<T>, Box<dyn Any + Send>>) -> Poll<Result<T, Box<dyn Any + Send>>> {
    match polled {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(outcome)) => Poll::Ready(Ok(outcome)),
        Err(panic) => Poll::Ready(Err(panic)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_and_an_endless_handler_are_data() {
        let leash = Leash::of(Duration::from_millis(20));
        let panics: Handling<'_> = Box::pin(async { panic!("in the middle") });
        assert!(matches!(leash.hold("a.Panics", panics).await, Ended::Panicked));
        let endless: Handling<'_> = Box::pin(std::future::pending());
        assert!(matches!(leash.hold("a.Endless", endless).await, Ended::Overdue(_)));
        let fine: Handling<'_> = Box::pin(async { Ok(()) });
        assert!(matches!(leash.hold("a.Fine", fine).await, Ended::Returned(Ok(()))));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_handler_that_blocks_stops_nobody_else() {
        let watch = std::sync::Arc::new(Watch::new(["a.Blocks"], 4));
        let (let_go, held) = std::sync::mpsc::channel::<()>();
        let at_work = watch.clone();
        let blocking = tokio::spawn(async move {
            let leash = Leash::watched(Duration::from_secs(60), &at_work, 3);
            let blocks = async move {
                held.recv().expect("the test lets go");
                tokio::task::yield_now().await;
                Ok(())
            };
            leash.hold("a.Blocks", Box::pin(blocks)).await
        });
        // On the only worker, while that one waits.
        let others = tokio::spawn(async move {
            while watch.running().next().is_none_or(|slow| slow.running < BLOCKS) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let slow = watch.running().next().map(|slow| (slow.seat, slow.command));
            let_go.send(()).expect("the handler waits");
            (slow, watch)
        });
        let (slow, watch) = others.await.expect("nobody else is stopped");
        assert_eq!(slow, Some((3, "a.Blocks")));
        assert!(matches!(blocking.await, Ok(Ended::Returned(Ok(())))));
        assert!(!watch.trusts("a.Blocks"));
        assert!(watch.running().next().is_none());
    }
}
