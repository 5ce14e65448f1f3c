//! An answer that says no: RFC 9457, with a code of docs/codes.md.
//! It must not know: why.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::check::Wrong;

/// A refusal. Nothing that the caller sent as a value is in it.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    title: &'static str,
    detail: String,
    more: Map<String, Value>,
    headers: Vec<(HeaderName, &'static str)>,
}

impl Problem {
    pub(super) fn new(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self { status, code, title, detail: detail.into(), more: Map::new(), headers: Vec::new() }
    }

    /// A body or header that is not what it should be, each fault with its field.
    pub(super) fn faults(wrong: &[Wrong]) -> Self {
        let detail = match wrong {
            [] => String::new(),
            [one, rest @ ..] => {
                let at = if one.field.is_empty() { "the body".into() } else { format!("`{}`", one.field) };
                let should = match (&one.help, one.expected.as_str()) {
                    (Some(help), _) => format!("; {help}"),
                    (None, "") => String::new(),
                    (None, expected) => format!("; it should be {expected}"),
                };
                let more =
                    if rest.is_empty() { String::new() } else { format!(" (and {} more)", rest.len()) };
                format!("{at} {}{should}{more}", one.what)
            }
        };
        Self::new(StatusCode::BAD_REQUEST, "A-202", "the command is not what the model says", detail)
            .with("errors", json!(wrong))
    }

    /// In words, for a log.
    pub(super) fn why(&self) -> String {
        format!("{}: {}", self.title, self.detail)
    }

    /// The same under another title.
    pub(super) fn titled(self, title: &'static str) -> Self {
        Self { title, ..self }
    }

    /// One more member.
    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        self.more.insert(name.into(), value);
        self
    }

    /// One more header.
    pub(super) fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = Map::new();
        body.insert("type".into(), "about:blank".into());
        body.insert("title".into(), self.title.into());
        body.insert("status".into(), self.status.as_u16().into());
        body.insert("code".into(), self.code.into());
        body.insert("detail".into(), self.detail.into());
        body.extend(self.more);
        let mut response = (self.status, Json(Value::Object(body))).into_response();
        let headers = self.headers.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value)));
        response.headers_mut().extend(headers);
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}
