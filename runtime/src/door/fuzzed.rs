//! What must hold at the door, whatever is sent: a body is a command or a call, or refused field by field.
//! Called with any bytes by fuzzing, and with those that were found by a plain test.
//! It must not know: who calls it.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::IntoResponse as _;
use ring::hmac;

use super::call::{self, Broken};
use super::check;
use super::command::is_json;
use super::intake::{idempotency_key, tenant};
use super::problem::Problem;
use super::signature::Signature;
use crate::spec::{CallId, CommandSpec, FieldSpec as F, Kind, WebhookSpec};
use crate::testing::fuzzed::Written;

/// The most faults that one answer tells.
const MOST: usize = 50;

pub(super) static LINE: &[F] = &[
    F::one("sku", 1, Kind::String { most: Some(4) }),
    F::one("quantity", 2, Kind::U32),
    F::optional("note", 3, Kind::String { most: None }),
];

pub(super) static STATUS: &[(&str, i32)] = &[("placed", 1), ("paid", 7)];

pub(super) static ALL: CommandSpec = CommandSpec {
    name: "All",
    actors: &["Tester"],
    key: &["name"],
    fields: &[
        F::optional("bool", 1, Kind::Bool),
        F::optional("i32", 2, Kind::I32),
        F::optional("i64", 3, Kind::I64),
        F::optional("u32", 4, Kind::U32),
        F::optional("u64", 5, Kind::U64),
        F::optional("f32", 6, Kind::F32),
        F::optional("f64", 7, Kind::F64),
        F::optional("decimal", 8, Kind::Decimal { precision: 12, scale: 2 }),
        F::optional("bytes", 9, Kind::Bytes),
        F::optional("uuid", 10, Kind::Uuid),
        F::optional("date", 11, Kind::Date),
        F::optional("time", 12, Kind::Time),
        F::optional("timestamp", 13, Kind::Timestamp),
        F::optional("duration", 14, Kind::Duration),
        F::optional("json", 15, Kind::Json),
        F::optional("status", 16, Kind::Enum(STATUS)),
        F::optional("line", 17, Kind::Record(LINE)),
        F::one("lines", 18, Kind::Map(&Kind::Record(LINE))),
        F::list("numbers", 19, Kind::I32),
        F::list("days", 20, Kind::Date),
        F::list("all_lines", 21, Kind::Record(LINE)),
        F::one("name", 22, Kind::String { most: Some(8) }),
        F::optional("wide", 23, Kind::Decimal { precision: 28, scale: 4 }),
    ],
};

static BY_FIELD: WebhookSpec = WebhookSpec {
    name: "cards",
    path: "/cards",
    signature: Some("x-signature"),
    id: CallId::Field("event.id"),
    message: "any.v1.CardsChange",
    key: &["data.order", "data.name"],
    fields: &[
        F::optional("status", 1, Kind::String { most: None }),
        F::optional("data.order", 2, Kind::Uuid),
        F::optional("data.name", 3, Kind::String { most: Some(40) }),
        F::optional("data.total", 4, Kind::Decimal { precision: 12, scale: 2 }),
        F::optional("data.at", 5, Kind::Timestamp),
        F::optional("data.more", 6, Kind::Json),
    ],
};

static BY_HEADER: WebhookSpec = WebhookSpec {
    id: CallId::Header("x-id"),
    key: &["number"],
    fields: &[F::optional("number", 1, Kind::U64), F::optional("kind", 2, Kind::Enum(STATUS))],
    ..BY_FIELD
};

const SECRET: &str = "a secret";

/// A request: its headers, and its body as a command's and as a webhook's.
///
/// # Panics
/// When a promise is broken.
pub fn door(bytes: &[u8]) {
    let written = Written::read(bytes);
    let mut headers = HeaderMap::new();
    for (name, value) in &written.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.unwrap_or_default())) {
            headers.append(name, value);
        }
    }
    let body = written.body.unwrap_or_default();
    command(body);
    webhook(&BY_FIELD, &headers, body);
    webhook(&BY_HEADER, &headers, body);
    signed(&headers, body);
    let _ = is_json(&headers);
    if let Ok(Some(key)) = idempotency_key(&headers) {
        assert!((1..=255).contains(&key.len()), "{key}");
    }
    if let Ok(tenant) = tenant(&headers, "x-tenant") {
        let parts = tenant.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"_-$".contains(&letter));
        assert!(parts && (1..=64).contains(&tenant.len()), "{tenant}");
    }
}

fn command(body: &[u8]) {
    let read = check::command(&ALL, body);
    match &read {
        Ok(command) => {
            assert!(<() as prost::Message>::decode(&command[..]).is_ok(), "a command is a message");
            assert!(command.len() <= 40 * body.len() + 100, "{} of {}", command.len(), body.len());
        }
        Err(wrong) => refused(wrong),
    }
    assert_eq!(check::command(&ALL, body), read, "the same again");
}

fn refused(wrong: &[check::Wrong]) {
    assert!((1..=MOST).contains(&wrong.len()), "{} faults", wrong.len());
    assert!(Problem::faults(wrong).into_response().status().is_client_error());
}

fn webhook(spec: &WebhookSpec, headers: &HeaderMap, body: &[u8]) {
    match call::read(spec, headers, body) {
        Ok(call) => {
            assert!((1..=255).contains(&call.id.len()) && call.id.is_ascii(), "{}", call.id);
            assert!(<() as prost::Message>::decode(&call.raw[..]).is_ok(), "a call is a message");
            let parts: Vec<&str> = call.key.split('\u{1f}').collect();
            assert!(call.key == call.id || parts.len() == spec.key.len(), "{parts:?}");
            assert!(
                parts.iter().all(|part| !part.is_empty() && !part.contains(char::is_control)),
                "{parts:?}"
            );
        }
        Err(Broken::NoId(place)) => assert!(!place.is_empty()),
        Err(Broken::Fields(wrong)) => refused(&wrong),
    }
}

/// What is sent is none of ours unless it says the body's own signature.
fn signed(headers: &HeaderMap, body: &[u8]) {
    let signature = Signature::new([SECRET]);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()), body);
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(signature.fits(&hex, body) && signature.fits(&format!("sha256={hex}"), body));
    let sent = headers.get("x-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let _ = signature.fits(sent, body);
    assert!(!signature.fits(&hex[..62], body) && !signature.fits(&hex, &[body, b"."].concat()));
}
