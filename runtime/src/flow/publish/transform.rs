//! One raw record into what is written for it: its events, or a dead letter. A plain function of the record.
//! It must not know: transactions or offsets.

use std::sync::Arc;

use super::Plan;
use crate::cloudevents::Envelope;
use crate::fault::Fault;
use crate::flow::Ground;
use crate::flow::capture::END;
use crate::flow::dead::{Back, Cause, cut, letter, most};
use crate::id;
use crate::log::{Draft, Record};
use crate::telemetry::hop::Hop;

/// Where a written record counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Event = 0,
    Dead = 1,
}

/// What a publisher makes of records.
pub(crate) struct Transform<'g> {
    ground: &'g Ground,
    plan: &'g Plan,
    events: Arc<str>,
    package: String,
}

impl<'g> Transform<'g> {
    pub(crate) fn new(ground: &'g Ground, plan: &'g Plan) -> Self {
        let events = ground.spec.topics.events.name.into();
        Self { ground, plan, events, package: ground.package() }
    }

    /// # Errors
    /// A message of this context's own package that this version does not know (P-001): a newer version has written it,
    /// and passing it by would lose it.
    pub(crate) fn apply(&self, record: &Record) -> Result<Vec<(Kind, Draft)>, Fault> {
        let envelope = match Envelope::from_headers(&record.headers) {
            Ok(envelope) => envelope,
            Err(header) => {
                return Ok(self.dead(
                    record,
                    "P-002",
                    format!("the header `{header}` is missing or no text"),
                ));
            }
        };
        let Some(body) = &record.body else {
            return Ok(self.dead(record, "P-003", "the raw record has no body".into()));
        };
        let name = envelope.name.as_str();
        if name == END {
            self.ground.metrics.passed_over("publish", "end of a transaction", 1);
            return Ok(Vec::new());
        }
        if self.plan.records.contains(&name) {
            let id = id::event(&envelope.id, "outbox");
            return Ok(vec![(
                Kind::Event,
                self.event(&envelope, id, name, record.key.clone(), body.clone()),
            )]);
        }
        if self.plan.translations.knows(name) {
            return Ok(match self.plan.translations.apply(name, body) {
                Ok(events) => {
                    let tenant = envelope.tenant();
                    let event = |t: crate::service::Translated<'_>| {
                        let id = id::event(&envelope.id, t.capture);
                        let key = id::key(tenant, &t.key).into_bytes();
                        (Kind::Event, self.event(&envelope, id, t.event, Some(key), t.body))
                    };
                    events.into_iter().map(event).collect()
                }
                Err(refusal) => self.dead(record, refusal.code, refusal.reason()),
            });
        }
        if self.plan.tables.contains(&name) {
            self.ground.metrics.passed_over("publish", "no translation", 1);
            return Ok(Vec::new());
        }
        if name.starts_with(&self.package) {
            let message =
                format!("`{name}` in `{}` is this context's and unknown to this version", record.topic);
            let help = "a newer version has written it: deploy that version of the publisher first";
            return Err(Fault::world("P-001", message, help));
        }
        Ok(self.dead(record, "P-004", "its type is none of this context's".into()))
    }

    fn event(&self, raw: &Envelope, id: String, name: &str, key: Option<Vec<u8>>, body: Vec<u8>) -> Draft {
        let shown = key.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        let (context, correlation) = (self.ground.spec.slug, raw.lineage.correlation.as_str());
        Hop { hop: "event", context, id: &id, cause: &raw.id, name, key: &shown, correlation, note: "" }
            .tell();
        let lineage = raw.lineage.following(&raw.lineage.causation, &id, raw.lineage.hop);
        let (source, time) = (raw.source.clone(), raw.time.clone());
        let envelope = Envelope { name: name.to_owned(), id, source, time, lineage };
        Draft { topic: self.events.clone(), key, headers: envelope.headers(), body: Some(body) }
    }

    fn dead(&self, record: &Record, code: &'static str, why: String) -> Vec<(Kind, Draft)> {
        self.ground.metrics.dead("publish", code);
        let (partition, offset) = (record.partition, record.offset);
        tracing::warn!(target: "storm::publish", code, partition, offset, why, "dead letter");
        let id = crate::cloudevents::text(&record.headers, "ce_id").unwrap_or_default();
        Hop { hop: "dead", context: self.ground.spec.slug, cause: id, note: &why, ..Hop::default() }.tell();
        let cause = Cause { code, why, at: "publish", attempts: 1 };
        let dead = &self.ground.spec.topics.dead;
        let letter = letter(dead.name, record, &cause, Back::Topic);
        // What its topic does not take would end the transaction, and the next one too.
        vec![(Kind::Dead, if letter.bytes() > most(dead) { cut(letter) } else { letter })]
    }
}
