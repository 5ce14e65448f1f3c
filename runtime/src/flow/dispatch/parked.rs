//! The work on parked keys: who puts a record there, and the slow lanes that try its first record again and, once that
//! works, do what has waited behind it, in order.
//! It must not know: offsets, polling.

use std::sync::Arc;
use std::time::Instant;

use super::job::{Job, Kind};
use super::park::Spot;
use super::work::{GivenUp, Undone, Worker};
use crate::retry::Retry;
use crate::telemetry::Level;

/// How many parked keys are tried at once. Each has a seat of its own, behind those of the lanes.
pub(super) const SLOW_LANES: usize = 4;

/// What a policy has left undone: its place in the plan, and why, unless it only waits.
pub(super) type Left = (usize, Option<GivenUp>);

/// Starts the slow lanes; they end when the parking is closed.
pub(super) fn start(worker: &Arc<Worker>, on: &tokio::runtime::Handle) {
    let lanes = worker.ground.config.dispatch.lanes;
    for seat in lanes..lanes + SLOW_LANES {
        let worker = worker.clone();
        on.spawn(async move {
            while let Some(spot) = worker.parking.next().await {
                worker.try_again(spot, seat).await;
                if worker.ground.stop.asked() {
                    return;
                }
            }
        });
    }
}

impl Worker {
    /// What is parked is seen.
    pub(super) fn show_parked(&self) {
        for (index, listener) in self.plan.here() {
            let amount = |of: fn(super::park::Amount) -> f64| {
                let parking = self.parking.clone();
                move || of(parking.of(index, Instant::now()))
            };
            let name = [listener.policy.name];
            let metrics = &self.ground.metrics;
            metrics.when_read(Level::ParkedKeys, &name, amount(|parked| parked.keys as f64));
            metrics.when_read(Level::ParkedRecords, &name, amount(|parked| parked.records as f64));
            metrics.when_read(Level::ParkedSeconds, &name, amount(|parked| parked.time.as_secs_f64()));
        }
    }

    /// Parks a record for those policies.
    pub(super) fn park(&self, job: Job, left: &[Left]) {
        for (policy, why) in left {
            if let Some(why) = why {
                self.tell_parked(&job, self.plan.listeners[*policy].policy.name, why);
            }
        }
        job.park();
        // For whoever waits for quiet: nothing more comes of it soon.
        self.counted(&job.record.topic, 1);
        let left: Vec<(usize, bool)> = left.iter().map(|(policy, why)| (*policy, why.is_some())).collect();
        self.parking.add(job, &left, Instant::now());
        crate::failpoint::reach("dispatch-parked");
    }

    /// Tries a parked key's first record, and those behind it until one fails.
    async fn try_again(&self, spot: Spot, seat: usize) {
        let listener = &self.plan.listeners[spot.0];
        let at = listener.policy.name;
        let mut healed = false;
        while let Some((waiting, tried)) = self.parking.first(spot) {
            let job = &waiting.job;
            let Kind::Event(event, _) = &job.kind else { unreachable!("only events are parked") };
            // One attempt for what has used up its own; what has only waited has them all.
            let retry = if tried { Retry { times: 0, ..listener.retry } } else { listener.retry };
            let work = || self.policy(job, event, listener, retry, seat);
            match self.through(job, at, true, work).await {
                // The service stops: whoever starts next finds it on the topic.
                Err(Undone) if !job.is_gone() => return,
                Err(Undone) => {}
                Ok(None) => {
                    crate::failpoint::reach("dispatch-resumed");
                    healed = true;
                    if self.parking.through(spot, &waiting) {
                        self.ground.metrics.processed.passed(1, job.bytes as u64, job.since.elapsed());
                        job.unparked();
                        crate::failpoint::reach("dispatch-unparked");
                    }
                }
                Ok(Some(why)) => {
                    match tried {
                        true => self.ground.metrics.parked(at, why.code),
                        false => self.tell_parked(job, at, &why),
                    }
                    self.parking.failed(spot, Instant::now());
                    return;
                }
            }
        }
        if healed {
            tracing::info!(target: "storm::dispatch", at, "a parked key goes on");
        }
    }

    /// So much is parked that partitions are not read on, or they are again.
    pub(super) fn tell_full(&self, is_full: bool) {
        if !is_full {
            tracing::info!(target: "storm::dispatch", "enough is parked no more: partitions are read on");
            return;
        }
        self.ground.metrics.error("dispatch", "D-012");
        let (group, keys) = (&self.group, self.parking.keys());
        tracing::error!(target: "storm::dispatch", code = "D-012", group, keys,
            help = "mend what fails (D-011 in the log says why); or raise `dispatch.park.*`; or make dead letters of them: \
            `then = \"skip\"` in the policy's configuration, and a restart",
            "too much is parked: partitions are not read on until some of it is done");
    }

    fn tell_parked(&self, job: &Job, at: &str, why: &GivenUp) {
        let GivenUp { code: cause, why, attempts, id, .. } = why;
        self.ground.metrics.parked(at, cause);
        let (topic, partition, offset) = (&*job.record.topic, job.record.partition, job.record.offset);
        tracing::warn!(target: "storm::dispatch", code = "D-011", at, topic, partition, offset, attempts, cause, why, id,
            help = "mend the cause: it is tried again every `dispatch.park.retry`; `then = \"skip\"` in the policy's \
            configuration makes it a dead letter after a restart",
            "a key is parked: its later events wait");
    }
}
