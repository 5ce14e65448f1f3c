//! How a type maps: one row a type of the language, for proto, Rust, SQL and JSON Schema. Only here.
//! It must not know which field or message has the type.

mod carry;
mod column;
mod door;

use storm_dsl::model::{Base, Type};

pub use carry::{Carry, from_wire, key_text, to_wire};
pub use column::{column_row, same_wire};
pub use door::{door_kind, example, schema_members};

/// One row: a type of the language in every language that is generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeRow {
    /// The language's own word.
    pub word: &'static str,
    /// The protobuf type; empty for enums, records and maps, which have names of their own.
    pub proto: &'static str,
    /// The Rust type; empty for enums, records and maps.
    pub rust: &'static str,
    /// The column type that holds every value of it, on MySQL and MariaDB.
    pub sql: &'static str,
    /// The JSON Schema that its JSON form meets.
    pub json_schema: &'static str,
    /// How a value crosses between Rust and the wire.
    pub carry: Carry,
}

const fn row(
    word: &'static str,
    proto: &'static str,
    rust: &'static str,
    sql: &'static str,
    json_schema: &'static str,
    carry: Carry,
) -> TypeRow {
    TypeRow { word, proto, rust, sql, json_schema, carry }
}

const TIMESTAMP: &str = "google.protobuf.Timestamp";
const DURATION: &str = "google.protobuf.Duration";

