//! JSON against a command's fields: protobuf if all of it fits, else every fault with the way to its field. What a caller
//! sent is never repeated in a fault.
//! It must not know: HTTP, or which command it reads.

mod scalar;
#[cfg(test)]
mod tests;
mod text;

use prost::encoding::{self, WireType};
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::near::nearest;
use crate::change::Op;
use crate::spec::{CommandSpec, FieldSpec, Kind, Shape};

/// The most faults that are told at once.
const MOST: usize = 50;

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Wrong {
    /// The way to the field: `lines[0].quantity`; empty for the whole body.
    pub(super) field: String,
    /// What is wrong, without the value: `is missing`, `is text`.
    pub(super) what: String,
    /// What it should be.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) expected: String,
    /// What was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) help: Option<String>,
}

/// The command as protobuf.
///
/// # Errors
/// Every fault, at most fifty. One fault without a field when the body is no JSON.
pub(super) fn command(spec: &CommandSpec, body: &[u8]) -> Result<Vec<u8>, Vec<Wrong>> {
    let whole = |what: String| {
        let expected = format!("a JSON object with the fields of `{}`", spec.name);
        vec![Wrong { field: String::new(), what, expected, help: None }]
    };
    let json: &RawValue = serde_json::from_slice(body).map_err(|error| {
        whole(format!("is no JSON from line {}, column {} on", error.line(), error.column()))
    })?;
    let mut check = Check { key: spec.key, wrong: Vec::new() };
    let mut out = Vec::with_capacity(body.len());
    check.message(spec.fields, json, "", &mut out);
    if check.wrong.is_empty() { Ok(out) } else { Err(check.wrong) }
}

/// The fields of a webhook's row as protobuf; what is absent or null is left out, and so is what nobody names.
///
/// # Errors
/// Every field that does not convert.
pub(super) fn row(
    fields: &'static [FieldSpec],
    key: &'static [&'static str],
    json: &RawValue,
) -> Result<Vec<u8>, Vec<Wrong>> {
    let (mut check, mut out) = (Check { key, wrong: Vec::new() }, Vec::new());
    for field in fields {
        if let Some(value) = at(json, field.name).filter(|value| value.get() != "null") {
            check.value(&field.kind, field.number, value, field.name, &mut out);
        }
    }
    if check.wrong.is_empty() { Ok(out) } else { Err(check.wrong) }
}

/// What stands on this way in a body: `data.object.id`.
pub(super) fn at<'j>(json: &'j RawValue, way: &str) -> Option<&'j RawValue> {
    way.split('.').try_fold(json, |json, name| {
        let members = serde_json::from_str::<Members<'_>>(json.get()).ok()?;
        members.0.into_iter().find(|(member, _)| member == name).map(|(_, value)| value)
    })
}

/// A row as the message of its insertion.
pub(super) fn inserted(row: &[u8]) -> Vec<u8> {
    let mut change = Vec::with_capacity(row.len() + 8);
    encoding::int32::encode(1, &(Op::Inserted as i32), &mut change);
    bytes(3, row, &mut change);
    change
}

/// A check that collects what is wrong.
struct Check {
    key: &'static [&'static str],
    wrong: Vec<Wrong>,
}

impl Check {
    fn wrong(&mut self, field: &str, what: impl Into<String>, expected: impl Into<String>) {
        self.tell(Wrong { field: field.into(), what: what.into(), expected: expected.into(), help: None });
    }

    fn tell(&mut self, wrong: Wrong) {
        if self.wrong.len() < MOST {
            self.wrong.push(wrong);
        }
    }

