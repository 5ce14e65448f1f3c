//! `POST /commands/<name>`: from a request to a command on its topic, or to a refusal that says everything that is wrong.
//! It must not know: what any command does.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{BoxError, Json, Router};
use futures_core::Stream as _;
use serde_json::json;

use super::Room;
use super::check;
use super::intake::{Asked, Intake};
use super::near::nearest;
use super::problem::Problem;
use super::tls::Peer;
use crate::config::HttpSection;
use crate::service::Doorway;

pub(super) fn routes(room: Arc<Room>) -> Router {
    Router::new()
        .route("/commands/{name}", post(command).fallback(only_post))
        .route("/commands", get(names).fallback(only_get))
        .route("/openapi.json", get(only_description))
        .route("/openapi/{name}", get(description))
        .with_state(room)
}

type Caller = ConnectInfo<Peer>;

async fn command(
    State(room): State<Arc<Room>>,
    ConnectInfo(peer): Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let intakes = room.intakes();
    let mut counted = None;
    let answer = take(&room, &intakes, &peer, &name, &headers, body, &mut counted).await;
    let (status, code) = match &answer {
        Ok(_) => (StatusCode::ACCEPTED, ""),
        Err(problem) => (problem.status, problem.code),
    };
    if let Some((intake, doorway)) = counted {
        intake.ground.metrics.asked(doorway.spec.name, status.as_u16());
    }
    tracing::debug!(target: "storm::http", status = status.as_u16(), code, "a command was asked for");
    match answer {
        Ok(answer) => answer,
        Err(problem) => problem.into_response(),
    }
}

async fn take<'i>(
    room: &Room,
    intakes: &'i [Arc<Intake>],
    peer: &Peer,
    name: &str,
    headers: &HeaderMap,
    body: Body,
    counted: &mut Option<(&'i Intake, &'i Doorway)>,
) -> Result<Response, Problem> {
    let issuer = room.guard.admit(headers, peer)?;
    let (intake, doorway) = find(intakes, name)?;
    *counted = Some((intake, doorway));
    is_json(headers)?;
    let Ok(_place) = room.places.try_acquire() else {
        let detail = format!("{} commands are on their way already", room.section.in_flight);
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "A-209", "too many at once", detail)
            .header(header::RETRY_AFTER, "1"));
    };
    let asked = Asked::read(intake, doorway, headers, &room.section)?;
    let body = read(body, headers, &room.section).await?;
    let written = check::command(doorway.spec, &body).map_err(|wrong| Problem::faults(&wrong))?;
    let lineage = intake.append(doorway, &asked, &written, issuer.as_deref(), &room.section).await?;
    let answer = Json(json!({ "id": asked.id, "correlation": lineage.correlation }));
    let mut response = (StatusCode::ACCEPTED, answer).into_response();
    if let Ok(value) = HeaderValue::from_str(&lineage.traceparent) {
        response.headers_mut().insert("traceparent", value);
    }
    Ok(response)
}

/// The door with this name: `PlaceOrder`, or `Ordering.PlaceOrder` where several contexts share a process.
fn find<'i>(intakes: &'i [Arc<Intake>], name: &str) -> Result<(&'i Intake, &'i Doorway), Problem> {
    if intakes.is_empty() {
        return Err(starting());
    }
    let is_meant = |intake: &Intake, own: &str| match name.split_once('.') {
        Some((context, command)) => intake.ground.spec.name == context && own == command,
        None => own == name,
    };
    let all = || intakes.iter().flat_map(|intake| intake.doorways.iter().map(move |door| (&**intake, door)));
    let found: Vec<_> = all().filter(|(intake, door)| is_meant(intake, door.spec.name)).collect();
    match found.as_slice() {
        [one] => return Ok(*one),
        [] => {}
        several => {
            let names: Vec<String> = several.iter().map(|(intake, door)| intake.qualified(door)).collect();
            let detail = format!("several contexts have it: {}", names.join(", "));
            return Err(Problem::new(
                StatusCode::NOT_FOUND,
                "A-204",
                "which command is meant is not clear",
                detail,
            )
            .with("commands", json!(names)));
        }
    }
    let inside = intakes.iter().any(|intake| intake.inside.iter().any(|own| is_meant(intake, own)));
    let names: Vec<&str> = all().map(|(_, door)| door.spec.name).collect();
    let detail = if inside {
        "no actor issues this command: policies, schedules or other contexts do".to_owned()
    } else if let Some(near) = nearest(names.iter().copied(), name) {
        format!("did you mean `{near}`?")
    } else {
        format!("actors issue {} commands here", names.len())
    };
    Err(Problem::new(StatusCode::NOT_FOUND, "A-204", "there is no door for this command", detail)
        .with("commands", json!(names)))
}

