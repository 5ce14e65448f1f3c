//! A dispatcher's dead letters: each is acknowledged before its record counts as done. A death between the two writes it once
//! more, under the same id.
//! It must not know: why a record was given up on.

use super::attempt::{Ended, persist};
use super::job::{Job, Kind};
use super::work::{GivenUp, Undone, Worker};
use crate::failure::Failure;
use crate::flow::dead::{Back, Cause, cut, letter, redriven_to};
use crate::retry::Retry;
use crate::telemetry::hop::Hop;

impl Worker {
    /// Writes the letter. One that its topic does not take is written once more without what is large.
    pub(super) async fn dead(&self, job: &Job, at: &str, given_up: GivenUp) -> Result<(), Undone> {
        let GivenUp { code, why, attempts, id, .. } = given_up;
        self.ground.metrics.dead(at, code);
        let (partition, offset) = (job.record.partition, job.record.offset);
        tracing::warn!(target: "storm::dispatch", code, at, topic = &*job.record.topic, partition, offset, attempts, why,
            "dead letter");
        let correlation = match &job.kind {
            Kind::Event(envelope, _) | Kind::Command(envelope) => envelope.lineage.correlation.as_str(),
            Kind::Unread(_) | Kind::Poison(..) => "",
        };
        let context = self.ground.spec.slug;
        Hop { hop: "dead", context, cause: &id, name: at, correlation, note: &why, ..Hop::default() }.tell();
        let cause = Cause { code, why, at, attempts };
        let mut draft = letter(self.ground.spec.topics.dead.name, &job.record, &cause, self.back(job, at));
        let rules = self.rules(Retry { times: u32::MAX, ..Retry::DEFAULT });
        let again = |failure: &Failure, _| {
            self.ground.metrics.error("dispatch", failure.code);
            tracing::warn!(target: "storm::dispatch", why = failure.message, "the dead letter waits");
        };
        let mut is_cut = false;
        loop {
            match persist(&rules, job, again, || self.plan.producer.send(&draft)).await {
                Ended::Done(()) => {
                    crate::failpoint::reach("dispatch-letter");
                    return Ok(());
                }
                Ended::Abandoned => return Err(Undone),
                Ended::Failed(..) if !is_cut => {
                    (draft, is_cut) = (cut(draft), true);
                    continue;
                }
                // The topic of dead letters refuses it: the partition waits, so that nothing is lost.
                Ended::Failed(failure, _) => {
                    tracing::error!(target: "storm::dispatch", code = "D-003", why = failure.message, "no dead letter can be written");
                    self.ground.metrics.error("dispatch", "D-003");
                }
            }
            if !self.ground.stop.sleep(crate::seconds(10)).await || job.is_gone() {
                return Err(Undone);
            }
        }
    }

    /// Where a redrive takes a job's record back to, when it was given up on at `at`.
    fn back<'b>(&self, job: &'b Job, at: &'b str) -> Back<'b> {
        let commands = self.ground.spec.topics.commands.name;
        match (&job.kind, redriven_to(&job.record.headers)) {
            (Kind::Event(..) | Kind::Unread(_), _) => Back::Policy { commands, policy: at },
            (Kind::Poison(..), Some(policy)) => Back::Policy { commands, policy },
            (Kind::Poison(..), None) if *job.record.topic != *commands => Back::Nowhere,
            (Kind::Command(_) | Kind::Poison(..), _) => Back::Topic,
        }
    }
}
