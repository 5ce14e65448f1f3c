//! How one column's bytes become one protobuf field: settled once a table map, then done for each row.
//! It must not know: rows, transactions, or how the bytes came here.

#[cfg(test)]
mod tests;
mod text;

use super::bytes::{big, little};
use super::charset::Charset;
use super::column::{BINARY, Kind};
use super::proto;
use super::temporal::{self, Moment};
use crate::spec::Wire;

/// No row image may be larger than this, in bytes.
pub(in crate::source) const MAX_ROW: usize = 16 << 20;

/// A column's type in the database and its type in the message, agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source) enum Form {
    Signed,
    Unsigned,
    Bit,
    Bool,
    Year,
    Float,
    FloatAsDouble,
    Double,
    Text(Charset),
    /// Raw bytes, filled up with zeroes to this length: the servers strip them from BINARY.
    Bytes {
        length: usize,
    },
    Uuid,
    UuidText(Charset),
    Decimal {
        precision: u8,
        scale: u8,
        places: u8,
    },
    Date,
    Time {
        digits: u8,
    },
    Datetime {
        digits: u8,
    },
    Timestamp {
        digits: u8,
    },
    OldTime,
    OldDatetime,
    OldTimestamp,
    Json,
    Enum(Vec<String>),
    Set(Vec<String>),
}

/// Agrees on a form; `None` when the column's values do not fit the message's type without loss.
pub(in crate::source) fn agree(kind: &Kind, wire: Wire) -> Option<Form> {
    let text = |collation: u16| Charset::of(collation);
    Some(match (wire, kind) {
        (Wire::Bool, Kind::Int { width: 1, .. } | Kind::Bit { bytes: 1 }) => Form::Bool,
        (Wire::Int32, Kind::Int { width: 1..=4, signed: true }) => Form::Signed,
        (Wire::Int64, Kind::Int { signed: true, .. }) => Form::Signed,
        (Wire::Int32, Kind::Int { width: 1..=3, signed: false }) => Form::Unsigned,
        (Wire::Int64 | Wire::Uint32, Kind::Int { width: 1..=4, signed: false }) => Form::Unsigned,
        (Wire::Uint64, Kind::Int { signed: false, .. }) => Form::Unsigned,
        (Wire::Uint64, Kind::Bit { .. }) => Form::Bit,
        (Wire::Int32 | Wire::Int64 | Wire::Uint32 | Wire::Uint64, Kind::Year) => Form::Year,
        (Wire::Float, Kind::Float) => Form::Float,
        (Wire::Double, Kind::Float) => Form::FloatAsDouble,
        (Wire::Double, Kind::Double) => Form::Double,
        (
            Wire::String,
            Kind::Fixed { collation, .. } | Kind::Var { collation, .. } | Kind::Blob { collation, .. },
        ) => Form::Text(text(*collation)?),
        (Wire::Bytes, Kind::Fixed { length, collation: BINARY }) => {
            Form::Bytes { length: usize::from(*length) }
        }
        (
            Wire::Bytes,
            Kind::Var { collation: BINARY, .. }
            | Kind::Blob { collation: BINARY, .. }
            | Kind::Geometry { .. }
            | Kind::Vector { .. },
        ) => Form::Bytes { length: 0 },
        (Wire::Uuid, Kind::Fixed { length: 16, collation: BINARY }) => Form::Uuid,
        (Wire::Uuid, Kind::Fixed { collation, .. } | Kind::Var { collation, .. }) => {
            Form::UuidText(text(*collation)?)
        }
        (Wire::Decimal { scale: places }, Kind::Decimal { precision, scale }) if *scale <= places => {
            Form::Decimal { precision: *precision, scale: *scale, places }
        }
        (Wire::Date, Kind::Date) => Form::Date,
        (Wire::Time, Kind::Time { digits }) => Form::Time { digits: *digits },
        (Wire::Time, Kind::OldTime) => Form::OldTime,
        (Wire::Timestamp, Kind::Datetime { digits }) => Form::Datetime { digits: *digits },
        (Wire::Timestamp, Kind::Timestamp { digits }) => Form::Timestamp { digits: *digits },
        (Wire::Timestamp, Kind::OldDatetime) => Form::OldDatetime,
        (Wire::Timestamp, Kind::OldTimestamp) => Form::OldTimestamp,
        (Wire::Json, Kind::Json { .. }) => Form::Json,
        (
            Wire::Json,
            Kind::Fixed { collation, .. } | Kind::Var { collation, .. } | Kind::Blob { collation, .. },
        ) => Form::Text(text(*collation)?),
        (Wire::Enum, Kind::Enum { members, .. }) if !members.is_empty() => Form::Enum(members.clone()),
        (Wire::Set, Kind::Set { members, .. }) if !members.is_empty() => Form::Set(members.clone()),
        _ => return None,
    })
}

