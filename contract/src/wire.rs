//! Between protobuf's types and the model's: exact both ways, or refused.
//! It must not know: any message in particular. Generated code calls these, one a field.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime, SecondsFormat, TimeDelta, TimeZone, Timelike, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::refusal::Refusal;
use crate::{Date, Duration, Json, Time, Timestamp};

/// A field that must be there.
///
/// # Errors
/// It is not.
pub fn required<T>(field: &str, value: Option<T>) -> Result<T, Refusal> {
    value.ok_or_else(|| Refusal::missing(field))
}

/// An enum's number as its prost type; zero (`_UNSPECIFIED`) is refused by the caller's `match`.
///
/// # Errors
/// The model has no name for the number, or it is zero.
pub fn enumeration<E: TryFrom<i32>>(field: &str, number: i32) -> Result<E, Refusal> {
    if number == 0 {
        return Err(Refusal::unspecified(field));
    }
    E::try_from(number).map_err(|_| Refusal::unknown_number(field))
}

/// Each member converted; a refusal names the field.
///
/// # Errors
/// The first member that does not convert.
pub fn list<W, T>(
    field: &str,
    values: Vec<W>,
    one: impl Fn(W) -> Result<T, Refusal>,
) -> Result<Vec<T>, Refusal> {
    values.into_iter().map(|value| one(value).map_err(|refusal| refusal.within(field))).collect()
}

/// Each value of a map converted; a refusal names the field. `BTreeMap` and `HashMap` both fit on the wire's side.
///
/// # Errors
/// The first value that does not convert.
pub fn map<W, T>(
    field: &str,
    values: impl IntoIterator<Item = (String, W)>,
    one: impl Fn(W) -> Result<T, Refusal>,
) -> Result<BTreeMap<String, T>, Refusal> {
    let convert = |(key, value)| Ok((key, one(value).map_err(|refusal: Refusal| refusal.within(field))?));
    values.into_iter().map(convert).collect()
}

/// A uuid from its text.
///
/// # Errors
/// The text is not a uuid.
pub fn uuid(field: &str, text: &str) -> Result<Uuid, Refusal> {
    Uuid::try_parse(text).map_err(|_| Refusal::not_a("uuid", field))
}

/// A uuid's text, 8-4-4-4-12 in lower case.
pub fn uuid_text(value: &Uuid) -> String {
    value.hyphenated().to_string()
}

/// A decimal from its text.
///
/// # Errors
/// The text is not a decimal, has more than 28 digits, or more than `scale` places.
pub fn decimal(field: &str, text: &str, scale: u32) -> Result<Decimal, Refusal> {
    let mut value = Decimal::from_str_exact(text).map_err(|_| Refusal::not_a("decimal", field))?;
    if value.scale() > scale && value.normalize().scale() > scale {
        return Err(Refusal::out_of_range(field));
    }
    value.rescale(scale);
    Ok(value)
}

/// A decimal's text with exactly `scale` places. A value with more places is rounded half to even: the type's scale is
/// the model's promise.
pub fn decimal_text(value: &Decimal, scale: u32) -> String {
    let mut value = value.round_dp(scale);
    value.rescale(scale);
    value.to_string()
}

/// A point in time.
///
/// # Errors
/// It lies outside of what the calendar holds.
pub fn timestamp(field: &str, value: prost_types::Timestamp) -> Result<Timestamp, Refusal> {
    let nanos = u32::try_from(value.nanos).map_err(|_| Refusal::out_of_range(field))?;
    Utc.timestamp_opt(value.seconds, nanos).single().ok_or_else(|| Refusal::out_of_range(field))
}

/// A point in time, for the wire.
pub fn timestamp_wire(value: &Timestamp) -> prost_types::Timestamp {
    let nanos = i32::try_from(value.nanosecond().min(999_999_999)).unwrap_or(0);
    prost_types::Timestamp { seconds: value.timestamp(), nanos }
}

/// A point in time as text, microseconds kept: `2026-11-22T06:32:05.123456Z`.
pub fn timestamp_text(value: &Timestamp) -> String {
    value.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// A length of time.
///
/// # Errors
/// It is longer than 292 million years, or its parts have different signs.
pub fn duration(field: &str, value: prost_types::Duration) -> Result<Duration, Refusal> {
    let mixed = (value.seconds > 0 && value.nanos < 0) || (value.seconds < 0 && value.nanos > 0);
    let whole = TimeDelta::try_seconds(value.seconds).filter(|_| !mixed && value.nanos.abs() < 1_000_000_000);
    let parts = TimeDelta::nanoseconds(value.nanos.into());
    whole.and_then(|whole| whole.checked_add(&parts)).ok_or_else(|| Refusal::out_of_range(field))
}

/// A length of time, for the wire.
pub fn duration_wire(value: &Duration) -> prost_types::Duration {
    prost_types::Duration { seconds: value.num_seconds(), nanos: value.subsec_nanos() }
}

/// A date from its ISO text, `2026-11-22`.
///
/// # Errors
/// The text is not a date.
pub fn date(field: &str, text: &str) -> Result<Date, Refusal> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| Refusal::not_a("date", field))
}

/// A date's ISO text.
pub fn date_text(value: &Date) -> String {
    value.format("%Y-%m-%d").to_string()
}

/// A time of day from its text, `06:32:05` with up to nine places.
///
/// # Errors
/// The text is not a time of day.
pub fn time(field: &str, text: &str) -> Result<Time, Refusal> {
    NaiveTime::parse_from_str(text, "%H:%M:%S%.f").map_err(|_| Refusal::not_a("time", field))
}

/// A time of day's text, with as many places as it needs.
pub fn time_text(value: &Time) -> String {
    value.format("%H:%M:%S%.f").to_string()
}

/// A value from its JSON text: [`Json`] itself, or a record, a list or a map of the model.
///
/// # Errors
/// The text is not JSON, or does not fit.
pub fn json<T: serde::de::DeserializeOwned>(field: &str, text: &str) -> Result<T, Refusal> {
    serde_json::from_str(text).map_err(|_| Refusal::not_a("json", field))
}

/// JSON's text.
pub fn json_text(value: &Json) -> String {
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_their_places_or_are_refused() {
        assert_eq!(decimal_text(&Decimal::new(125, 1), 2), "12.50");
        assert_eq!(decimal("total", "12.50", 2), Ok(Decimal::new(1250, 2)));
        assert_eq!(decimal("total", "12.500", 2).map(|d| d.to_string()), Ok("12.50".into()));
        assert_eq!(decimal("total", "12.505", 2).unwrap_err().code, "V-106");
        assert_eq!(decimal("total", "twelve", 2).unwrap_err().code, "V-102");
    }

    #[test]
    fn times_keep_their_microseconds() {
        let at = Utc.timestamp_opt(1_700_000_000, 123_456_000).unwrap();
        assert_eq!(timestamp("at", timestamp_wire(&at)), Ok(at));
        assert_eq!(timestamp_text(&at), "2023-11-14T22:13:20.123456Z");
        let length = TimeDelta::microseconds(-1_500_000);
        assert_eq!(duration("for", duration_wire(&length)), Ok(length));
        assert_eq!(time("at", "06:32:05.25").map(|t| time_text(&t)), Ok("06:32:05.250".into()));
    }

    #[test]
    fn an_enum_s_zero_is_refused() {
        assert_eq!(enumeration::<u8>("status", 0).unwrap_err().code, "V-104");
        assert_eq!(enumeration::<u8>("status", 999).unwrap_err().code, "V-103");
        assert_eq!(enumeration::<u8>("status", 3), Ok(3));
    }
}
