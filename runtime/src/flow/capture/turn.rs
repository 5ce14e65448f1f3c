//! Whose turn it is to capture a source: one replica's, elected through a consumer group; the others stand by.
//! It must not know: what is captured. That two never write at once is the transactional id's promise, not this one's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use super::Plan;
use crate::fault::Fault;
use crate::flow::session::Ended;
use crate::flow::{Ground, Name};
use crate::log::kafka::{Kafka, Seat};
use crate::progress;

/// What the group says of this replica.
#[derive(Debug, Clone)]
enum Standing {
    Joining,
    Standby,
    Owner,
    Over(Fault),
}

/// This replica's place in line; its turn, once [`Turn::wait`] has returned it.
pub(super) struct Turn {
    standing: watch::Receiver<Standing>,
    left: Arc<AtomicBool>,
}

impl Turn {
    /// Stands by until it is this replica's turn. A source whose position another replica has stored counts as begun.
    pub(super) async fn wait(ground: &Ground, plan: &Plan) -> Result<Self, Ended> {
        let source = plan.source.name;
        let group = ground.name(&format!("capture.{source}"));
        let instance = format!("{group}.{}", ground.config.service.instance);
        let mut turn = Self::join(&ground.kafka, group, instance, progress::topic(ground.spec, plan.source))?;
        let stands_by = |standing: &Standing| !matches!(standing, Standing::Joining);
        if let Standing::Standby = turn.until(stands_by).await? {
            tracing::info!(target: "storm::capture", source, "standing by: another replica captures");
            let owns = turn.until(|standing| !matches!(standing, Standing::Standby));
            tokio::pin!(owns);
            tokio::select! {
                owner = &mut owns => { owner?; }
                () = progress::appears(ground, plan.source) => {
                    ground.begun.has(&Name::Capture(source));
                    owns.await?;
                }
            }
        }
        Ok(turn)
    }

    /// Waits until it is over.
    pub(super) async fn over(mut self) -> Ended {
        let over = self.until(|standing| !matches!(standing, Standing::Owner)).await;
        over.map_or_else(Ended::from, |_| Ended::Moved)
    }

    /// Gets in line. A thread speaks for this replica in its group until the turn is dropped.
    fn join(kafka: &Kafka, group: String, instance: String, topic: String) -> Result<Self, Fault> {
        let (tell, standing) = watch::channel(Standing::Joining);
        let left = Arc::new(AtomicBool::new(false));
        let (kafka, gone) = (kafka.clone(), left.clone());
        let speak = move || {
            if let Err(fault) = speak(&kafka, (&group, &instance, &topic), &gone, &tell) {
                tell.send_replace(Standing::Over(fault));
            }
        };
        std::thread::Builder::new()
            .name("storm-turn".into())
            .spawn(speak)
            .map_err(|error| Fault::no_thread(&error))?;
        Ok(Self { standing, left })
    }

    async fn until(&mut self, holds: impl Fn(&Standing) -> bool) -> Result<Standing, Fault> {
        match self.standing.wait_for(holds).await.map(|standing| standing.clone()) {
            Ok(Standing::Over(fault)) => Err(fault),
            Ok(standing) => Ok(standing),
            Err(_) => Err(Fault::world("K-107", "the capture's election has ended", "restart the service")),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.left.store(true, Ordering::SeqCst);
    }
}

fn speak(
    kafka: &Kafka,
    (group, instance, topic): (&str, &str, &str),
    left: &AtomicBool,
    tell: &watch::Sender<Standing>,
) -> Result<(), Fault> {
    let seat = Seat::claim(kafka, group, Some(instance), topic)?;
    while !left.load(Ordering::SeqCst) {
        let owns = seat.held(Duration::from_millis(50))?;
        tell.send_if_modified(|standing| match (&standing, owns) {
            (Standing::Owner, true) | (Standing::Standby, false) => false,
            (_, true) => {
                *standing = Standing::Owner;
                true
            }
            (_, false) => {
                let joined = seat.joined();
                if joined {
                    *standing = Standing::Standby;
                }
                joined
            }
        });
    }
    Ok(())
}
