//! One value that holds no others: from JSON to its field on the wire.
//! It must not know: where the value stands.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use prost::encoding;
use rust_decimal::Decimal;
use serde_json::value::RawValue;

use super::{bytes, text};
use crate::spec::Kind;
use crate::wire;

/// What is wrong; nothing when it is the JSON type.
type Off = Option<&'static str>;

const RANGE: Off = Some("is out of range");
const FORM: Off = Some("is text of another form");

/// Writes a value as the field `number`.
///
/// # Errors
/// What is wrong with it.
pub(super) fn write(kind: &Kind, number: u32, json: &RawValue, out: &mut Vec<u8>) -> Result<(), Off> {
    match kind {
        Kind::Bool => encoding::bool::encode(number, &boolean(json)?, out),
        Kind::I32 => encoding::int32::encode(number, &whole(json, false)?, out),
        Kind::U32 => encoding::uint32::encode(number, &whole(json, false)?, out),
        Kind::I64 => encoding::int64::encode(number, &whole(json, true)?, out),
        Kind::U64 => encoding::uint64::encode(number, &whole(json, true)?, out),
        Kind::F32 => encoding::float::encode(number, &float::<f32>(json, |it| it.is_finite())?, out),
        Kind::F64 => encoding::double::encode(number, &float::<f64>(json, |it| it.is_finite())?, out),
        Kind::Decimal { precision, scale } => {
            bytes(number, decimal(json, *precision, *scale)?.as_bytes(), out);
        }
        Kind::String { most } => {
            let text = string(json)?;
            if most.is_some_and(|most| text.chars().count() > most as usize) {
                return Err(Some("is too long"));
            }
            bytes(number, text.as_bytes(), out);
        }
        Kind::Bytes => {
            let decoded = LENIENT.decode(string(json)?.replace('-', "+").replace('_', "/"));
            bytes(number, &decoded.map_err(|_| FORM)?, out);
        }
        Kind::Uuid => {
            let text = string(json)?;
            let value = wire::uuid("", &text).ok().filter(|_| text.len() == 36).ok_or(FORM)?;
            bytes(number, wire::uuid_text(&value).as_bytes(), out);
        }
        Kind::Date => {
            let value = text::date(&string(json)?).ok_or(FORM)?;
            bytes(number, wire::date_text(&value).as_bytes(), out);
        }
        Kind::Time => {
            let value = text::time(&string(json)?).ok_or(FORM)?;
            bytes(number, wire::time_text(&value).as_bytes(), out);
        }
        Kind::Timestamp => {
            let value = text::timestamp(&string(json)?).ok_or(FORM)?;
            encoding::message::encode(number, &wire::timestamp_wire(&value), out);
        }
        Kind::Duration => {
            let value = text::duration(&string(json)?).ok_or(FORM)?;
            encoding::message::encode(number, &value, out);
        }
        Kind::Json => {
            let value: serde_json::Value =
                serde_json::from_str(json.get()).map_err(|_| Some("is nested too deeply or is no text"))?;
            bytes(number, wire::json_text(&value).as_bytes(), out);
        }
        Kind::Enum(values) => {
            let text = string(json)?;
            let found = values.iter().find(|(name, _)| *name == text);
            let (_, value) = found.ok_or(Some("is none of the values"))?;
            encoding::int32::encode(number, value, out);
        }
        Kind::Record(_) | Kind::Map(_) => unreachable!("values that hold others are written by their check"),
    }
    Ok(())
}

/// True for text that would make a key unreadable: none at all, or the sign that stands between a key's parts.
pub(super) fn cannot_be_a_key(kind: &Kind, json: &RawValue) -> bool {
    let unreadable = |text: String| text.is_empty() || text.chars().any(char::is_control);
    matches!(kind, Kind::String { .. }) && string(json).is_ok_and(unreadable)
}

/// Base64 with or without its padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn boolean(json: &RawValue) -> Result<bool, Off> {
    serde_json::from_str(json.get()).map_err(|_| None)
}

fn string(json: &RawValue) -> Result<String, Off> {
    if !json.get().starts_with('"') {
        return Err(None);
    }
    // Half of a surrogate pair is valid JSON and no text.
    serde_json::from_str(json.get()).map_err(|_| Some("is text with half of a character"))
}

fn is_number(json: &RawValue) -> bool {
    json.get().starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

/// A whole number; 64 bits may come as text, since many a JSON library has none.
fn whole<T: std::str::FromStr + TryFrom<i128>>(json: &RawValue, as_text: bool) -> Result<T, Off> {
    let text = match json.get() {
        text if is_number(json) => text.to_owned(),
        text if as_text && text.starts_with('"') => {
            let text = string(json)?;
            let digits = text.strip_prefix('-').unwrap_or(&text);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(FORM);
            }
            text
        }
        _ => return Err(None),
    };
    if let Ok(value) = text.parse() {
        return Ok(value);
    }
    // `5.0` and `5e3` are whole numbers too.
    let exact = exact(&text).ok_or(RANGE)?;
    if !exact.is_integer() {
        return Err(Some("is no whole number"));
    }
    let whole = i128::try_from(exact).map_err(|_| RANGE)?;
    T::try_from(whole).map_err(|_| RANGE)
}

fn float<T: std::str::FromStr>(json: &RawValue, finite: impl Fn(&T) -> bool) -> Result<T, Off> {
    if !is_number(json) {
        return Err(None);
    }
    json.get().parse().ok().filter(finite).ok_or(RANGE)
}

fn decimal(json: &RawValue, precision: u8, scale: u8) -> Result<String, Off> {
    let text = match json.get() {
        text if is_number(json) => text.to_owned(),
        text if text.starts_with('"') => {
            let text = string(json)?;
            if !text::is_decimal(&text) {
                return Err(FORM);
            }
            text
        }
        _ => return Err(None),
    };
    let mut value = exact(&text).ok_or(RANGE)?.normalize();
    if value.scale() > u32::from(scale) {
        return Err(Some("has too many digits after the point"));
    }
    let before = u32::from(precision.saturating_sub(scale));
    if before < 28 && value.abs() >= Decimal::from_i128_with_scale(10_i128.pow(before), 0) {
        return Err(RANGE);
    }
    if value.is_zero() {
        value.set_sign_positive(true);
    }
    Ok(wire::decimal_text(&value, scale.into()))
}

/// A number's text as an exact decimal; nothing when it has more digits than one holds.
fn exact(text: &str) -> Option<Decimal> {
    match text.contains(['e', 'E']) {
        true => Decimal::from_scientific(text).ok(),
        false => Decimal::from_str_exact(text).ok(),
    }
}
