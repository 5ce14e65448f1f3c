//! One raw record into what is written for it: its events, or a dead letter. A plain function of the record.
//! It must not know: transactions or offsets.

use std::sync::Arc;

use super::Plan;
use super::sheet::Sheet;
use crate::cloudevents::Attributes;
use crate::fault::Fault;
use crate::flow::Ground;
use crate::flow::capture::END;
use crate::flow::dead::{Back, Cause, cut, letter, most};
use crate::id;
use crate::lineage::Lineage;
use crate::log::Seen;
use crate::service::Translated;
use crate::telemetry::hop::Hop;

/// What a publisher makes of records.
pub(crate) struct Transform<'g> {
    ground: &'g Ground,
    plan: &'g Plan,
    raw: Arc<str>,
    package: String,
}

impl<'g> Transform<'g> {
    pub(crate) fn new(ground: &'g Ground, plan: &'g Plan) -> Self {
        let raw = ground.spec.topics.raw.name.into();
        Self { ground, plan, raw, package: ground.package() }
    }

    /// Appends what a record becomes, and says what it weighs itself.
    ///
    /// # Errors
    /// A message of this context's own package that this version does not know (P-001): a newer version has written it,
    /// and passing it by would lose it.
    pub(crate) fn apply(&self, record: &impl Seen, sheet: &mut Sheet) -> Result<usize, Fault> {
        let raw = match Attributes::read(record.headers()) {
            Ok(raw) => raw,
            Err(header) => {
                let why = format!("the header `{header}` is missing or no text");
                return Ok(self.dead(record, "P-002", why, sheet));
            }
        };
        let Some(body) = record.body() else {
            return Ok(self.dead(record, "P-003", "the raw record has no body".into(), sheet));
        };
        let weight = raw.bytes + record.key().map_or(0, <[u8]>::len) + body.len();
        let passed_over = |why| {
            self.ground.metrics.passed_over("publish", why, 1);
            Ok(weight)
        };
        if raw.name == END {
            return passed_over("end of a transaction");
        }
        if let Some(name) = self.plan.records.iter().find(|name| **name == raw.name) {
            self.event(&raw, (name, "outbox"), record.key(), body, sheet);
            return Ok(weight);
        }
        if self.plan.translations.knows(raw.name) {
            let events = match self.plan.translations.apply(raw.name, body) {
                Ok(events) => events,
                Err(refusal) => return Ok(self.dead(record, refusal.code, refusal.reason(), sheet)),
            };
            let tenant = id::tenant(raw.source);
            for Translated { event, capture, key, body } in events {
                let key = if tenant.is_some() { id::key(tenant, &key) } else { key };
                self.event(&raw, (event, capture), Some(key.as_bytes()), &body, sheet);
            }
            return Ok(weight);
        }
        if self.plan.tables.contains(&raw.name) {
            return passed_over("no translation");
        }
        if raw.name.starts_with(&self.package) {
            let message =
                format!("`{}` in `{}` is this context's and unknown to this version", raw.name, self.raw);
            let help = "a newer version has written it: deploy that version of the publisher first";
            return Err(Fault::world("P-001", message, help));
        }
        Ok(self.dead(record, "P-004", "its type is none of this context's".into(), sheet))
    }

    /// Appends the event of a raw record: its name, and what ends its id.
    fn event(
        &self,
        raw: &Attributes<'_>,
        (name, capture): (&'static str, &str),
        key: Option<&[u8]>,
        body: &[u8],
        sheet: &mut Sheet,
    ) {
        sheet.event(raw, (name, capture), key, body);
        if Hop::is_heard() {
            let shown = key.map(String::from_utf8_lossy).unwrap_or_default();
            let lineage = Lineage::unpack(raw.lineage).unwrap_or_default();
            let (context, correlation) = (self.ground.spec.slug, lineage.correlation.as_str());
            let id = id::event(raw.id, capture).concat();
            Hop { hop: "event", context, id: &id, cause: raw.id, name, key: &shown, correlation, note: "" }
                .tell();
        }
    }

    /// Appends the dead letter of a record, and says what the record weighs.
    fn dead(&self, record: &impl Seen, code: &'static str, why: String, sheet: &mut Sheet) -> usize {
        let record = record.copied(&self.raw);
        self.ground.metrics.dead("publish", code);
        let (partition, offset) = (record.partition, record.offset);
        tracing::warn!(target: "storm::publish", code, partition, offset, why, "dead letter");
        let id = crate::cloudevents::text(&record.headers, "ce_id").unwrap_or_default();
        Hop { hop: "dead", context: self.ground.spec.slug, cause: id, note: &why, ..Hop::default() }.tell();
        let cause = Cause { code, why, at: "publish", attempts: 1 };
        let dead = &self.ground.spec.topics.dead;
        let letter = letter(dead.name, &record, &cause, Back::Topic);
        // What its topic does not take would end the transaction, and the next one too.
        sheet.letter(if letter.bytes() > most(dead) { cut(letter) } else { letter });
        record.bytes()
    }
}
