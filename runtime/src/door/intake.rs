//! Where a context's commands are taken in: each becomes a record on the context's command topic, under an id that a
//! repeat has again.
//! It must not know: HTTP's bodies, or JSON.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, StatusCode, header};
use uuid::Uuid;

use super::call::Call;
use super::check::Wrong;
use super::problem::Problem;
use super::remembered::Remembered;
use super::webhook::Hook;
use crate::cloudevents::{Envelope, Header};
use crate::command::work::FINGERPRINT;
use crate::config::HttpSection;
use crate::failure;
use crate::fault::Fault;
use crate::flow::Ground;
use crate::hush::Hush;
use crate::id;
use crate::lineage::Lineage;
use crate::log::Draft;
use crate::log::kafka::Producer;
use crate::service::{Doorway, Service};
use crate::spec::WebhookSpec;
use crate::wire;

/// The header that says who issued a command, when callers are asked.
const ISSUER: &str = "storm-issuer";

/// A context's commands from outside.
pub(crate) struct Intake {
    pub(super) ground: Ground,
    pub(super) doorways: Vec<Doorway>,
    pub(super) hooks: Vec<Hook>,
    /// Commands that no actor issues.
    pub(super) inside: Vec<&'static str>,
    pub(super) openapi: Option<&'static str>,
    /// True when each command is for a tenant.
    pub(super) tenants: bool,
    pub(super) hush: Hush,
    /// Its own: what comes from outside does not queue before what the service itself sends.
    producer: Producer,
    /// The bodies of those that came under a key of the caller's.
    remembered: Mutex<Remembered>,
}

/// What a request says beside its body.
pub(super) struct Asked {
    pub(super) id: String,
    /// The same id, where it follows from a key of the caller's.
    keyed: Option<Uuid>,
    tenant: Option<String>,
    traceparent: Option<String>,
}

impl Intake {
    /// Of this service.
    ///
    /// # Errors
    /// A client setting is wrong (K-102); a webhook's secret is missing.
    pub(crate) fn of(service: &Service, ground: &Ground) -> Result<Self, Fault> {
        let doorways = service.doorways.clone();
        let handled = service.commands.as_ref().map(|table| table.names()).unwrap_or_default();
        let names = handled.iter().map(|name| name.message.rsplit('.').next().unwrap_or(name.message));
        let inside = names.filter(|name| doorways.iter().all(|door| door.spec.name != *name)).collect();
        let hooks = service.webhooks.iter().map(|webhook| Hook::of(webhook.spec, &ground.config));
        Ok(Self {
            inside,
            doorways,
            hooks: hooks.collect::<Result<_, _>>()?,
            openapi: service.openapi,
            tenants: service.captures.iter().any(|capture| capture.source.tenant),
            producer: Producer::within(&ground.kafka, "door", ground.config.http.timeout.0)?,
            hush: Hush::default(),
            remembered: Mutex::default(),
            ground: ground.clone(),
        })
    }

    /// `Ordering.PlaceOrder`
    pub(super) fn qualified(&self, doorway: &Doorway) -> String {
        format!("{}.{}", self.ground.spec.name, doorway.spec.name)
    }

    /// Appends a command and waits until all in-sync replicas have it.
    pub(super) async fn append(
        &self,
        doorway: &Doorway,
        asked: &Asked,
        written: &[u8],
        issuer: Option<&str>,
        section: &HttpSection,
    ) -> Result<Lineage, Problem> {
        // Through the generated type: what is sent on is what every writer of this command would send.
        let (key, body) = (doorway.read)(written).map_err(|refusal| {
            let wrong = Wrong {
                field: refusal.field,
                what: refusal.what,
                expected: String::new(),
                help: Some(refusal.help),
            };
            Problem::faults(&[wrong])
        })?;
        let fingerprint = asked.keyed.map(|id| (id, id::fingerprint(&body)));
        if fingerprint.is_some_and(|(id, body)| !self.remembered().is_same(id, body)) {
            let detail = "a repeat has the same body; another command needs a key of its own";
            let title = "this `Idempotency-Key` came before with another body";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "A-214", title, detail)
                .with("id", asked.id.clone().into()));
        }
        let tenant = asked.tenant.as_deref();
        let lineage = Lineage::asked(&asked.id, asked.traceparent.as_deref());
        let envelope = Envelope {
            name: doorway.command.message.into(),
            id: asked.id.clone(),
            source: id::ce_source(self.ground.spec.slug, tenant),
            time: wire::timestamp_text(&chrono::Utc::now()),
            lineage: lineage.clone(),
        };
        let mut headers = envelope.headers();
        headers.extend(issuer.map(|issuer| Header::new(ISSUER, issuer)));
        headers.extend(fingerprint.map(|(_, body)| Header::new(FINGERPRINT, body.to_string())));
        let key = Some(id::key(tenant, &key).into_bytes());
        let draft = Draft { topic: doorway.command.topic.into(), key, headers, body: Some(body) };
        let again = "repeat it with the same `Idempotency-Key`, so that it acts once";
        let handed = self.hand_over(&draft, doorway.spec.name, &asked.id, again, section).await;
        // What cannot be taken at all leaves the key to a smaller body; what was not acknowledged may be there.
        if let (Err(problem), Some(id)) = (&handed, asked.keyed)
            && problem.status == StatusCode::PAYLOAD_TOO_LARGE
        {
            self.remembered().forget(id);
        }
        handed.map(|()| lineage)
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a webhook's call to the raw topic and waits until all in-sync replicas have it.
    pub(super) async fn take_in(
        &self,
        spec: &WebhookSpec,
        id: String,
        tenant: Option<&str>,
        call: Call,
        lineage: Lineage,
        section: &HttpSection,
    ) -> Result<(), Problem> {
        let envelope = Envelope {
            name: spec.message.into(),
            id: id.clone(),
            source: id::ce_source(spec.name, tenant),
            time: wire::timestamp_text(&chrono::Utc::now()),
            lineage,
        };
        let (topic, key) =
            (self.ground.spec.topics.raw.name.into(), Some(id::key(tenant, &call.key).into_bytes()));
        let draft = Draft { topic, key, headers: envelope.headers(), body: Some(call.raw) };
        self.hand_over(&draft, spec.name, &id, "send it again: it has the same id then", section).await
    }

    /// Sends a record, and says no when it is not acknowledged.
    async fn hand_over(
        &self,
        draft: &Draft,
        name: &str,
        id: &str,
        again: &str,
        section: &HttpSection,
    ) -> Result<(), Problem> {
        // The producer gives up by itself within the same time; this is for one that says nothing at all.
        let patience = section.timeout.0 + crate::seconds(1);
        let sent = tokio::time::timeout(patience, self.producer.offer(draft)).await;
        match sent.unwrap_or_else(|_| Err(crate::Failure::unavailable("Kafka does not answer"))) {
            Ok(()) => {}
            Err(failure) if failure.kind == failure::Kind::ForGood => {
                let (title, detail) = ("it is too large", "its topic does not take a record of this size");
                return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "A-207", title, detail));
            }
            Err(failure) => {
                self.ground.metrics.error("door", failure.code);
                tracing::warn!(target: "storm::http", code = "A-211", name, id, why = failure.message,
                    "a request was not acknowledged");
                let detail = format!("Kafka did not acknowledge it; it may still be taken: {again}");
                let title = "the request was not acknowledged";
                return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "A-211", title, detail)
                    .with("id", id.into())
                    .header(header::RETRY_AFTER, "1"));
            }
        }
        if let Some(activity) = &self.ground.activity {
            activity.sent(&draft.topic, 1);
        }
        Ok(())
    }
}

