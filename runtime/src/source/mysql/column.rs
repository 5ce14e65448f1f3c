//! A column as a table map declares it, and how many bytes of a row its value takes.
//! It must not know: the model, protobuf, or what a value means.

use super::bytes::{Bytes, Malformed};

/// A column's type with everything that its bytes in a row depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source) enum Kind {
    /// 1, 2, 3, 4 or 8 bytes, little-endian.
    Int {
        width: u8,
        signed: bool,
    },
    Float,
    Double,
    Decimal {
        precision: u8,
        scale: u8,
    },
    Year,
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
    /// The formats of MySQL before 5.6 and of MariaDB without `mysql56_temporal_format`, whole seconds.
    OldTime,
    OldDatetime,
    OldTimestamp,
    Bit {
        bytes: u8,
    },
    Enum {
        width: u8,
        members: Vec<String>,
    },
    Set {
        width: u8,
        members: Vec<String>,
    },
    /// CHAR and BINARY, and MariaDB's UUID and INET types: `length` is the declared one, in bytes.
    Fixed {
        length: u16,
        collation: u16,
    },
    /// VARCHAR and VARBINARY.
    Var {
        length: u16,
        collation: u16,
    },
    /// TEXT and BLOB.
    Blob {
        width: u8,
        collation: u16,
    },
    /// MySQL's binary JSON.
    Json {
        width: u8,
    },
    Geometry {
        width: u8,
    },
    Vector {
        width: u8,
    },
    /// MariaDB's `COMPRESSED` columns: the length can be told, the value is not read.
    Compressed {
        width: u8,
    },
}

/// The collation of raw bytes.
pub(in crate::source) const BINARY: u16 = 63;

/// What a column's type byte and metadata say, before the optional metadata adds sign, collation and members.
///
/// # Errors
/// The metadata ends early, or the type is not one that a row's bytes can be measured for.
pub(in crate::source) fn parse(kind: u8, metadata: &mut Bytes<'_>) -> Result<Kind, Malformed> {
    const WHAT: &str = "column metadata";
    let width = |width| Kind::Int { width, signed: true };
    Ok(match kind {
        1 => width(1),
        2 => width(2),
        9 => width(3),
        3 => width(4),
        8 => width(8),
        4 => metadata.u8(WHAT).map(|_| Kind::Float)?,
        5 => metadata.u8(WHAT).map(|_| Kind::Double)?,
        7 => Kind::OldTimestamp,
        10 | 14 => Kind::Date,
        11 => Kind::OldTime,
        12 => Kind::OldDatetime,
        13 => Kind::Year,
        15 => Kind::Var { length: metadata.u16(WHAT)?, collation: BINARY },
        16 => {
            let (bits, bytes) = (metadata.u8(WHAT)?, metadata.u8(WHAT)?);
            bounded(Kind::Bit { bytes: bytes.saturating_add(u8::from(bits > 0)) }, bytes < 9)?
        }
        17 => Kind::Timestamp { digits: digits(metadata)? },
        18 => Kind::Datetime { digits: digits(metadata)? },
        19 => Kind::Time { digits: digits(metadata)? },
        140 => Kind::Compressed { width: blob_width(metadata)? },
        141 => Kind::Compressed { width: if metadata.u16(WHAT)? > 255 { 2 } else { 1 } },
        242 => Kind::Vector { width: blob_width(metadata)? },
        245 => Kind::Json { width: blob_width(metadata)? },
        246 => {
            let (precision, scale) = (metadata.u8(WHAT)?, metadata.u8(WHAT)?);
            bounded(Kind::Decimal { precision, scale }, precision <= 65 && scale <= precision)?
        }
        249..=252 => Kind::Blob { width: blob_width(metadata)?, collation: BINARY },
        253 | 254 | 247 | 248 => fixed(metadata)?,
        255 => Kind::Geometry { width: blob_width(metadata)? },
        _ => return Err(Malformed("column type")),
    })
}

/// CHAR, ENUM and SET share a type byte: the metadata's first byte holds the real one and two bits of the length.
fn fixed(metadata: &mut Bytes<'_>) -> Result<Kind, Malformed> {
    let (real, low) = (metadata.u8("column metadata")?, metadata.u8("column metadata")?);
    match real {
        247 => bounded(Kind::Enum { width: low, members: Vec::new() }, (1..=2).contains(&low)),
        248 => bounded(Kind::Set { width: low, members: Vec::new() }, (1..=8).contains(&low)),
        _ => {
            let high = u16::from((real & 0x30) ^ 0x30) << 4;
            Ok(Kind::Fixed { length: high | u16::from(low), collation: BINARY })
        }
    }
}

fn digits(metadata: &mut Bytes<'_>) -> Result<u8, Malformed> {
    let digits = metadata.u8("column metadata")?;
    if digits > 6 { Err(Malformed("fractional digits")) } else { Ok(digits) }
}

fn blob_width(metadata: &mut Bytes<'_>) -> Result<u8, Malformed> {
    let width = metadata.u8("column metadata")?;
    if (1..=4).contains(&width) { Ok(width) } else { Err(Malformed("blob width")) }
}

fn bounded(kind: Kind, holds: bool) -> Result<Kind, Malformed> {
    if holds { Ok(kind) } else { Err(Malformed("column metadata")) }
}

