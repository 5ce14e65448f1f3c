//! Values as written, put into the type that they are compared with or given to. A value that does not fit is refused
//! with the reason; nothing is rounded or cut.

use crate::model::{Base, ColumnKind, Literal, Model, Type, ValueType};
use crate::suggest::nearest;
use crate::syntax::tree;

/// The value in this type, or why it does not fit.
pub(crate) fn coerce(
    model: &Model,
    written: &tree::Literal,
    negative: bool,
    expected: &ValueType,
) -> Result<Literal, String> {
    match expected {
        ValueType::Model(Type { repeated: true, .. }) => Err("a single value is no list".into()),
        ValueType::Model(ty) => of_base(model, written, negative, &ty.base),
        ValueType::Column { kind, .. } => of_column(model, written, negative, kind),
        ValueType::Row => Err("a row is no value".into()),
    }
}

fn of_base(model: &Model, written: &tree::Literal, negative: bool, base: &Base) -> Result<Literal, String> {
    use tree::Literal as Written;
    match (written, base) {
        (Written::Bool(value, _), Base::Bool) => Ok(Literal::Bool(*value)),
        (Written::Duration(value), Base::Duration) => Ok(Literal::Duration(value.millis)),
        (Written::Number(digits, _), _) => {
            number(digits, negative, base).map(|()| Literal::Number(digits.clone()))
        }
        (Written::Text(text), Base::Enum(id)) => {
            let name = &model[*id].head.name;
            let known = model[*id].values.iter().any(|value| value.name == text.value);
            Err(if known {
                format!("a value of `{name}` is written without quotes: `{}`", text.value)
            } else {
                format!("`{name}` has no value `{}`", text.value)
            })
        }
        (Written::Text(text), _) => match text_in(&text.value, base) {
            Ok(()) => Ok(Literal::Text(text.value.clone())),
            Err(why) => Err(why),
        },
        _ => Err("they are of different kinds".into()),
    }
}

fn of_column(
    model: &Model,
    written: &tree::Literal,
    negative: bool,
    kind: &ColumnKind,
) -> Result<Literal, String> {
    let base = match kind {
        ColumnKind::Bool => Base::Bool,
        ColumnKind::Int32 => Base::I32,
        ColumnKind::Int64 => Base::I64,
        ColumnKind::Uint32 => Base::U32,
        ColumnKind::Uint64 => Base::U64,
        ColumnKind::Float => Base::F32,
        ColumnKind::Double => Base::F64,
        ColumnKind::Decimal { precision, scale } => Base::Decimal { precision: *precision, scale: *scale },
        ColumnKind::String { most } => Base::String { most: *most },
        ColumnKind::Uuid => Base::Uuid,
        ColumnKind::Date => Base::Date,
        ColumnKind::Time => Base::Duration,
        ColumnKind::Timestamp { .. } => Base::Timestamp,
        ColumnKind::Enum(values) => return enum_column(written, values),
        ColumnKind::Bytes { .. } => return Err("bytes cannot be written as a value".into()),
        ColumnKind::Set(_) => return Err("a SET column cannot be compared with a value".into()),
        ColumnKind::Json => return Err("a JSON column cannot be compared with a value".into()),
        ColumnKind::Geometry => return Err("a geometry cannot be compared with a value".into()),
    };
    of_base(model, written, negative, &base)
}

fn enum_column(written: &tree::Literal, values: &[String]) -> Result<Literal, String> {
    let tree::Literal::Text(text) = written else {
        return Err("a value of an ENUM column is written in quotes".into());
    };
    if values.contains(&text.value) {
        return Ok(Literal::Text(text.value.clone()));
    }
    let near = nearest(&text.value, values.iter().map(String::as_str));
    Err(match near {
        Some(near) => format!("the column has no value `{}`; did you mean `{near}`?", text.value),
        None => format!("the column has no value `{}`: it has {}", text.value, values.join(", ")),
    })
}