impl Asked {
    /// # Errors
    /// A header is not what it should be.
    pub(super) fn read(
        intake: &Intake,
        doorway: &Doorway,
        headers: &HeaderMap,
        section: &HttpSection,
    ) -> Result<Self, Problem> {
        let tenant = if intake.tenants { Some(tenant(headers, &section.tenant)?) } else { None };
        let key = idempotency_key(headers)?;
        let keyed = key.map(|key| id::asked(doorway.command.message, tenant.as_deref(), key));
        let id = keyed.unwrap_or_else(Uuid::now_v7).to_string();
        // A trace context that is none is left out: it is for people, a command is never refused for it.
        let traceparent = headers.get("traceparent").and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Self { id, keyed, tenant, traceparent })
    }
}

fn header_fault(name: &str, what: &str, expected: &str) -> Problem {
    let detail = format!("the header `{name}` {what}; it should be {expected}");
    Problem::new(StatusCode::BAD_REQUEST, "A-203", "a header is not what it should be", detail)
}

/// The caller's key, with or without quotes around it.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let wrong = |what| header_fault("Idempotency-Key", what, "1 to 255 visible letters");
    let mut all = headers.get_all("idempotency-key").iter();
    let Some(value) = all.next() else { return Ok(None) };
    if all.next().is_some() {
        return Err(wrong("is there twice"));
    }
    let text = value.to_str().map_err(|_| wrong("holds other letters"))?.trim();
    let key = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    if key.is_empty() || key.len() > 255 {
        return Err(wrong(if key.is_empty() { "is empty" } else { "is too long" }));
    }
    Ok(Some(key))
}

/// The tenant: part of a key and of a database's name, so its letters are few.
pub(super) fn tenant(headers: &HeaderMap, name: &str) -> Result<String, Problem> {
    let wrong = |what| header_fault(name, what, "the tenant: 1 to 64 letters, digits, `_`, `-` or `$`");
    let value = headers.get(name).ok_or_else(|| wrong("is missing"))?;
    let text = value.to_str().map_err(|_| wrong("holds other letters"))?;
    if !is_tenant(text) {
        return Err(wrong("is no tenant's name"));
    }
    Ok(text.to_owned())
}

pub(super) fn is_tenant(text: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "_-$".contains(letter);
    !text.is_empty() && text.len() <= 64 && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn an_idempotency_key_is_read_with_or_without_quotes() {
        let read = |values: &[&str]| {
            let headers = with("idempotency-key", values);
            idempotency_key(&headers).map(|key| key.map(str::to_owned)).map_err(|problem| problem.code)
        };
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["a-1"]), Ok(Some("a-1".into())));
        assert_eq!(read(&["\"a-1\""]), read(&["a-1"]));
        for wrong in [&[""] as &[_], &["\"\""], &[&"x".repeat(256)], &["a", "b"]] {
            assert_eq!(read(wrong), Err("A-203"), "{wrong:?}");
        }
    }

    #[test]
    fn a_tenant_is_a_part_of_a_database_s_name() {
        let read =
            |values: &[&str]| tenant(&with("x-tenant", values), "X-Tenant").map_err(|problem| problem.code);
        assert_eq!(read(&["berlin_2"]), Ok("berlin_2".into()));
        for wrong in [&[] as &[_], &[""], &["a`b"], &["a/b"], &[&"x".repeat(65)]] {
            assert_eq!(read(wrong), Err("A-203"), "{wrong:?}");
        }
    }
}
