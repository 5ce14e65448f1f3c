//! The types of MySQL's and MariaDB's columns.

use super::lex::{Token, TokenKind};
use super::table::Cursor;
use crate::check::capture::schema_syntax;
use crate::diagnostic::Diagnostic;
use crate::model::ColumnKind;

type Fault = Box<Diagnostic>;

/// Reads a type: as it is written, for messages, and what it is.
pub(super) fn kind(cursor: &mut Cursor) -> Result<(String, ColumnKind), Fault> {
    let Some(word) = cursor.peek().filter(|token| token.kind == TokenKind::Word) else {
        return Err(cursor.fault("a type"));
    };
    cursor.next();
    let name = word.text.to_ascii_lowercase();
    let mut sql = name.clone();
    for (first, second) in [
        ("double", "precision"),
        ("long", "varchar"),
        ("long", "varbinary"),
        ("character", "varying"),
        ("char", "varying"),
        ("national", "char"),
        ("national", "varchar"),
        ("national", "character"),
    ] {
        if name == first && cursor.word(second) {
            sql = format!("{first} {second}");
        }
    }
    let arguments = arguments(cursor, &mut sql)?;
    let mut unsigned = false;
    let mut binary_text = false;
    loop {
        if cursor.word("UNSIGNED") || cursor.word("ZEROFILL") {
            unsigned = true;
        } else if cursor.word("BYTE") {
            binary_text = true;
        } else if !["SIGNED", "BINARY", "ASCII", "UNICODE"].iter().any(|word| cursor.word(word)) {
            break;
        }
    }
    if unsigned {
        sql.push_str(" unsigned");
    }
    if matches!(cursor.peek(), Some(token) if token.word("CHARACTER") || token.word("CHARSET") || token.word("CHAR"))
    {
        cursor.next();
        cursor.word("SET");
        cursor.sign("=");
        binary_text |= cursor.next().is_some_and(|token| token.word("binary"));
    }
    match of(&sql, &name, &arguments, unsigned) {
        Some(ColumnKind::String { most }) if binary_text => {
            Ok((sql, ColumnKind::Bytes { most, fixed: false }))
        }
        Some(kind) => Ok((sql, kind)),
        None => {
            let message = format!("`{}` is no column type of MySQL or MariaDB", word.text);
            let help = "a snapshot is written by `mysqldump --no-data`";
            Err(Box::new(schema_syntax::unreadable(word.span, message, help)))
        }
    }
}

fn arguments<'t>(cursor: &mut Cursor<'t>, sql: &mut String) -> Result<Vec<&'t Token>, Fault> {
    let mut arguments = Vec::new();
    if !cursor.sign("(") {
        return Ok(arguments);
    }
    loop {
        match cursor.next() {
            Some(token) if token.is(")") => break,
            Some(token) if token.is(",") => {}
            Some(token) => arguments.push(token),
            None => return Err(cursor.fault("`)`")),
        }
    }
    let quoted = |token: &&Token| match token.kind {
        TokenKind::Text => format!("'{}'", token.text),
        _ => token.text.clone(),
    };
    sql.push_str(&format!("({})", arguments.iter().map(quoted).collect::<Vec<_>>().join(",")));
    Ok(arguments)
}

fn of(sql: &str, name: &str, arguments: &[&Token], unsigned: bool) -> Option<ColumnKind> {
    let number = |at: usize| arguments.get(at).and_then(|token| token.text.parse::<u32>().ok());
    let small = |at: usize, or: u8| number(at).map_or(Some(or), |value| u8::try_from(value).ok());
    let texts = || arguments.iter().map(|token| token.text.clone()).collect::<Vec<_>>();
    let signed = |plain: ColumnKind, without: ColumnKind| if unsigned { without } else { plain };
    Some(match name {
        "bool" | "boolean" => ColumnKind::Bool,
        "tinyint" if number(0) == Some(1) && !unsigned => ColumnKind::Bool,
        "tinyint" | "smallint" | "mediumint" | "int" | "integer" | "int1" | "int2" | "int3" | "int4"
        | "middleint" => signed(ColumnKind::Int32, ColumnKind::Uint32),
        "year" => ColumnKind::Int32,
        "bigint" | "int8" => signed(ColumnKind::Int64, ColumnKind::Uint64),
        "serial" | "bit" => ColumnKind::Uint64,
        "float" | "float4" if number(0).is_some_and(|bits| bits > 24) && number(1).is_none() => {
            ColumnKind::Double
        }
        "float" | "float4" => ColumnKind::Float,
        "double" | "real" | "float8" => ColumnKind::Double,
        "decimal" | "dec" | "numeric" | "fixed" => {
            let (precision, scale) = (small(0, 10)?, small(1, 0)?);
            if precision == 0 || precision > 65 || scale > precision {
                return None;
            }
            ColumnKind::Decimal { precision, scale }
        }
        "char" | "character" | "national" | "nchar" if !sql.contains("var") => {
            ColumnKind::String { most: Some(number(0).unwrap_or(1)) }
        }
        "varchar" | "nvarchar" | "varcharacter" | "char" | "character" | "national" => {
            ColumnKind::String { most: Some(number(0)?) }
        }
        "tinytext" => ColumnKind::String { most: Some(255) },
        "text" => ColumnKind::String { most: Some(number(0).unwrap_or(65_535)) },
        "mediumtext" | "longtext" => ColumnKind::String { most: None },
        "long" if sql.starts_with("long varbinary") => ColumnKind::Bytes { most: None, fixed: false },
        "long" => ColumnKind::String { most: None },
        "binary" => ColumnKind::Bytes { most: Some(number(0).unwrap_or(1)), fixed: true },
        "varbinary" => ColumnKind::Bytes { most: Some(number(0)?), fixed: false },
        "tinyblob" => ColumnKind::Bytes { most: Some(255), fixed: false },
        "blob" => ColumnKind::Bytes { most: Some(number(0).unwrap_or(65_535)), fixed: false },
        "mediumblob" | "longblob" => ColumnKind::Bytes { most: None, fixed: false },
        "vector" => ColumnKind::Bytes { most: None, fixed: false },
        "uuid" => ColumnKind::Uuid,
        "inet4" | "inet6" => {
            ColumnKind::Bytes { most: Some(if name == "inet4" { 4 } else { 16 }), fixed: false }
        }
        "date" => ColumnKind::Date,
        "time" => ColumnKind::Time,
        "datetime" | "timestamp" => {
            ColumnKind::Timestamp { fraction: small(0, 0).filter(|digits| *digits <= 6)? }
        }
        "json" => ColumnKind::Json,
        "enum" => ColumnKind::Enum(texts()),
        "set" => ColumnKind::Set(texts()),
        "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring"
        | "multipolygon" | "geometrycollection" | "geomcollection" => ColumnKind::Geometry,
        _ => return None,
    })
}