fn number(digits: &str, negative: bool, base: &Base) -> Result<(), String> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let signed = |least: i128, most: i128, name: &str| {
        if !fraction.is_empty() {
            return Err(format!("{name} holds whole numbers"));
        }
        match whole.parse::<i128>().map(|value| if negative { -value } else { value }) {
            Ok(value) if (least..=most).contains(&value) => Ok(()),
            _ => Err(format!("{name} holds {least} to {most}")),
        }
    };
    match base {
        Base::I32 => signed(i32::MIN.into(), i32::MAX.into(), "`i32`"),
        Base::I64 => signed(i64::MIN.into(), i64::MAX.into(), "`i64`"),
        Base::U32 => signed(0, u32::MAX.into(), "`u32`"),
        Base::U64 => signed(0, u64::MAX.into(), "`u64`"),
        Base::F32 | Base::F64 => Ok(()),
        Base::Decimal { precision, scale } => {
            let whole = whole.trim_start_matches('0').len();
            let fraction = fraction.trim_end_matches('0').len();
            let (most, scale) = (usize::from(precision - scale), usize::from(*scale));
            if fraction > scale {
                return Err(format!("it has {fraction} digits after the point, and the type has {scale}"));
            }
            if whole > most {
                return Err(format!("it has {whole} digits before the point, and the type has {most}"));
            }
            Ok(())
        }
        _ => Err("a number is of another kind".into()),
    }
}

fn text_in(text: &str, base: &Base) -> Result<(), String> {
    match base {
        Base::String { most: None } => Ok(()),
        Base::String { most: Some(most) } => {
            let length = text.chars().count();
            if length as u64 > u64::from(*most) {
                return Err(format!("it has {length} characters, and the type has at most {most}"));
            }
            Ok(())
        }
        Base::Uuid if is_uuid(text) => Ok(()),
        Base::Uuid => Err("a uuid is written `\"0190d3c8-7f5e-7c3a-9b1d-2f6f4c1a8e55\"`".into()),
        Base::Date if is_date(text) => Ok(()),
        Base::Date => Err("a date is written `\"2027-01-15\"`".into()),
        Base::Time if is_time(text) => Ok(()),
        Base::Time => Err("a time of day is written `\"14:30:00\"`".into()),
        Base::Timestamp if is_timestamp(text) => Ok(()),
        Base::Timestamp => Err("a timestamp is written `\"2027-01-15T14:30:00Z\"`".into()),
        Base::Duration => Err("a duration is written without quotes: `90s`, `24h`".into()),
        _ => Err("a text is of another kind".into()),
    }
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths = [8, 4, 4, 4, 12];
    groups.len() == lengths.len()
        && groups.iter().zip(lengths).all(|(group, length)| {
            group.len() == length && group.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        })
}

/// A day of the calendar, as `2027-01-15`.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return false;
    }
    let (Some(year), Some(month), Some(day)) = (digits(&text[..4]), digits(&text[5..7]), digits(&text[8..]))
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

fn is_time(text: &str) -> bool {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let bytes = clock.as_bytes();
    bytes.len() == 8
        && bytes[2] == b':'
        && bytes[5] == b':'
        && digits(&clock[..2]).is_some_and(|hour| hour < 24)
        && digits(&clock[3..5]).is_some_and(|minute| minute < 60)
        && digits(&clock[6..]).is_some_and(|second| second < 60)
        && (1..=6).contains(&fraction.len())
        && digits(fraction).is_some()
}

fn is_timestamp(text: &str) -> bool {
    text.strip_suffix('Z')
        .and_then(|text| text.split_once('T'))
        .is_some_and(|(date, time)| is_date(date) && is_time(time))
}

fn digits(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fit_exactly_or_not_at_all() {
        let price = Base::Decimal { precision: 4, scale: 2 };
        assert!(number("12.50", false, &price).is_ok());
        assert!(number("12.5000", false, &price).is_ok());
        assert!(number("12.505", false, &price).is_err());
        assert!(number("123", false, &price).is_err());
        assert!(number("2147483648", true, &Base::I32).is_ok());
        assert!(number("2147483648", false, &Base::I32).is_err());
        assert!(number("1", true, &Base::U32).is_err());
        assert!(number("18446744073709551615", false, &Base::U64).is_ok());
        assert!(number("1.5", false, &Base::I64).is_err());
    }

    #[test]
    fn texts_are_read_as_what_they_stand_for() {
        assert!(is_date("2028-02-29") && !is_date("2027-02-29") && !is_date("2027-1-15"));
        assert!(is_time("23:59:59.999999") && !is_time("24:00:00"));
        assert!(is_timestamp("2027-01-15T14:30:00Z") && !is_timestamp("2027-01-15 14:30:00"));
        assert!(is_uuid("0190d3c8-7f5e-7c3a-9b1d-2f6f4c1a8e55") && !is_uuid("4f…"));
    }
}