pub(super) fn starting() -> Problem {
    let detail = "the service is starting or stopping, or this process runs another of its loops";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "A-210", "commands are not taken yet", detail)
        .header(header::RETRY_AFTER, "1")
}

/// # Errors
/// The body says that it is of another type.
pub(super) fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json")) {
        return Ok(());
    }
    let detail = "send `Content-Type: application/json`";
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "A-208", "the body is of another type", detail))
}

/// The whole body, of a size and within a time.
pub(super) async fn read(body: Body, headers: &HeaderMap, section: &HttpSection) -> Result<Vec<u8>, Problem> {
    let most = section.max_body.0;
    let too_large = || {
        let detail = format!("`http.max_body` is {most} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "A-207", "the body is too large", detail)
    };
    let length =
        headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > most) {
        return Err(too_large());
    }
    let mut stream = body.into_data_stream();
    let mut whole = Vec::new();
    let reading = async {
        while let Some(part) = poll_fn(|cx| Pin::new(&mut stream).poll_next(cx)).await {
            let part: Bytes = part.map_err(|error| {
                let detail = format!("it broke off: {}", BoxError::from(error));
                Problem::new(StatusCode::BAD_REQUEST, "A-206", "the body did not arrive", detail)
            })?;
            if whole.len() + part.len() > most {
                return Err(too_large());
            }
            whole.extend_from_slice(&part);
        }
        Ok(())
    };
    let late = |_| {
        let detail = "it took longer than `http.timeout`";
        Problem::new(StatusCode::REQUEST_TIMEOUT, "A-206", "the body did not arrive", detail)
    };
    tokio::time::timeout(section.timeout.0, reading).await.map_err(late)??;
    Ok(whole)
}

async fn only_post(state: State<Arc<Room>>, caller: Caller, headers: HeaderMap) -> Problem {
    wrong_method(&state, &caller, &headers, "POST")
}

async fn only_get(state: State<Arc<Room>>, caller: Caller, headers: HeaderMap) -> Problem {
    wrong_method(&state, &caller, &headers, "GET")
}

fn wrong_method(room: &Room, peer: &Peer, headers: &HeaderMap, right: &'static str) -> Problem {
    if let Err(problem) = room.guard.admit(headers, peer) {
        return problem;
    }
    let detail = format!("use {right}");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "A-205", "this is asked for in another way", detail)
        .header(header::ALLOW, right)
}

/// The commands that have a door.
async fn names(
    State(room): State<Arc<Room>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    room.guard.admit(&headers, &caller)?;
    let intakes = room.intakes();
    if intakes.is_empty() {
        return Err(starting());
    }
    let of = |intake: &Arc<Intake>| {
        let intake = intake.clone();
        let doors = intake.doorways.iter();
        doors.map(|door| json!({ "name": door.spec.name, "context": intake.ground.spec.name, "actors": door.spec.actors }))
            .collect::<Vec<_>>()
    };
    let all: Vec<_> = intakes.iter().flat_map(of).collect();
    Ok(Json(json!({ "commands": all })).into_response())
}

/// The OpenAPI document, where one context runs.
async fn only_description(
    State(room): State<Arc<Room>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    room.guard.admit(&headers, &caller)?;
    let intakes = room.intakes();
    match intakes.as_slice() {
        [] => Err(starting()),
        [intake] => described(Some(intake), &intakes),
        _ => described(None, &intakes),
    }
}

async fn description(
    State(room): State<Arc<Room>>,
    caller: Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    room.guard.admit(&headers, &caller)?;
    let intakes = room.intakes();
    let slug = name.strip_suffix(".json").unwrap_or(&name);
    described(intakes.iter().find(|intake| intake.ground.spec.slug == slug), &intakes)
}

fn described(meant: Option<&Arc<Intake>>, intakes: &[Arc<Intake>]) -> Result<Response, Problem> {
    match meant.and_then(|intake| intake.openapi) {
        Some(text) => Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response()),
        None => {
            let described = intakes.iter().filter(|intake| intake.openapi.is_some());
            let paths: Vec<String> =
                described.map(|intake| format!("/openapi/{}.json", intake.ground.spec.slug)).collect();
            let detail = "each context that actors command has a description of its own";
            Err(Problem::new(StatusCode::NOT_FOUND, "A-204", "there is no description here", detail)
                .with("descriptions", json!(paths)))
        }
    }
}