/// The table. Its order is that of the language's description.
#[rustfmt::skip]
pub const ROWS: &[TypeRow] = &[
    row("bool",      "bool",    "bool",      "BOOLEAN",         r#"{"type":"boolean"}"#,                        Carry::Copy),
    row("i32",       "int32",   "i32",       "INT",             r#"{"type":"integer","format":"int32","minimum":-2147483648,"maximum":2147483647}"#, Carry::Copy),
    row("i64",       "int64",   "i64",       "BIGINT",          r#"{"type":["integer","string"],"format":"int64","pattern":"^-?\\d+$"}"#, Carry::Copy),
    row("u32",       "uint32",  "u32",       "INT UNSIGNED",    r#"{"type":"integer","minimum":0,"maximum":4294967295}"#, Carry::Copy),
    row("u64",       "uint64",  "u64",       "BIGINT UNSIGNED", r#"{"type":["integer","string"],"minimum":0,"maximum":18446744073709551615,"pattern":"^\\d+$"}"#, Carry::Copy),
    row("f32",       "float",   "f32",       "FLOAT",           r#"{"type":"number","format":"float"}"#,        Carry::Copy),
    row("f64",       "double",  "f64",       "DOUBLE",          r#"{"type":"number","format":"double"}"#,       Carry::Copy),
    row("decimal",   "string",  "Decimal",   "DECIMAL",         r#"{"type":["string","number"],"format":"decimal"}"#,      Carry::Scaled("decimal", "decimal_text")),
    row("string",    "string",  "String",    "VARCHAR",         r#"{"type":"string"}"#,                         Carry::Clone),
    row("bytes",     "bytes",   "Vec<u8>",   "LONGBLOB",        r#"{"type":"string","contentEncoding":"base64"}"#,         Carry::Clone),
    row("uuid",      "string",  "Uuid",      "CHAR(36)",        r#"{"type":"string","format":"uuid"}"#,         Carry::Text("uuid", "uuid_text")),
    row("date",      "string",  "Date",      "DATE",            r#"{"type":"string","format":"date"}"#,         Carry::Text("date", "date_text")),
    row("time",      "string",  "Time",      "TIME(6)",         r#"{"type":"string","format":"time"}"#,         Carry::Text("time", "time_text")),
    row("timestamp", TIMESTAMP, "Timestamp", "DATETIME(6)",     r#"{"type":"string","format":"date-time"}"#,    Carry::Message("timestamp", "timestamp_wire")),
    row("duration",  DURATION,  "Duration",  "BIGINT",          r#"{"type":"string","format":"duration"}"#,     Carry::Message("duration", "duration_wire")),
    row("json",      "string",  "Json",      "JSON",            "true",                                         Carry::Text("json", "json_text")),
    row("enum",      "",        "",          "ENUM",            r#"{"type":"string"}"#,                         Carry::Enum),
    row("type",      "",        "",          "JSON",            r#"{"type":"object"}"#,                         Carry::Record),
    row("map",       "",        "",          "JSON",            r#"{"type":"object"}"#,                         Carry::Map),
];

/// The row of a type.
pub fn type_row(base: &Base) -> &'static TypeRow {
    let word = match base {
        Base::Bool => "bool",
        Base::I32 => "i32",
        Base::I64 => "i64",
        Base::U32 => "u32",
        Base::U64 => "u64",
        Base::F32 => "f32",
        Base::F64 => "f64",
        Base::Decimal { .. } => "decimal",
        Base::String { .. } => "string",
        Base::Bytes => "bytes",
        Base::Uuid => "uuid",
        Base::Date => "date",
        Base::Time => "time",
        Base::Timestamp => "timestamp",
        Base::Duration => "duration",
        Base::Json => "json",
        Base::Enum(_) => "enum",
        Base::Record(_) => "type",
        Base::Map(_) => "map",
    };
    ROWS.iter()
        .find(|row| row.word == word)
        .unwrap_or_else(|| panic!("every type has a row, `{word}` has none"))
}

/// Digits after the point of a decimal; none for other types.
pub(crate) fn scale(base: &Base) -> Option<u8> {
    match base {
        Base::Decimal { scale, .. } => Some(*scale),
        _ => None,
    }
}

/// A Rust type; `named` spells enums and records.
pub fn rust_type(ty: &Type, named: &dyn Fn(&Base) -> String) -> String {
    let one = match &ty.base {
        Base::Enum(_) | Base::Record(_) => named(&ty.base),
        Base::Map(value) => format!("BTreeMap<String, {}>", rust_type(value, named)),
        base => type_row(base).rust.to_owned(),
    };
    match (ty.repeated, ty.optional) {
        (true, _) => format!("Vec<{one}>"),
        (false, true) => format!("Option<{one}>"),
        (false, false) => one,
    }
}

/// A protobuf type with its label (`repeated`, `optional`); `named` spells enums and records.
pub fn proto_type(ty: &Type, named: &dyn Fn(&Base) -> String) -> String {
    let one = match &ty.base {
        Base::Enum(_) | Base::Record(_) => named(&ty.base),
        Base::Map(value) => format!("map<string, {}>", proto_type(value, named)),
        base => type_row(base).proto.to_owned(),
    };
    match (ty.repeated, ty.optional) {
        (true, _) => format!("repeated {one}"),
        (false, true) => format!("optional {one}"),
        (false, false) => one,
    }
}

/// True when a value of this Rust type is copied, not cloned.
pub fn is_copy(ty: &Type) -> bool {
    let heap =
        matches!(ty.base, Base::String { .. } | Base::Bytes | Base::Json | Base::Record(_) | Base::Map(_));
    !ty.repeated && !heap
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stand_where_each_language_wants_them() {
        let named = |_: &Base| "OrderLine".to_owned();
        let text = Type { base: Base::String { most: None }, repeated: false, optional: true };
        assert_eq!(rust_type(&text, &named), "Option<String>");
        assert_eq!(proto_type(&text, &named), "optional string");
        let map = Type::plain(Base::Map(Box::new(Type::plain(Base::Record(storm_dsl::model::RecordId(0))))));
        assert_eq!(rust_type(&map, &named), "BTreeMap<String, OrderLine>");
        assert_eq!(proto_type(&map, &named), "map<string, OrderLine>");
    }

    #[test]
    fn every_row_says_all_it_must() {
        for row in ROWS {
            let named = matches!(row.word, "enum" | "type" | "map");
            assert_eq!(row.proto.is_empty(), named, "{}", row.word);
            assert_eq!(row.rust.is_empty(), named, "{}", row.word);
            assert!(!row.sql.is_empty() && !row.json_schema.is_empty(), "{}", row.word);
        }
    }
}
