//! How one column's bytes become one protobuf field: settled once a table map, then done for each row.
//! It must not know: rows, transactions, or how the bytes came here.

use std::fmt::Write;

use super::bytes::{big, little};
use super::charset::Charset;
use super::column::{BINARY, Kind};
use super::temporal::{self, Moment};
use super::{decimal, json, proto};
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

    /// Appends the value as its canonical text: what a key is made of, and what the fields that are text hold.
    ///
    /// # Errors
    /// The value cannot be said exactly.
    pub fn text(&self, value: &[u8], out: &mut String) -> Result<(), Inexpressible> {
        let shown = match self {
            Self::Signed => write!(out, "{}", signed(value)),
            Self::Unsigned => write!(out, "{}", little(value)),
            Self::Bit => write!(out, "{}", big(value)),
            Self::Bool => write!(out, "{}", truth(value)?),
            Self::Year => write!(out, "{}", year(value)),
            Self::Float | Self::FloatAsDouble => write!(out, "{}", single(value)),
            Self::Double => write!(out, "{}", f64::from_bits(little(value))),
            Self::Text(charset) => out.write_str(&charset.decode(value).ok_or(NO_TEXT)?),
            Self::Bytes { length } => value
                .iter()
                .try_for_each(|byte| write!(out, "{byte:02x}"))
                .and_then(|()| (value.len()..*length).try_for_each(|_| out.write_str("00"))),
            Self::Uuid => uuid(value, out),
            Self::UuidText(charset) => {
                let text = charset.decode(value).ok_or(NO_TEXT)?;
                if !is_uuid(&text) {
                    return Err(Inexpressible("a uuid of the form 8-4-4-4-12"));
                }
                text.chars().try_for_each(|character| out.write_char(character.to_ascii_lowercase()))
            }
            Self::Decimal { precision, scale, places } => {
                if !decimal::text(value, *precision, *scale, out) {
                    return Err(Inexpressible("a decimal"));
                }
                if *scale == 0 && *places > 0 {
                    out.push('.');
                }
                (*scale..*places).try_for_each(|_| out.write_char('0'))
            }
            Self::Date => {
                let (year, month, day) = temporal::date(value).ok_or(NO_DAY)?;
                write!(out, "{year:04}-{month:02}-{day:02}")
            }
            Self::Json => return json::text(value, MAX_ROW, out).map_err(|_| Inexpressible("readable JSON")),
            Self::Enum(members) => match little(value) {
                // The servers' own mark of an invalid value, which they show as empty.
                0 => Ok(()),
                index => {
                    let member = usize::try_from(index - 1).ok().and_then(|index| members.get(index));
                    out.write_str(member.ok_or(Inexpressible("one of its column's values"))?)
                }
            },
            Self::Set(members) => return set(little(value), members, out),
            Self::Time { .. } | Self::OldTime => {
                let moment = self.moment(value)?.ok_or(NO_TIME)?;
                duration(moment, out)
            }
            Self::Datetime { .. } | Self::Timestamp { .. } | Self::OldDatetime | Self::OldTimestamp => {
                let moment = self.moment(value)?.ok_or(NO_DAY)?;
                timestamp(moment, out)
            }
        };
        debug_assert!(shown.is_ok(), "a string takes any text");
        Ok(())
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

fn uuid(value: &[u8], out: &mut String) -> std::fmt::Result {
    let mut whole = [0u8; 16];
    let length = value.len().min(16);
    whole[..length].copy_from_slice(&value[..length]);
    for (index, byte) in whole.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        write!(out, "{byte:02x}")?;
    }
    Ok(())
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn set(bits: u64, members: &[String], out: &mut String) -> Result<(), Inexpressible> {
    if members.len() < 64 && bits >> members.len() != 0 {
        return Err(Inexpressible("made of its column's values"));
    }
    let chosen = members.iter().take(64).enumerate().filter(|(index, _)| bits >> index & 1 == 1);
    for (count, (_, member)) in chosen.enumerate() {
        if count > 0 {
            out.push(',');
        }
        out.push_str(member);
    }
    Ok(())
}

fn timestamp(moment: Moment, out: &mut String) -> std::fmt::Result {
    let (year, month, day, of_day) = temporal::civil(moment.seconds);
    let (hours, minutes, seconds) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    write!(out, "{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}")?;
    fraction(moment.nanos, out)?;
    out.write_char('Z')
}

fn duration(moment: Moment, out: &mut String) -> std::fmt::Result {
    if moment.seconds < 0 || moment.nanos < 0 {
        out.push('-');
    }
    let size = moment.seconds.abs();
    write!(out, "{:02}:{:02}:{:02}", size / 3600, size / 60 % 60, size % 60)?;
    fraction(moment.nanos.abs(), out)
}

fn fraction(nanos: i32, out: &mut String) -> std::fmt::Result {
    if nanos == 0 { Ok(()) } else { write!(out, ".{:06}", nanos / 1000) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(kind: &Kind, wire: Wire, value: &[u8]) -> Result<Vec<u8>, Inexpressible> {
        let mut out = Vec::new();
        let form = agree(kind, wire).expect("they agree");
        form.write(1, value, &mut String::new(), &mut out).map(|()| out)
    }

    fn shown(kind: &Kind, wire: Wire, value: &[u8]) -> Result<String, Inexpressible> {
        let mut out = String::new();
        agree(kind, wire).expect("they agree").text(value, &mut out).map(|()| out)
    }

    #[test]
    fn integers_of_every_width_and_sign() {
        let int = |width, signed| Kind::Int { width, signed };
        for (value, width) in
            [(-1i64, 1), (-8_388_608, 3), (-5, 3), (-32_768, 2), (i64::MIN, 8), (8_388_607, 3)]
        {
            let bytes = &value.to_le_bytes()[..usize::from(width)];
            assert_eq!(shown(&int(width, true), Wire::Int64, bytes), Ok(value.to_string()));
        }
        assert_eq!(shown(&int(1, false), Wire::Uint32, &[200]), Ok("200".into()));
        assert_eq!(shown(&int(8, false), Wire::Uint64, &[0xff; 8]), Ok(u64::MAX.to_string()));
        assert_eq!(written(&int(3, true), Wire::Int32, &[0xff, 0xff, 0xff]).map(|out| out.len()), Ok(11));
    }

    #[test]
    fn what_would_lose_is_not_agreed_on() {
        let int = |width, signed| Kind::Int { width, signed };
        assert_eq!(agree(&int(4, false), Wire::Int32), None);
        assert_eq!(agree(&int(8, true), Wire::Int32), None);
        assert_eq!(agree(&int(8, false), Wire::Int64), None);
        assert_eq!(agree(&int(4, true), Wire::Uint32), None);
        assert_eq!(agree(&Kind::Double, Wire::Float), None);
        assert_eq!(agree(&Kind::Decimal { precision: 10, scale: 4 }, Wire::Decimal { scale: 2 }), None);
        assert_eq!(agree(&Kind::Var { length: 9, collation: 35 }, Wire::String), None, "ucs2");
        assert_eq!(agree(&Kind::Var { length: 9, collation: 45 }, Wire::Bytes), None);
        assert_eq!(agree(&Kind::Var { length: 9, collation: BINARY }, Wire::String), None);
        assert_eq!(agree(&Kind::Enum { width: 1, members: Vec::new() }, Wire::Enum), None);
    }

    #[test]
    fn years_and_truths() {
        assert_eq!(shown(&Kind::Year, Wire::Int32, &[0]), Ok("0".into()));
        assert_eq!(shown(&Kind::Year, Wire::Int32, &[126]), Ok("2026".into()));
        let tiny = Kind::Int { width: 1, signed: true };
        assert_eq!(written(&tiny, Wire::Bool, &[1]), Ok(vec![0x08, 1]));
        assert_eq!(written(&tiny, Wire::Bool, &[2]), Err(UNTRUE));
    }

    #[test]
    fn binary_is_filled_up_and_uuids_are_dashed() {
        let sixteen = Kind::Fixed { length: 16, collation: BINARY };
        let value =
            [0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40];
        assert_eq!(shown(&sixteen, Wire::Uuid, &value), Ok("123e4567-e89b-12d3-a456-426614174000".into()));
        assert_eq!(written(&sixteen, Wire::Bytes, &value).map(|out| (out.len(), out[17])), Ok((18, 0)));
        let text = Kind::Fixed { length: 36, collation: 45 };
        let upper = b"123E4567-E89B-12D3-A456-426614174000";
        assert_eq!(shown(&text, Wire::Uuid, upper), Ok("123e4567-e89b-12d3-a456-426614174000".into()));
        assert!(shown(&text, Wire::Uuid, b"no uuid").is_err());
    }

    #[test]
    fn decimals_get_the_models_places() {
        let two = Kind::Decimal { precision: 5, scale: 2 };
        assert_eq!(shown(&two, Wire::Decimal { scale: 2 }, &[0x80, 0x01, 0x05]), Ok("1.05".into()));
        assert_eq!(shown(&two, Wire::Decimal { scale: 4 }, &[0x80, 0x01, 0x05]), Ok("1.0500".into()));
        let whole = Kind::Decimal { precision: 2, scale: 0 };
        assert_eq!(shown(&whole, Wire::Decimal { scale: 1 }, &[0x85]), Ok("5.0".into()));
    }

    #[test]
    fn enums_and_sets_by_name() {
        let members = vec!["small".to_string(), "large".to_string()];
        let one = Kind::Enum { width: 1, members: members.clone() };
        assert_eq!(shown(&one, Wire::Enum, &[2]), Ok("large".into()));
        assert_eq!(shown(&one, Wire::Enum, &[0]), Ok(String::new()));
        assert!(shown(&one, Wire::Enum, &[3]).is_err());
        let many = Kind::Set { width: 1, members };
        assert_eq!(shown(&many, Wire::Set, &[3]), Ok("small,large".into()));
        assert!(shown(&many, Wire::Set, &[4]).is_err());
    }

    #[test]
    fn zero_dates_are_refused() {
        assert_eq!(shown(&Kind::Date, Wire::Date, &[0, 0, 0]), Err(NO_DAY));
        let datetime = Kind::Datetime { digits: 0 };
        assert_eq!(written(&datetime, Wire::Timestamp, &[0x80, 0, 0, 0, 0]), Err(NO_DAY));
    }

    #[test]
    fn times_as_keys() {
        let timestamp = Kind::Timestamp { digits: 3 };
        let value = [0x6b, 0x02, 0x8d, 0x7f, 0x04, 0xd2];
        assert_eq!(shown(&timestamp, Wire::Timestamp, &value), Ok("2026-11-22T06:36:47.123400Z".into()));
        let time = Kind::Time { digits: 0 };
        assert_eq!(shown(&time, Wire::Time, &[0x7f, 0xff, 0xff]), Ok("-00:00:01".into()));
    }
}