impl Kind {
    /// Takes this column's value from a row: its bytes without a length before them.
    ///
    /// # Errors
    /// The row ends first.
    pub fn take<'a>(&self, row: &mut Bytes<'a>) -> Result<&'a [u8], Malformed> {
        const WHAT: &str = "column value";
        let length = match *self {
            Self::Int { width, .. } => usize::from(width),
            Self::Float | Self::OldTimestamp => 4,
            Self::Double | Self::OldDatetime => 8,
            Self::Year => 1,
            Self::Date | Self::OldTime => 3,
            Self::Decimal { precision, scale } => super::decimal::width(precision, scale),
            Self::Time { digits } => 3 + fraction(digits),
            Self::Datetime { digits } => 5 + fraction(digits),
            Self::Timestamp { digits } => 4 + fraction(digits),
            Self::Bit { bytes } => usize::from(bytes),
            Self::Enum { width, .. } | Self::Set { width, .. } => usize::from(width),
            Self::Fixed { length, .. } | Self::Var { length, .. } => {
                row.little(if length > 255 { 2 } else { 1 }, WHAT)? as usize
            }
            Self::Blob { width, .. }
            | Self::Json { width }
            | Self::Geometry { width }
            | Self::Vector { width }
            | Self::Compressed { width } => row.little(usize::from(width), WHAT)? as usize,
        };
        row.take(length, WHAT)
    }

    /// True for the types whose sign the optional metadata holds; both servers count YEAR among them.
    pub fn is_numeric(&self) -> bool {
        matches!(self, Self::Int { .. } | Self::Float | Self::Double | Self::Decimal { .. } | Self::Year)
    }

    /// True for the types that choose from a list of members.
    pub fn is_list(&self) -> bool {
        matches!(self, Self::Enum { .. } | Self::Set { .. })
    }

    /// The type in SQL's words, for messages.
    pub fn name(&self) -> String {
        let unsigned = |signed: bool| if signed { "" } else { " UNSIGNED" };
        match self {
            Self::Int { width, signed } => {
                let base = match width {
                    1 => "TINYINT",
                    2 => "SMALLINT",
                    3 => "MEDIUMINT",
                    4 => "INT",
                    _ => "BIGINT",
                };
                format!("{base}{}", unsigned(*signed))
            }
            Self::Float => "FLOAT".into(),
            Self::Double => "DOUBLE".into(),
            Self::Decimal { precision, scale } => format!("DECIMAL({precision},{scale})"),
            Self::Year => "YEAR".into(),
            Self::Date => "DATE".into(),
            Self::Time { digits } => format!("TIME({digits})"),
            Self::Datetime { digits } => format!("DATETIME({digits})"),
            Self::Timestamp { digits } => format!("TIMESTAMP({digits})"),
            Self::OldTime => "TIME in the old format".into(),
            Self::OldDatetime => "DATETIME in the old format".into(),
            Self::OldTimestamp => "TIMESTAMP in the old format".into(),
            Self::Bit { .. } => "BIT".into(),
            Self::Enum { .. } => "ENUM".into(),
            Self::Set { .. } => "SET".into(),
            Self::Fixed { length, collation: BINARY } => format!("BINARY({length})"),
            Self::Fixed { collation, .. } => format!("CHAR (collation {collation})"),
            Self::Var { length, collation: BINARY } => format!("VARBINARY({length})"),
            Self::Var { collation, .. } => format!("VARCHAR (collation {collation})"),
            Self::Blob { collation: BINARY, .. } => "BLOB".into(),
            Self::Blob { collation, .. } => format!("TEXT (collation {collation})"),
            Self::Json { .. } => "JSON".into(),
            Self::Geometry { .. } => "GEOMETRY".into(),
            Self::Vector { .. } => "VECTOR".into(),
            Self::Compressed { .. } => "a COMPRESSED column".into(),
        }
    }
}

fn fraction(digits: u8) -> usize {
    usize::from(digits.div_ceil(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_char_keeps_its_length_bits_in_the_type() {
        // CHAR(255) of utf8mb4: 1020 bytes = 0x3fc; the type byte is 0xfe with bits 4 and 5 inverted.
        let metadata = [0xfe ^ 0x30, 0xfc];
        let kind = parse(254, &mut Bytes(&metadata)).expect("char");
        assert_eq!(kind, Kind::Fixed { length: 1020, collation: BINARY });
    }

    #[test]
    fn enums_and_sets_hide_behind_char() {
        let kind = parse(254, &mut Bytes(&[247, 2])).expect("enum");
        assert_eq!(kind, Kind::Enum { width: 2, members: Vec::new() });
        assert!(parse(254, &mut Bytes(&[248, 9])).is_err());
    }

    #[test]
    fn lengths_are_read_before_values() {
        let mut row = Bytes(&[2, 0, b'h', b'i', 7, 0, 0, 0]);
        assert_eq!(Kind::Var { length: 300, collation: 45 }.take(&mut row), Ok(&b"hi"[..]));
        assert_eq!(Kind::Int { width: 4, signed: true }.take(&mut row), Ok(&[7, 0, 0, 0][..]));
        assert!(Kind::Year.take(&mut row).is_err());
    }

    #[test]
    fn an_unknown_type_is_refused() {
        assert_eq!(parse(99, &mut Bytes(&[])), Err(Malformed("column type")));
    }
}
