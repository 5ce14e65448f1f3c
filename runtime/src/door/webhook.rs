//! `POST <path>` of a webhook source: a call is proven, read, and on the raw topic before it is answered. A repeat has the
//! same id, so what comes of it is known again by whoever reads it.
//! It must not know: what a call becomes.

use axum::Json;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;

use super::Room;
use super::call::{self, Broken};
use super::command::{read, starting};
use super::intake::{Intake, is_tenant};
use super::problem::Problem;
use super::signature::Signature;
use super::tls::Peer;
use crate::config::Config;
use crate::fault::Fault;
use crate::id;
use crate::lineage::Lineage;
use crate::spec::WebhookSpec;

/// A webhook source that this process answers for.
pub(super) struct Hook {
    pub(super) spec: &'static WebhookSpec,
    signature: Option<Signature>,
}

impl Hook {
    /// # Errors
    /// The model asks for a signature, and no secret is configured.
    pub(super) fn of(spec: &'static WebhookSpec, config: &Config) -> Result<Self, Fault> {
        let section = config.webhook.get(spec.name).cloned().unwrap_or_default();
        let secrets = [&section.secret, &section.previous].map(|secret| secret.0.as_str());
        let secrets: Vec<&str> = secrets.into_iter().filter(|secret| !secret.is_empty()).collect();
        if spec.signature.is_some() && section.secret.0.is_empty() {
            let message = format!("the webhook `{}` is signed, and its secret is missing", spec.name);
            let help = format!("set `webhook.{}.secret`; `@/path` reads it from a file", spec.name);
            return Err(Fault::configuration("A-105", message, help));
        }
        Ok(Self { spec, signature: spec.signature.map(|_| Signature::new(secrets)) })
    }
}

/// Whatever no other route answers.
pub(super) async fn any(
    State(room): State<Arc<Room>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let intakes = room.intakes();
    let all = || intakes.iter().flat_map(|intake| intake.hooks.iter().map(move |hook| (intake, hook)));
    let exactly = all().find(|(_, hook)| hook.spec.path == uri.path());
    let found = exactly.or_else(|| {
        all().find(|(intake, hook)| intake.tenants && below(hook.spec.path, uri.path()).is_some())
    });
    let Some((intake, hook)) = found else {
        let is_one = |path: &&str| *path == uri.path() || below(path, uri.path()).is_some();
        return match intakes.is_empty() && room.hooks.iter().any(is_one) {
            true => starting().into_response(),
            false => StatusCode::NOT_FOUND.into_response(),
        };
    };
    let below = below(hook.spec.path, uri.path());
    let answer = take(&room, intake, hook, below, &peer, &method, &headers, body).await;
    let status = answer.as_ref().map_or_else(|problem| problem.status, |_| StatusCode::ACCEPTED);
    intake.ground.metrics.asked(hook.spec.name, status.as_u16());
    match answer {
        Ok(answer) => answer,
        Err(problem) => {
            refused(intake, hook.spec, &problem);
            problem.into_response()
        }
    }
}

/// What stands in `asked` below `path`, one step and no more.
fn below<'a>(path: &str, asked: &'a str) -> Option<&'a str> {
    asked.strip_prefix(path)?.strip_prefix('/').filter(|below| !below.contains('/'))
}

/// A call that was not taken leaves its reason, and nothing that it held.
fn refused(intake: &Intake, spec: &WebhookSpec, problem: &Problem) {
    let (webhook, code, status) = (spec.name, problem.code, problem.status.as_u16());
    intake.ground.metrics.refused(webhook, code);
    if let Some(held_back) = intake.hush.say(webhook, code, Instant::now()) {
        let why = problem.why();
        tracing::warn!(target: "storm::http", code, webhook, status, why, held_back, "a webhook's call was not taken");
    }
}

/// The tenant that a call is for: the sender is given a path for each.
fn tenant_below<'a>(spec: &WebhookSpec, below: Option<&'a str>) -> Result<&'a str, Problem> {
    below.filter(|tenant| is_tenant(tenant)).ok_or_else(|| {
        let detail = format!("call `{}/<tenant>`: 1 to 64 letters, digits, `_`, `-` or `$`", spec.path);
        Problem::new(StatusCode::BAD_REQUEST, "A-203", "the path names no tenant", detail)
    })
}

#[expect(clippy::too_many_arguments, reason = "the parts of a request, each of its own type")]
async fn take(
    room: &Room,
    intake: &Intake,
    hook: &Hook,
    below: Option<&str>,
    peer: &Peer,
    method: &Method,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let spec = hook.spec;
    if method != Method::POST {
        return Err(Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "A-205",
            "this is asked for in another way",
            "use POST",
        )
        .header(header::ALLOW, "POST"));
    }
    // A call without a signature proves itself as everyone else does.
    if hook.signature.is_none() {
        room.guard.admit(headers, peer)?;
    }
    let tenant = if intake.tenants { Some(tenant_below(spec, below)?) } else { None };
    let Ok(_place) = room.places.try_acquire() else {
        let detail = format!("{} requests are on their way already", room.section.in_flight);
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "A-209", "too many at once", detail)
            .header(header::RETRY_AFTER, "1"));
    };
    let body = read(body, headers, &room.section).await?;
    if let (Some(signature), Some(name)) = (&hook.signature, spec.signature) {
        let sent = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !signature.fits(sent, &body) {
            let detail =
                format!("the header `{name}` does not hold HMAC-SHA256 of the body under the secret");
            return Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "A-212",
                "the signature is none of the sender's",
                detail,
            ));
        }
    }
    let call = call::read(spec, headers, &body).map_err(|broken| match broken {
        Broken::NoId(place) => {
            let detail = format!("{place} should hold it: 1 to 255 visible letters");
            Problem::new(StatusCode::BAD_REQUEST, "A-213", "the call has no id", detail)
        }
        Broken::Fields(wrong) => Problem::faults(&wrong).titled("the call is not what the model says"),
    })?;
    let traceparent = headers.get("traceparent").and_then(|value| value.to_str().ok());
    let id = id::call(spec.name, tenant, &call.id);
    let lineage = Lineage::asked(&id, traceparent);
    intake.take_in(spec, id.clone(), tenant, call, lineage, &room.section).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "id": id }))).into_response())
}
