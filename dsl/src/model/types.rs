//! Types of fields and kinds of columns.

use super::{EnumId, RecordId};

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
