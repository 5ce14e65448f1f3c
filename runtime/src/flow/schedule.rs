//! Scheduled commands: at each due time one goes to this context's own command topic, under an id made of the command and
//! the due time, so that its inbox row lets it act once.
//! It must not know: what the command does. A due time that passed while no process ran is not caught up.

use std::sync::Arc;

use chrono::Utc;
use croner::Cron;

use super::Ground;
use crate::cloudevents::{Envelope, Header};
use crate::fault::Fault;
use crate::id;
use crate::lineage::Lineage;
use crate::log::Draft;
use crate::log::kafka::Producer;
use crate::service::Schedule;
use crate::{Timestamp, wire};

/// A schedule whose expression has been read.
pub(crate) struct Clock {
    schedule: Schedule,
    cron: Cron,
}

impl Clock {
    /// # Errors
    /// The cron expression is none (F-106).
    pub(crate) fn new(schedule: Schedule) -> Result<Self, Fault> {
        let wrong = |_| {
            let message = format!("`{}` is no cron expression", schedule.cron);
            Fault::configuration("F-106", message, "five fields: minute hour day month weekday, in UTC")
        };
        let cron = schedule.cron.parse::<Cron>().map_err(wrong)?;
        Ok(Self { schedule, cron })
    }

    /// Issues the command at each due time until asked to stop.
    pub(crate) async fn run(self, ground: Ground, producer: Arc<Producer>) {
        let mut last = Utc::now();
        loop {
            let Ok(due) = self.cron.find_next_occurrence(&last, false) else { return };
            last = due;
            // One that passed while Kafka was away is due at once.
            let wait = (due - Utc::now()).to_std().unwrap_or_default();
            if !ground.stop.sleep(wait).await {
                return;
            }
            let draft = draft(&ground, &self.schedule, due);
            let mut pause = crate::millis(100);
            while let Err(failure) = producer.send(&draft).await {
                ground.metrics.error("schedule", failure.code);
                tracing::warn!(target: "storm::schedule", command = self.schedule.command.message, why = failure.message,
                    "a scheduled command waits");
                if !ground.stop.sleep(pause).await {
                    return;
                }
                pause = (pause * 2).min(crate::seconds(10));
            }
            if let Some(activity) = &ground.activity {
                activity.sent(&draft.topic, 1);
            }
        }
    }
}

fn draft(ground: &Ground, schedule: &Schedule, due: Timestamp) -> Draft {
    let name = schedule.command.message;
    let (key, body) = (schedule.issue)(due);
    let id = id::scheduled(name, &due);
    let envelope = Envelope {
        name: name.into(),
        source: id::ce_source(ground.spec.slug, None),
        time: wire::timestamp_text(&due),
        lineage: Lineage::beginning(&id),
        id,
    };
    let mut headers = envelope.headers();
    headers.push(Header::new(super::dispatch::DUE, wire::timestamp_text(&due)));
    Draft { topic: schedule.command.topic.into(), key: Some(key.into_bytes()), headers, body: Some(body) }
}
