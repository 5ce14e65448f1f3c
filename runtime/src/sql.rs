//! What a handler needs to talk to its database: the driver's parameter and row types, and the way in for the model's
//! types that the driver does not know.
//! It must not know: transactions; those are [`crate::Work`]'s.

pub use mysql_async::prelude::{FromRow, FromValue};
pub use mysql_async::{Params, Row, Value, params};

use chrono::{Datelike, Timelike};

/// A value as its text: for uuids in CHAR(36) columns, decimals, enums.
pub fn text(value: &impl std::fmt::Display) -> Value {
    Value::from(value.to_string())
}

/// A value that may be absent, as its text or NULL.
pub fn optional_text<T: std::fmt::Display>(value: Option<&T>) -> Value {
    value.map_or(Value::NULL, text)
}

/// A uuid's 16 bytes: for BINARY(16) columns.
pub fn uuid_bytes(value: &crate::Uuid) -> Value {
    Value::Bytes(value.as_bytes().to_vec())
}

/// A point in time, in UTC and with its microseconds: for TIMESTAMP(6) and DATETIME(6) columns.
pub fn timestamp(value: &crate::Timestamp) -> Value {
    let (date, time) = (value.date_naive(), value.time());
    date_value(
        &date,
        time.hour() as u8,
        time.minute() as u8,
        time.second() as u8,
        value.timestamp_subsec_micros(),
    )
}

/// A date.
pub fn date(value: &crate::Date) -> Value {
    date_value(value, 0, 0, 0, 0)
}

/// Anything that serialises, as JSON text: for JSON columns.
///
/// # Errors
/// A failure for good: a map whose keys are not texts has no JSON.
pub fn json(value: &impl serde::Serialize) -> Result<Value, crate::Failure> {
    let text = serde_json::to_string(value);
    text.map(Value::from).map_err(|_| crate::Failure::for_good("a value that JSON cannot express"))
}

fn date_value(date: &crate::Date, hour: u8, minute: u8, second: u8, micros: u32) -> Value {
    let year = u16::try_from(date.year()).unwrap_or(0);
    Value::Date(year, date.month() as u8, date.day() as u8, hour, minute, second, micros.min(999_999))
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    #[test]
    fn a_timestamp_keeps_its_microseconds() {
        let at = Utc.timestamp_opt(1_700_000_000, 123_456_000).unwrap();
        assert_eq!(super::timestamp(&at), super::Value::Date(2023, 11, 14, 22, 13, 20, 123_456));
    }
}
