//! A service that runs on a rig, until its test stops it.
//! It must not know: how it was started.

use std::sync::Arc;
use std::time::Duration;

use crate::assembly::Loops;
use crate::door::Door;
use crate::fault::Fault;
use crate::flow::{Begun, Stop};
use crate::telemetry::Meters;

/// Nobody waits longer for a service to begin: the machine may be slow, and a group may have to elect anew.
const PATIENCE: Duration = Duration::from_secs(180);

/// A service that runs.
pub struct Running {
    pub(super) loops: Loops,
    pub(super) stop: Stop,
    pub(super) begun: Begun,
    pub(super) meters: Arc<Meters>,
    pub(super) door: Option<Door>,
    pub(super) _asked: AskedAtLast,
}

/// A service whose test has failed is asked to stop, so that it takes nothing from the next one.
pub(super) struct AskedAtLast(pub(super) Stop);

impl Drop for AskedAtLast {
    fn drop(&mut self) {
        self.0.ask();
    }
}

impl Running {
    /// Waits until every loop has begun: what happens from now on is captured.
    ///
    /// # Panics
    /// When a loop halts before, or one has not begun after three minutes.
    pub async fn ready(&mut self) {
        self.ready_within(PATIENCE).await;
    }

    /// As [`Running::ready`], with a patience of one's own.
    ///
    /// # Panics
    /// When a loop halts before, or one has not begun by then: with the loops that are waited for, and what the service
    /// says of itself.
    pub async fn ready_within(&mut self, patience: Duration) {
        let begun = self.begun.clone();
        let in_time = self.outlives(tokio::time::timeout(patience, begun.all())).await.is_ok();
        assert!(
            in_time,
            "after {patience:?} these loops have not begun: {:?}; the service says of itself:\n{}",
            self.begun.awaited(),
            self.complaints()
        );
    }

    /// What /metrics shows of errors and of connections.
    fn complaints(&self) -> String {
        let telling = [
            "storm_ready{",
            "storm_errors_total{",
            "storm_failures_total{",
            "storm_kafka_connected_brokers{",
        ];
        let text = self.metrics();
        let lines = text.lines().filter(|line| telling.iter().any(|metric| line.starts_with(metric)));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// A look at what /readyz says: true while every loop has begun and none has lost its brokers.
    pub fn readiness(&self) -> impl Fn() -> bool + use<> {
        let begun = self.begun.clone();
        move || begun.are_all()
    }

    /// Asks it to stop, as SIGTERM would, and waits until it has drained.
    ///
    /// # Errors
    /// A loop had halted.
    pub async fn stop(self) -> Result<(), Fault> {
        self.stop.ask();
        self.ended().await
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    /// The fault that halted it.
    pub async fn ended(mut self) -> Result<(), Fault> {
        let ended = crate::entry::watch(&mut self.loops, &self.stop, || {}).await;
        if let Some(door) = self.door {
            door.closed(crate::seconds(5)).await;
        }
        ended
    }

    /// Waits for something else, holding this service to run meanwhile. A loop that has nothing to do may end.
    ///
    /// # Panics
    /// When a loop halts before.
    pub async fn outlives<T>(&mut self, what: impl Future<Output = T>) -> T {
        let mut what = std::pin::pin!(what);
        loop {
            tokio::select! {
                biased;
                done = &mut what => return done,
                Some((name, ended)) = self.loops.next_end() => {
                    if let Err(fault) = ended {
                        panic!("`{name}` halted: {} {}", fault.code, fault.message);
                    }
                }
            }
        }
    }

    /// A look at what /metrics says, also while this service is waited for.
    pub fn look(&self) -> impl Fn() -> String + Send + use<> {
        let meters = self.meters.clone();
        move || meters.text()
    }

    /// What /metrics would say.
    pub fn metrics(&self) -> String {
        self.meters.text()
    }
}