/// A value that its form cannot say exactly: what it would have to be, without the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) struct Inexpressible(pub &'static str);

const UNTRUE: Inexpressible = Inexpressible("0 or 1");
const NO_TEXT: Inexpressible = Inexpressible("text in its column's character set");
const NO_DAY: Inexpressible = Inexpressible("a day of the calendar");
const NO_TIME: Inexpressible = Inexpressible("a time from -838:59:59 to 838:59:59");

impl Form {
    /// Appends the field. `scratch` is room for text that is longer or shorter than its source.
    ///
    /// # Errors
    /// The value cannot be said exactly.
    pub fn write(
        &self,
        field: u32,
        value: &[u8],
        scratch: &mut String,
        out: &mut Vec<u8>,
    ) -> Result<(), Inexpressible> {
        match self {
            Self::Signed => proto::number(field, signed(value) as u64, out),
            Self::Unsigned => proto::number(field, little(value), out),
            Self::Bit => proto::number(field, big(value), out),
            Self::Bool => proto::number(field, u64::from(truth(value)?), out),
            Self::Year => proto::number(field, year(value), out),
            Self::Float | Self::Double => proto::fixed(field, value, out),
            Self::FloatAsDouble => proto::fixed(field, &f64::from(single(value)).to_le_bytes(), out),
            Self::Bytes { length } if value.len() < *length => {
                let mut padded = value.to_vec();
                padded.resize(*length, 0);
                proto::bytes(field, &padded, out);
            }
            Self::Bytes { .. } => proto::bytes(field, value, out),
            Self::Text(charset) => {
                proto::bytes(field, charset.decode(value).ok_or(NO_TEXT)?.as_bytes(), out);
            }
            _ => match self.moment(value)? {
                Some(Moment { seconds, nanos }) => proto::moment(field, seconds, nanos, out),
                None => {
                    scratch.clear();
                    self.text(value, scratch)?;
                    proto::bytes(field, scratch.as_bytes(), out);
                }
            },
        }
        Ok(())
    }

    fn moment(&self, value: &[u8]) -> Result<Option<Moment>, Inexpressible> {
        let some = |moment: Option<Moment>, why| moment.ok_or(why).map(Some);
        match self {
            Self::Time { digits } => some(temporal::time(value, *digits), NO_TIME),
            Self::OldTime => some(temporal::old_time(value), NO_TIME),
            Self::Datetime { digits } => some(temporal::datetime(value, *digits), NO_DAY),
            Self::Timestamp { digits } => some(temporal::timestamp(value, *digits), NO_DAY),
            Self::OldDatetime => some(temporal::old_datetime(value), NO_DAY),
            Self::OldTimestamp => some(temporal::old_timestamp(value), NO_DAY),
            _ => Ok(None),
        }
    }
}

fn signed(value: &[u8]) -> i64 {
    let unused = 64 - 8 * value.len().clamp(1, 8) as u32;
    (little(value) << unused) as i64 >> unused
}

fn truth(value: &[u8]) -> Result<bool, Inexpressible> {
    match value {
        [0] => Ok(false),
        [1] => Ok(true),
        _ => Err(UNTRUE),
    }
}

fn year(value: &[u8]) -> u64 {
    match little(value) {
        0 => 0,
        since => since + 1900,
    }
}

fn single(value: &[u8]) -> f32 {
    f32::from_bits(little(value) as u32)
}
