//! A webhook's body: its id and the fields that the model names, as the raw record's protobuf. Plain functions of the bytes.
//! It must not know: HTTP, signatures, or Kafka.

use axum::http::HeaderMap;
use serde_json::value::RawValue;

use super::check::{self, Wrong};
use crate::spec::{CallId, WebhookSpec};

/// What a call says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// What a repeat has again.
    pub(super) id: String,
    /// The aggregate's canonical key; the id where the body has none.
    pub(super) key: String,
    /// The raw record's body: a row that was inserted.
    pub(super) raw: Vec<u8>,
}

/// Why a body is no call.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// There is no id, or it is none: where it should be.
    NoId(String),
    /// Fields that do not convert.
    Fields(Vec<Wrong>),
}

pub(super) fn read(spec: &WebhookSpec, headers: &HeaderMap, body: &[u8]) -> Result<Call, Broken> {
    let json: &RawValue = serde_json::from_slice(body).map_err(|error| {
        let what = format!("is no JSON from line {}, column {} on", error.line(), error.column());
        let expected = format!("what `{}` sends", spec.name);
        Broken::Fields(vec![Wrong { field: String::new(), what, expected, help: None }])
    })?;
    let (found, place) = match spec.id {
        CallId::Header(name) => {
            let value = headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
            (value, format!("the header `{name}`"))
        }
        CallId::Field(way) => (text(json, way), format!("the field `{way}`")),
    };
    let id = found.filter(|id| (1..=255).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic()));
    let id = id.ok_or(Broken::NoId(place))?;
    let row = check::row(spec.fields, spec.key, json).map_err(Broken::Fields)?;
    let parts: Option<Vec<String>> = spec.key.iter().map(|way| text(json, way)).collect();
    let parts = parts.filter(|parts| !parts.is_empty());
    // Uuids are written in small letters, whoever writes them.
    let is_uuid = |way: &str| {
        spec.fields.iter().any(|field| field.name == way && matches!(field.kind, crate::spec::Kind::Uuid))
    };
    let canonical = |(way, part): (&&str, String)| if is_uuid(way) { part.to_lowercase() } else { part };
    let key = parts.map(|parts| spec.key.iter().zip(parts).map(canonical).collect::<Vec<_>>().join("\u{1f}"));
    Ok(Call { key: key.unwrap_or_else(|| id.clone()), id, raw: check::inserted(&row) })
}

/// A text or a whole number on this way; nothing else is an id or a key.
fn text(json: &RawValue, way: &str) -> Option<String> {
    match serde_json::from_str(check::at(json, way)?.get()) {
        Ok(serde_json::Value::String(text)) => Some(text),
        Ok(serde_json::Value::Number(number)) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{FieldSpec, Kind};

    static CARDS: WebhookSpec = WebhookSpec {
        name: "cards",
        path: "/cards",
        signature: None,
        id: CallId::Field("event.id"),
        message: "mini.v1.CardsChange",
        key: &["data.order"],
        fields: &[
            FieldSpec::optional("status", 1, Kind::String { most: None }),
            FieldSpec::optional("data.order", 2, Kind::Uuid),
            FieldSpec::optional("data.total", 3, Kind::Decimal { precision: 12, scale: 2 }),
        ],
    };
    const ORDER: &str = "6A1F7C1E-0000-4000-8000-000000000001";

    fn read(spec: &WebhookSpec, body: &str) -> Result<Call, Broken> {
        super::read(spec, &HeaderMap::new(), body.as_bytes())
    }

    #[test]
    fn the_fields_that_the_model_names_become_an_inserted_row() {
        let body = format!(
            r#"{{"event": {{"id": 7}}, "data": {{"order": "{ORDER}", "total": "12.5", "x": 1}}, "status": "ok"}}"#
        );
        let call = read(&CARDS, &body).unwrap();
        assert_eq!((call.id.as_str(), call.key), ("7", ORDER.to_lowercase()));
        let mut row = b"\x0a\x02ok\x12\x24".to_vec();
        row.extend(ORDER.to_lowercase().bytes());
        row.extend(b"\x1a\x0512.50");
        let mut change = vec![0x08, 1, 0x1a, row.len() as u8];
        change.extend(row);
        assert_eq!(call.raw, change);
        let other = read(&CARDS, r#"{"event": {"id": "e-1"}, "status": null}"#).unwrap();
        assert_eq!(
            (other.key.as_str(), other.raw),
            ("e-1", vec![0x08, 1, 0x1a, 0]),
            "a call of another kind"
        );
    }

    #[test]
    fn what_has_no_id_or_does_not_convert_is_named() {
        for none in ["{}", r#"{"event": {}}"#, r#"{"event": {"id": ""}}"#, r#"{"event": {"id": 1.5}}"#, "[]"]
        {
            assert_eq!(read(&CARDS, none), Err(Broken::NoId("the field `event.id`".into())), "{none}");
        }
        let Err(Broken::Fields(wrong)) = read(&CARDS, r#"{"event": {"id": 1}, "data": {"total": "much"}}"#)
        else {
            panic!("`much` is no amount")
        };
        assert_eq!(wrong[0].field, "data.total");
        assert!(!format!("{wrong:?}").contains("much"), "{wrong:?}");
        let Err(Broken::Fields(wrong)) = read(&CARDS, "{") else { panic!("that is no JSON") };
        assert!(wrong[0].what.starts_with("is no JSON"), "{wrong:?}");
        let by_header = WebhookSpec { id: CallId::Header("X-Id"), ..CARDS };
        assert_eq!(read(&by_header, "{}"), Err(Broken::NoId("the header `X-Id`".into())));
        let mut headers = HeaderMap::new();
        headers.insert("x-id", "h-1".parse().unwrap());
        assert_eq!(super::read(&by_header, &headers, b"{}").unwrap().id, "h-1");
    }
}
