//! Capture: a source's committed rows into the raw topic, with the position they bring it to, in one transaction. A new
//! process fences the old one before it reads the position, so no row is lost and none appears twice.
//! It must not know: events, or what kind of database the source is.

mod batch;
mod end;
mod record;
mod turn;

use std::pin::pin;

use crate::fault::Fault;
use crate::flow::session::{self, Course, Ended};
use crate::flow::{Ground, Name};
use crate::log::kafka::{Journal, Transactional};
use crate::progress::{self, Progress};
use crate::shapes::Shapes;
use crate::source::{Source, SourceError, Step};
use crate::spec::SourceSpec;

use batch::Batch;
pub(crate) use end::END;
pub(crate) use record::OUTBOX;
use turn::Turn;

/// What a capture captures.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) source: &'static SourceSpec,
    /// Events that this context's handlers record.
    pub(crate) records: Vec<&'static str>,
    /// True when recorded events come from elsewhere: the embedded default's twins hand them to the raw topic.
    pub(crate) ignore_recorded: bool,
}

/// Runs until asked to stop, or until someone must act. Blocks: it wants a thread of its own.
///
/// # Errors
/// A coded fault: the source's own (C-1…), a lost position, a row too large, or a rival that does not ask the group.
pub(crate) fn run<S: Source>(
    ground: &Ground,
    plan: &Plan,
    mut source: impl FnMut() -> S,
) -> Result<(), Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        let message = format!("the capture's runtime cannot be started: {}", error.kind());
        Fault::world("C-002", message, "look at the limits on threads and open files of this process")
    })?;
    let rival = |why: &str| {
        let message =
            format!("another process keeps taking over the capture of `{}` ({why})", plan.source.name);
        let help =
            "run one version of the service: replicas of this one wait for their turn, an older one does not";
        Fault::world("C-004", message, help)
    };
    let group = ground.name(&format!("capture.{}", plan.source.name));
    let instance = format!("{group}.{}", ground.config.service.instance);
    let course = Course {
        title: "capture",
        name: Name::Capture(plan.source.name),
        group: &group,
        instance: &instance,
        longest_pause: ground.config.capture.retry_to.0,
    };
    let result = session::run(ground, &course, rival, || {
        runtime.block_on(async {
            let turn = tokio::select! {
                biased;
                () = ground.stop.wait() => return Ok(()),
                turn = Turn::wait(ground, plan) => turn?,
            };
            ground.metrics.captures(plan.source.name, true);
            let ended = capture(ground, plan, source(), turn).await;
            ground.metrics.captures(plan.source.name, false);
            ended
        })
    });
    // A look at the stored position that is under way is nobody's any more.
    runtime.shutdown_background();
    result
}

/// From the stored position until something ends it, while it is this replica's turn.
async fn capture<S: Source>(ground: &Ground, plan: &Plan, mut source: S, turn: Turn) -> Result<(), Ended> {
    let id = ground.name(&format!("capture.{}", plan.source.name));
    let topic = progress::topic(ground.spec, plan.source);
    let producer = Transactional::new(&ground.kafka, &id, "zstd")?;
    crate::failpoint::reach("capture-fenced");
    let shapes = Shapes::read(&ground.kafka, ground.spec)?;
    let incarnation = ground.config.incarnation(plan.source.name);
    let stored = progress::stored(&ground.kafka, &topic, plan.source.name, incarnation)?;
    let cut = stored.as_ref().and_then(|progress| progress.cut.clone());
    let is_new = stored.is_none();
    if is_new {
        is_lost(ground, plan, incarnation)?;
    }
    let position = source.open(stored.map(|progress| progress.position)).await?;
    tracing::info!(target: "storm::capture", source = plan.source.name, file = position.file, offset = position.offset,
        gtid_set = position.gtid_set, "capturing");
    let mut batch = Batch::new(ground, plan, producer, topic, Progress { position, cut }, shapes);
    if is_new {
        // Before the first row: a process that dies now must not begin at another "now".
        batch.begin()?;
        crate::failpoint::reach("capture-first-position");
    }
    ground.begun.has(&Name::Capture(plan.source.name));
    let mut over = pin!(turn.over());
    loop {
        let step = {
            let mut next = pin!(source.next());
            loop {
                let deadline = tokio::time::Instant::from_std(batch.deadline());
                tokio::select! {
                    biased;
                    () = ground.stop.wait() => return Ok(batch.finish()?),
                    ended = &mut over => return Err(ended),
                    step = &mut next => break step,
                    () = tokio::time::sleep_until(deadline) => batch.store()?,
                }
            }
        };
        match step {
            Ok(Some(step)) => batch.take(step)?,
            // What is whole is stored; the rest comes again from there.
            Ok(None) => {
                batch.finish()?;
                if plan.ignore_recorded {
                    return Ok(());
                }
                return Err(Ended::Anew("C-003", "the source ended its stream".into()));
            }
            Err(error) => {
                batch.finish()?;
                return Err(error.into());
            }
        }
    }
}

/// A source without a position that was captured before, under this incarnation, has lost it: it does not begin again.
fn is_lost(ground: &Ground, plan: &Plan, incarnation: u32) -> Result<(), Ended> {
    let source = plan.source.name;
    let noted = Journal::read(&ground.kafka, &ground.journal())?.noted(&begun(source));
    let Some(noted) = noted.filter(|noted| *noted >= i64::from(incarnation)) else { return Ok(()) };
    let topic = progress::topic(ground.spec, plan.source);
    let message = format!("`{source}` has been captured before, and its position is gone from `{topic}`");
    let help = format!(
        "what was committed since is a gap: compare the tables with what was published, then set \
         `source.{source}.incarnation = {}` to go on from now",
        noted.saturating_add(1)
    );
    Err(Fault::world("C-010", message, help).into())
}

/// What the journal calls a source that is captured.
fn begun(source: &str) -> String {
    format!("capture/{source}")
}

impl From<SourceError> for Ended {
    fn from(error: SourceError) -> Self {
        if error.is_transient() {
            Self::Anew(error.code, error.to_string())
        } else {
            Self::Halt(error.into())
        }
    }
}

/// True for a step that is written: to the raw topic, or to the dead letters.
fn is_row(step: &Step) -> bool {
    matches!(step, Step::Row(_) | Step::Refused(_) | Step::Recorded(_))
}