    /// The members of an object as the fields of a message.
    fn message(&mut self, fields: &'static [FieldSpec], json: &RawValue, at: &str, out: &mut Vec<u8>) {
        let Ok(members) = serde_json::from_str::<Members<'_>>(json.get()) else {
            return self.wrong(at, no_object(json), "an object");
        };
        let mut seen = vec![false; fields.len()];
        for (name, value) in &members.0 {
            let Some(index) = fields.iter().position(|field| field.name == name) else {
                self.unknown(fields, name, at);
                continue;
            };
            let (field, way) = (&fields[index], way(at, name));
            if std::mem::replace(&mut seen[index], true) {
                self.wrong(&way, "is there twice", expected(field));
                continue;
            }
            match field.shape {
                Shape::Optional if value.get() == "null" => {}
                Shape::One | Shape::Optional => self.value(&field.kind, field.number, value, &way, out),
                Shape::List => self.list(field, value, &way, out),
            }
        }
        for (field, _) in fields.iter().zip(seen).filter(|(_, seen)| !seen) {
            if field.shape != Shape::Optional {
                self.wrong(&way(at, field.name), "is missing", expected(field));
            }
        }
    }

    /// A name that is none of the fields'. What a caller made up is cut short.
    fn unknown(&mut self, fields: &'static [FieldSpec], name: &str, at: &str) {
        let near = nearest(fields.iter().map(|field| field.name), name);
        let names: Vec<String> = fields.iter().map(|field| format!("`{}`", field.name)).collect();
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => "there are no fields here".into(),
            None => format!("the fields are {}", names.join(", ")),
        };
        let short: String = name.chars().take(80).collect();
        let (field, what) = (way(at, &short), "is not a field of this command".into());
        self.tell(Wrong { field, what, expected: String::new(), help: Some(help) });
    }

    fn list(&mut self, field: &FieldSpec, json: &RawValue, at: &str, out: &mut Vec<u8>) {
        let Ok(members) = serde_json::from_str::<Vec<&RawValue>>(json.get()) else {
            return self.wrong(at, is_a(json), expected(field));
        };
        for (index, member) in members.into_iter().enumerate() {
            if self.wrong.len() >= MOST {
                return;
            }
            self.value(&field.kind, field.number, member, &format!("{at}[{index}]"), out);
        }
    }

    /// One value of a type, written as the field `number`.
    fn value(&mut self, kind: &Kind, number: u32, json: &RawValue, at: &str, out: &mut Vec<u8>) {
        match kind {
            Kind::Record(fields) => {
                let mut inner = Vec::new();
                self.message(fields, json, at, &mut inner);
                bytes(number, &inner, out);
            }
            Kind::Map(kind) => {
                let Ok(members) = serde_json::from_str::<Members<'_>>(json.get()) else {
                    return self.wrong(at, no_object(json), wanted(&Kind::Map(kind)));
                };
                for (key, value) in &members.0 {
                    if self.wrong.len() >= MOST {
                        return;
                    }
                    let mut entry = Vec::new();
                    bytes(1, key.as_bytes(), &mut entry);
                    let short: String = key.chars().take(80).collect();
                    self.value(kind, 2, value, &way(at, &short), &mut entry);
                    bytes(number, &entry, out);
                }
            }
            kind => match scalar::write(kind, number, json, out) {
                Err(what) => self.wrong(at, what.unwrap_or(is_a(json)), wanted(kind)),
                Ok(()) if self.key.contains(&at) && scalar::cannot_be_a_key(kind, json) => {
                    let expected =
                        format!("{} that is not empty and holds no control characters", wanted(kind));
                    self.wrong(at, "cannot be a key", expected);
                }
                Ok(()) => {}
            },
        }
    }
}

/// A member's way from the way to its object.
fn way(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

/// What stands there instead: its JSON type, and nothing of its value.
fn is_a(json: &RawValue) -> &'static str {
    match json.get().as_bytes().first() {
        Some(b'{') => "is an object",
        Some(b'[') => "is a list",
        Some(b'"') => "is text",
        Some(b't' | b'f') => "is true or false",
        Some(b'n') => "is null",
        _ => "is a number",
    }
}

fn no_object(json: &RawValue) -> &'static str {
    match is_a(json) {
        "is an object" => "has a name with half of a character",
        other => other,
    }
}

/// What a field should be.
fn expected(field: &FieldSpec) -> String {
    match field.shape {
        Shape::One | Shape::Optional => wanted(&field.kind),
        Shape::List => format!("a list, each {}", wanted(&field.kind)),
    }
}

/// What a value of a type should be, in words.
fn wanted(kind: &Kind) -> String {
    let whole = |from: &str, to: &str| format!("a whole number from {from} to {to}");
    match kind {
        Kind::Bool => "true or false".into(),
        Kind::I32 => whole("-2147483648", "2147483647"),
        Kind::U32 => whole("0", "4294967295"),
        Kind::I64 => whole("-9223372036854775808", "9223372036854775807"),
        Kind::U64 => whole("0", "18446744073709551615"),
        Kind::F32 | Kind::F64 => "a number".into(),
        Kind::Decimal { precision, scale } => {
            let before = precision - scale.min(precision);
            format!(
                "a decimal of at most {before} digits before the point and {scale} after it, like \"12.5\" or 12.5"
            )
        }
        Kind::String { most: None } => "text".into(),
        Kind::String { most: Some(most) } => format!("text of at most {most} characters"),
        Kind::Bytes => "bytes as base64 text".into(),
        Kind::Uuid => "a uuid, like \"6a1f7c1e-0000-4000-8000-000000000001\"".into(),
        Kind::Date => "a date, like \"2026-11-22\"".into(),
        Kind::Time => "a time of day, like \"06:32:05.25\"".into(),
        Kind::Timestamp => "a point in time with its offset, like \"2026-11-22T06:32:05Z\"".into(),
        Kind::Duration => "a length of time, like \"PT1H30M\" or \"5400s\"".into(),
        Kind::Json => "any JSON, not nested deeper than 100 levels".into(),
        Kind::Enum(values) => {
            let names: Vec<String> = values.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            format!("one of {}", names.join(", "))
        }
        Kind::Record(_) => "an object".into(),
        Kind::Map(value) => format!("an object, each value {}", wanted(value)),
    }
}

/// A string, bytes or message field.
fn bytes(number: u32, bytes: &[u8], out: &mut Vec<u8>) {
    encoding::encode_key(number, WireType::LengthDelimited, out);
    encoding::encode_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// An object's members, in order, one that is there twice among them.
struct Members<'j>(Vec<(String, &'j RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(All)
    }
}
