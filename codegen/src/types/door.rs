//! How a type stands in the constants of a door, and what its JSON looks like to a caller: the schema and an example.
//! It must not know which field or command has the type.

use storm_dsl::model::Base;

use super::type_row;

/// The value of `storm_runtime::Kind`; `named` spells the constants of enums and records.
pub fn door_kind(base: &Base, named: &dyn Fn(&Base) -> String) -> String {
    let word = match base {
        Base::Decimal { precision, scale } => {
            return format!("Kind::Decimal {{ precision: {precision}, scale: {scale} }}");
        }
        Base::String { most } => return format!("Kind::String {{ most: {most:?} }}"),
        Base::Enum(_) => return format!("Kind::Enum({})", named(base)),
        Base::Record(_) => return format!("Kind::Record({})", named(base)),
        Base::Map(value) => return format!("Kind::Map(&{})", door_kind(&value.base, named)),
        Base::Bool => "Bool",
        Base::I32 => "I32",
        Base::I64 => "I64",
        Base::U32 => "U32",
        Base::U64 => "U64",
        Base::F32 => "F32",
        Base::F64 => "F64",
        Base::Bytes => "Bytes",
        Base::Uuid => "Uuid",
        Base::Date => "Date",
        Base::Time => "Time",
        Base::Timestamp => "Timestamp",
        Base::Duration => "Duration",
        Base::Json => "Json",
    };
    format!("Kind::{word}")
}

/// The JSON Schema of one value, without the braces around it; enums, records and maps are the caller's.
pub fn schema_members(base: &Base) -> String {
    let row = type_row(base).json_schema;
    let members = row.strip_prefix('{').and_then(|row| row.strip_suffix('}')).unwrap_or_default();
    match base {
        Base::Decimal { precision, scale } => {
            let before = precision.saturating_sub(*scale);
            // JSON doubles the backslash.
            let whole = if before == 0 { "0".to_owned() } else { format!(r"\\d{{1,{before}}}") };
            let places = if *scale == 0 { String::new() } else { format!(r"(\\.\\d{{1,{scale}}})?") };
            format!(r#"{members},"pattern":"^-?{whole}{places}$""#)
        }
        Base::String { most: Some(most) } => format!(r#"{members},"maxLength":{most}"#),
        _ => members.to_owned(),
    }
}

/// An example of one value, as JSON; enums, records and maps are the caller's. `name` is the field's.
pub fn example(base: &Base, name: &str) -> String {
    match base {
        Base::Bool => "true".into(),
        Base::I32 | Base::I64 | Base::U32 | Base::U64 => "1".into(),
        Base::F32 | Base::F64 => "1.5".into(),
        Base::Decimal { precision, scale } => {
            let whole = if precision > scale { "1" } else { "0" };
            let places =
                if *scale == 0 { String::new() } else { format!(".{:0<1$}", 5, usize::from(*scale)) };
            format!("\"{whole}{places}\"")
        }
        Base::String { most } => {
            let most = most.map_or(usize::MAX, |most| most as usize);
            format!("\"{}\"", name.chars().filter(char::is_ascii_alphanumeric).take(most).collect::<String>())
        }
        Base::Bytes => "\"AQID\"".into(),
        Base::Uuid => "\"6a1f7c1e-0000-4000-8000-000000000001\"".into(),
        Base::Date => "\"2026-11-22\"".into(),
        Base::Time => "\"06:32:05\"".into(),
        Base::Timestamp => "\"2026-11-22T06:32:05Z\"".into(),
        Base::Duration => "\"PT1H30M\"".into(),
        Base::Json => "{}".into(),
        Base::Enum(_) | Base::Record(_) | Base::Map(_) => panic!("named types have examples of their own"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_and_texts_say_their_size() {
        let decimal = Base::Decimal { precision: 12, scale: 2 };
        assert_eq!(
            schema_members(&decimal),
            r#""type":["string","number"],"format":"decimal","pattern":"^-?\\d{1,10}(\\.\\d{1,2})?$""#
        );
        assert_eq!(example(&decimal, "total"), "\"1.50\"");
        assert_eq!(example(&Base::Decimal { precision: 2, scale: 2 }, "rate"), "\"0.50\"");
        assert_eq!(example(&Base::Decimal { precision: 5, scale: 0 }, "count"), "\"1\"");
        let text = Base::String { most: Some(3) };
        assert_eq!(schema_members(&text), r#""type":"string","maxLength":3"#);
        assert_eq!(example(&text, "order_id"), "\"ord\"");
        assert_eq!(schema_members(&Base::Json), "", "any JSON");
    }
}
