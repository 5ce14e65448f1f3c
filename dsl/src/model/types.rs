//! Types of fields and kinds of columns.

use super::{EnumId, Model, RecordId, ValueType};

/// The type of a field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Type {
    /// What it is of.
    pub base: Base,
    /// `[]`
    pub repeated: bool,
    /// `?`
    pub optional: bool,
}

/// A type without `[]` and `?`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Base {
    /// `bool`
    Bool,
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `u32`
    U32,
    /// `u64`
    U64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `decimal(precision, scale)`, precision 1 to 28
    Decimal {
        /// All digits.
        precision: u8,
        /// Digits after the point.
        scale: u8,
    },
    /// `string`, `string(n)`: at most n characters
    String {
        /// n
        most: Option<u32>,
    },
    /// `bytes`
    Bytes,
    /// `uuid`
    Uuid,
    /// `date`
    Date,
    /// `time`: a time of day
    Time,
    /// `timestamp`: an instant, microseconds
    Timestamp,
    /// `duration`
    Duration,
    /// `json`
    Json,
    /// An enum.
    Enum(EnumId),
    /// A record.
    Record(RecordId),
    /// `map<string, T>`
    Map(Box<Type>),
}

impl Type {
    /// Neither repeated nor optional.
    pub fn plain(base: Base) -> Self {
        Type { base, repeated: false, optional: false }
    }
}

/// What a column holds, from its DDL.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// TINYINT(1), BOOL
    Bool,
    /// TINYINT, SMALLINT, MEDIUMINT, INT, YEAR
    Int32,
    /// BIGINT
    Int64,
    /// The unsigned ones up to 32 bits
    Uint32,
    /// BIGINT UNSIGNED, BIT(n), SERIAL
    Uint64,
    /// FLOAT
    Float,
    /// DOUBLE
    Double,
    /// DECIMAL
    Decimal {
        /// All digits.
        precision: u8,
        /// Digits after the point.
        scale: u8,
    },
    /// CHAR, VARCHAR, TEXT: at most this many characters
    String {
        /// Characters.
        most: Option<u32>,
    },
    /// BINARY, VARBINARY, BLOB: at most this many bytes (BINARY has exactly as many)
    Bytes {
        /// Bytes.
        most: Option<u32>,
        /// BINARY(n)
        fixed: bool,
    },
    /// MariaDB's UUID
    Uuid,
    /// DATE
    Date,
    /// TIME: a duration from -838:59:59 to 838:59:59
    Time,
    /// DATETIME (read as UTC) and TIMESTAMP; digits after the second
    Timestamp {
        /// 0 to 6
        fraction: u8,
    },
    /// JSON
    Json,
    /// ENUM with its values
    Enum(Vec<String>),
    /// SET with its members
    Set(Vec<String>),
    /// GEOMETRY and its like: bytes that are captured and cannot be mapped
    Geometry,
}

impl Model {
    /// A type as a person writes it: `decimal(12, 2)?`, `OrderLine[]`.
    pub fn type_name(&self, ty: &Type) -> String {
        let base = match &ty.base {
            Base::Bool => "bool".into(),
            Base::I32 => "i32".into(),
            Base::I64 => "i64".into(),
            Base::U32 => "u32".into(),
            Base::U64 => "u64".into(),
            Base::F32 => "f32".into(),
            Base::F64 => "f64".into(),
            Base::Decimal { precision, scale } => format!("decimal({precision}, {scale})"),
            Base::String { most: None } => "string".into(),
            Base::String { most: Some(most) } => format!("string({most})"),
            Base::Bytes => "bytes".into(),
            Base::Uuid => "uuid".into(),
            Base::Date => "date".into(),
            Base::Time => "time".into(),
            Base::Timestamp => "timestamp".into(),
            Base::Duration => "duration".into(),
            Base::Json => "json".into(),
            Base::Enum(id) => self[*id].head.name.clone(),
            Base::Record(id) => self[*id].head.name.clone(),
            Base::Map(value) => format!("map<string, {}>", self.type_name(value)),
        };
        let repeated = if ty.repeated { "[]" } else { "" };
        let optional = if ty.optional { "?" } else { "" };
        format!("{base}{repeated}{optional}")
    }

    /// What an expression yields, as a person calls it; columns as their DDL does.
    pub fn value_name(&self, ty: &ValueType) -> String {
        match ty {
            ValueType::Model(ty) => self.type_name(ty),
            ValueType::Column { kind, nullable: true } => format!("{} NULL", kind.sql()),
            ValueType::Column { kind, nullable: false } => kind.sql(),
            ValueType::Row => "row".into(),
        }
    }
}

impl ColumnKind {
    /// The kind in SQL's words, for messages: `BIGINT UNSIGNED`.
    pub fn sql(&self) -> String {
        match self {
            ColumnKind::Bool => "TINYINT(1)".into(),
            ColumnKind::Int32 => "INT".into(),
            ColumnKind::Int64 => "BIGINT".into(),
            ColumnKind::Uint32 => "INT UNSIGNED".into(),
            ColumnKind::Uint64 => "BIGINT UNSIGNED".into(),
            ColumnKind::Float => "FLOAT".into(),
            ColumnKind::Double => "DOUBLE".into(),
            ColumnKind::Decimal { precision, scale } => format!("DECIMAL({precision},{scale})"),
            ColumnKind::String { most: Some(most) } => format!("VARCHAR({most})"),
            ColumnKind::String { most: None } => "TEXT".into(),
            ColumnKind::Bytes { most: Some(most), fixed: true } => format!("BINARY({most})"),
            ColumnKind::Bytes { most: Some(most), fixed: false } => format!("VARBINARY({most})"),
            ColumnKind::Bytes { most: None, .. } => "BLOB".into(),
            ColumnKind::Uuid => "UUID".into(),
            ColumnKind::Date => "DATE".into(),
            ColumnKind::Time => "TIME".into(),
            ColumnKind::Timestamp { .. } => "DATETIME".into(),
            ColumnKind::Json => "JSON".into(),
            ColumnKind::Enum(values) => format!("ENUM({})", values.join(", ")),
            ColumnKind::Set(values) => format!("SET({})", values.join(", ")),
            ColumnKind::Geometry => "GEOMETRY".into(),
        }
    }
}
