//! Capture: a source's committed rows into the raw topic, with the position they bring it to, in one transaction. A new
//! process fences the old one before it reads the position, so no row is lost and none appears twice.
//! It must not know: events, or what kind of database the source is.

mod batch;
mod record;

use std::pin::pin;
use std::time::{Duration, Instant};

use crate::fault::Fault;
use crate::flow::{Ground, Name};
use crate::log::kafka::{Transactional, Trouble, too_large};
use crate::progress::{self, Progress};
use crate::source::{Source, Step};
use crate::spec::SourceSpec;

use batch::Batch;
pub(crate) use record::OUTBOX;

/// What a capture captures.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) source: &'static SourceSpec,
    /// Events that this context's handlers record.
    pub(crate) records: Vec<&'static str>,
    /// True when recorded events come from elsewhere: the embedded default's twins hand them to the raw topic.
    pub(crate) ignore_recorded: bool,
}

/// How a session of capture ended when it did not end for good.
enum Ended {
    /// Asked to stop, or the source has nothing more and never will.
    Done,
    /// To be started anew, from what is stored.
    Anew(&'static str, String),
}

/// Runs until asked to stop, or until someone must act. Blocks: it wants a thread of its own.
///
/// # Errors
/// A coded fault: the source's own (C-1…), a lost position, a row too large, or another capture that took over.
pub(crate) fn run<S: Source>(
    ground: &Ground,
    plan: &Plan,
    mut source: impl FnMut() -> S,
) -> Result<(), Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        let message = format!("the capture's runtime cannot be started: {}", error.kind());
        Fault::world("C-002", message, "look at the limits on threads and open files of this process")
    })?;
    let retry = crate::Retry::DEFAULT.backoff(Duration::from_millis(200), ground.config.capture.retry_to.0);
    let mut failures = 0;
    while !ground.stop.asked() {
        let started = Instant::now();
        match runtime.block_on(session(ground, plan, source()))? {
            Ended::Done => return Ok(()),
            Ended::Anew(code, why) => {
                if started.elapsed() > Duration::from_secs(60) {
                    failures = 0;
                }
                failures += 1;
                let pause = retry.pause(failures, uuid::Uuid::new_v4().as_u128() as u64);
                ground.metrics.error("capture", code);
                let (source, pause_ms) = (plan.source.name, pause.as_millis() as u64);
                tracing::warn!(target: "storm::capture", code, source, why, pause_ms, "capture starts anew");
                runtime.block_on(ground.stop.sleep(pause));
            }
        }
    }
    Ok(())
}

/// From the stored position until something ends it.
async fn session<S: Source>(ground: &Ground, plan: &Plan, mut source: S) -> Result<Ended, Fault> {
    let id = ground.name(&format!("capture.{}", plan.source.name));
    let topic = progress::topic(ground.spec, plan.source);
    let producer = match Transactional::new(&ground.kafka, &id, "zstd") {
        Ok(producer) => producer,
        Err(fault) if fault.configuration => return Err(fault),
        Err(fault) => return Ok(Ended::Anew(fault.code, fault.message)),
    };
    crate::failpoint::reach("capture-fenced");
    let incarnation = ground.config.source.get(plan.source.name).map_or(1, |section| section.incarnation);
    let stored = progress::stored(&ground.kafka, &topic, plan.source.name)?;
    // The operator's word that the server has started again: its old positions mean nothing now.
    let stored = stored.filter(|progress| progress.position.incarnation >= incarnation);
    let cut = stored.as_ref().and_then(|progress| progress.cut.clone());
    let is_new = stored.is_none();
    let position = match source.open(stored.map(|progress| progress.position)).await {
        Ok(position) => position,
        Err(error) if error.is_transient() => return Ok(Ended::Anew(error.code, error.to_string())),
        Err(error) => return Err(error.into()),
    };
    tracing::info!(target: "storm::capture", source = plan.source.name, file = position.file, offset = position.offset,
        gtid_set = position.gtid_set, "capturing");
    let mut batch = Batch::new(ground, plan, producer, topic, Progress { position, cut });
    if is_new {
        // Before the first row: a process that dies now must not begin at another "now".
        if let Err(trouble) = batch.store() {
            return ended(trouble, plan);
        }
        crate::failpoint::reach("capture-first-position");
    }
    ground.begun.has(&Name::Capture(plan.source.name));
    loop {
        let step = {
            let mut next = pin!(source.next());
            loop {
                let deadline = tokio::time::Instant::from_std(batch.deadline());
                tokio::select! {
                    biased;
                    () = ground.stop.wait() => break None,
                    step = &mut next => break Some(step),
                    () = tokio::time::sleep_until(deadline) => {
                        if let Err(trouble) = batch.store() {
                            return ended(trouble, plan);
                        }
                    }
                }
            }
        };
        let done = match step {
            None => return batch.finish().map_or_else(|trouble| ended(trouble, plan), |()| Ok(Ended::Done)),
            Some(Ok(Some(step))) => batch.take(step)?,
            Some(Ok(None)) => {
                return match batch.finish() {
                    Ok(()) if plan.ignore_recorded => Ok(Ended::Done),
                    Ok(()) => Ok(Ended::Anew("C-003", "the source ended its stream".into())),
                    Err(trouble) => ended(trouble, plan),
                };
            }
            Some(Err(error)) => {
                // What is whole is stored; the rest comes again from there.
                if let Err(trouble) = batch.finish() {
                    return ended(trouble, plan);
                }
                if error.is_transient() {
                    return Ok(Ended::Anew(error.code, error.to_string()));
                }
                return Err(error.into());
            }
        };
        if let Err(trouble) = done {
            return ended(trouble, plan);
        }
    }
}

fn ended(trouble: Trouble, plan: &Plan) -> Result<Ended, Fault> {
    match trouble {
        Trouble::Anew(why) => Ok(Ended::Anew("K-103", why)),
        Trouble::TooLarge(why) => Err(too_large("the raw topic", &why)),
        Trouble::Fenced => {
            let message = format!("another process has taken over the capture of `{}`", plan.source.name);
            Err(Fault::world("C-004", message, "run one capture a context and source; this one stops"))
        }
    }
}

/// True for a step that is written: to the raw topic, or to the dead letters.
fn is_row(step: &Step) -> bool {
    matches!(step, Step::Row(_) | Step::Refused(_) | Step::Recorded(_))
}
