//! A table map: what the rows that follow look like, with the names that `binlog_row_metadata=FULL` adds.
//! It must not know: the model.

use super::bytes::{Bytes, Malformed};
use super::charset::Charset;
use super::column::{self, Kind};

/// Whose rules the optional metadata follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) enum Flavour {
    /// MySQL: a VECTOR column is counted among those with a collation, a GEOMETRY is not.
    MySql,
    /// MariaDB: a GEOMETRY column is counted among them.
    MariaDb,
}

impl Flavour {
    /// The flavour that a server's version text shows.
    pub fn of(version: &str) -> Self {
        if version.contains("MariaDB") { Self::MariaDb } else { Self::MySql }
    }
}

/// The head of a table map: all that is needed to tell whether anyone wants the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) struct Head<'a> {
    pub table_id: u64,
    pub database: &'a str,
    pub table: &'a str,
    /// The columns: types, metadata, names.
    pub columns: &'a [u8],
}

/// Reads the head of a table map.
///
/// # Errors
/// It ends early, or a name is not UTF-8.
pub(in crate::source) fn head(body: &[u8]) -> Result<Head<'_>, Malformed> {
    let mut bytes = Bytes(body);
    let table_id = bytes.little(6, "table id")?;
    bytes.u16("table map flags")?;
    let database = name(&mut bytes)?;
    let table = name(&mut bytes)?;
    Ok(Head { table_id, database, table, columns: bytes.rest() })
}

fn name<'a>(bytes: &mut Bytes<'a>) -> Result<&'a str, Malformed> {
    let text = bytes.lenenc_bytes("table name")?;
    bytes.u8("table name")?;
    std::str::from_utf8(text).map_err(|_| Malformed("table name"))
}

/// A column with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source) struct Column {
    pub name: String,
    pub kind: Kind,
}

/// Reads the columns of a table map. An empty name means that the server did not send names.
///
/// # Errors
/// It ends early, or a column's type is unknown.
pub(in crate::source) fn columns(bytes: &[u8], flavour: Flavour) -> Result<Vec<Column>, Malformed> {
    let mut bytes = Bytes(bytes);
    let count = bytes.length("column count")?;
    let types = bytes.take(count, "column types")?;
    let mut metadata = Bytes(bytes.lenenc_bytes("column metadata")?);
    let mut columns = Vec::with_capacity(count);
    for kind in types {
        columns.push(Column { name: String::new(), kind: column::parse(*kind, &mut metadata)? });
    }
    bytes.take(count.div_ceil(8), "nullable columns")?;
    let mut lists = Lists::default();
    while !bytes.is_empty() {
        let field = bytes.u8("metadata field")?;
        optional(field, Bytes(bytes.lenenc_bytes("metadata field")?), &mut columns, flavour, &mut lists)?;
    }
    lists.name(&mut columns)?;
    Ok(columns)
}

fn optional<'a>(
    field: u8,
    mut value: Bytes<'a>,
    columns: &mut [Column],
    flavour: Flavour,
    lists: &mut Lists<'a>,
) -> Result<(), Malformed> {
    match field {
        1 => signs(&mut value, columns),
        2 => default_collation(&mut value, &mut textual(columns, flavour)),
        3 => each_collation(&mut value, &mut textual(columns, flavour)),
        4 => columns.iter_mut().try_for_each(|column| {
            column.name = text(value.lenenc_bytes("column name")?, Charset::Utf8)?;
            Ok(())
        }),
        5 => Lists::read(&mut value, &mut lists.sets),
        6 => Lists::read(&mut value, &mut lists.enums),
        10 => default_collation(&mut value, &mut lists.collations(columns)),
        11 => each_collation(&mut value, &mut lists.collations(columns)),
        // Geometry types, keys, visibility, vector dimensions: not needed to read a row.
        _ => Ok(()),
    }
}

fn signs(value: &mut Bytes<'_>, columns: &mut [Column]) -> Result<(), Malformed> {
    let bits = value.rest();
    let numeric = columns.iter_mut().filter(|column| column.kind.is_numeric());
    for (index, column) in numeric.enumerate() {
        let byte = bits.get(index / 8).ok_or(Malformed("column signs"))?;
        if let Kind::Int { signed, .. } = &mut column.kind {
            *signed = byte & (0x80 >> (index % 8)) == 0;
        }
    }
    Ok(())
}

/// The columns that the collation fields count, in order: a place to write to, or `None` for a counted one without.
fn textual(columns: &mut [Column], flavour: Flavour) -> Vec<Option<&mut u16>> {
    let counted = columns.iter_mut().filter_map(|column| match &mut column.kind {
        Kind::Fixed { collation, .. } | Kind::Var { collation, .. } | Kind::Blob { collation, .. } => {
            Some(Some(collation))
        }
        Kind::Compressed { .. } => Some(None),
        Kind::Geometry { .. } if flavour == Flavour::MariaDb => Some(None),
        Kind::Vector { .. } if flavour == Flavour::MySql => Some(None),
        _ => None,
    });
    counted.collect()
}

fn default_collation(value: &mut Bytes<'_>, columns: &mut [Option<&mut u16>]) -> Result<(), Malformed> {
    let default = collation(value)?;
    columns.iter_mut().flatten().for_each(|column| **column = default);
    while !value.is_empty() {
        let index = value.length("collation's column")?;
        let own = collation(value)?;
        let column = columns.get_mut(index).ok_or(Malformed("collation's column"))?;
        if let Some(column) = column {
            **column = own;
        }
    }
    Ok(())
}

fn each_collation(value: &mut Bytes<'_>, columns: &mut [Option<&mut u16>]) -> Result<(), Malformed> {
    for column in columns {
        let own = collation(value)?;
        if let Some(column) = column {
            **column = own;
        }
    }
    Ok(())
}

fn collation(value: &mut Bytes<'_>) -> Result<u16, Malformed> {
    u16::try_from(value.lenenc("collation")?).map_err(|_| Malformed("collation"))
}

/// The members of ENUM and SET columns: bytes and collations come in separate fields.
#[derive(Default)]
struct Lists<'a> {
    sets: Vec<Vec<&'a [u8]>>,
    enums: Vec<Vec<&'a [u8]>>,
    collations: Vec<u16>,
}

impl<'a> Lists<'a> {
    fn read(value: &mut Bytes<'a>, lists: &mut Vec<Vec<&'a [u8]>>) -> Result<(), Malformed> {
        while !value.is_empty() {
            let count = value.length("member count")?;
            let members = (0..count).map(|_| value.lenenc_bytes("member")).collect::<Result<_, _>>()?;
            lists.push(members);
        }
        Ok(())
    }

    fn collations(&mut self, columns: &[Column]) -> Vec<Option<&mut u16>> {
        let count = columns.iter().filter(|column| column.kind.is_list()).count();
        self.collations.resize(count, column::BINARY);
        self.collations.iter_mut().map(Some).collect()
    }

    /// Gives each ENUM and SET its members. One in a character set that is not read gets none: it is refused when it
    /// is wanted, not before.
    fn name(self, columns: &mut [Column]) -> Result<(), Malformed> {
        let (mut sets, mut enums) = (self.sets.into_iter(), self.enums.into_iter());
        let lists = columns.iter_mut().filter(|column| column.kind.is_list());
        for (index, column) in lists.enumerate() {
            let charset = match self.collations.get(index) {
                Some(&column::BINARY) | None => Some(Charset::Utf8),
                Some(collation) => Charset::of(*collation),
            };
            let (raw, named) = match &mut column.kind {
                Kind::Set { members, .. } => (sets.next(), members),
                Kind::Enum { members, .. } => (enums.next(), members),
                _ => continue,
            };
            if let (Some(raw), Some(charset)) = (raw, charset) {
                *named = raw.into_iter().map(|member| text(member, charset)).collect::<Result<_, _>>()?;
            }
        }
        Ok(())
    }
}

fn text(bytes: &[u8], charset: Charset) -> Result<String, Malformed> {
    charset.decode(bytes).map(|text| text.into_owned()).ok_or(Malformed("name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From a real MySQL 9.7: `v` is VARCHAR in Latin-1 after a GEOMETRY, `e` an ENUM with a member that is no ASCII.
    const MYSQL: &[u8] = &[
        0x0f, 0x03, 0x0d, 0xff, 0x0f, 0xfe, 0xfe, 0xfc, 0xf2, 0x0f, 0xf5, 0x10, 0xf5, 0x04, 0x08, 0x03, 0x10,
        0x04, 0x14, 0x00, 0xf7, 0x01, 0xf8, 0x01, 0x02, 0x04, 0x05, 0x00, 0x04, 0x05, 0x00, 0x04, 0x04, 0xfe,
        0x7f, 0x01, 0x01, 0x70, 0x03, 0x06, 0x08, 0xfc, 0xff, 0x00, 0x3f, 0x0b, 0x07, 0x01, 0x00, 0x0d, 0x01,
        0x03, 0x04, 0x26, 0x02, 0x69, 0x64, 0x01, 0x79, 0x01, 0x67, 0x01, 0x76, 0x01, 0x65, 0x01, 0x73, 0x01,
        0x74, 0x03, 0x76, 0x65, 0x63, 0x01, 0x77, 0x01, 0x6a, 0x02, 0x62, 0x35, 0x03, 0x61, 0x72, 0x72, 0x01,
        0x66, 0x01, 0x75, 0x03, 0x67, 0x65, 0x6e, 0x0b, 0x04, 0x08, 0xfc, 0xff, 0x00, 0x05, 0x05, 0x02, 0x01,
        0x70, 0x01, 0x71, 0x06, 0x05, 0x02, 0x01, 0xe9, 0x01, 0x79, 0x08, 0x01, 0x00, 0x0c, 0x02, 0xff, 0xfe,
    ];

    fn kind<'a>(columns: &'a [Column], name: &str) -> &'a Kind {
        &columns.iter().find(|column| column.name == name).expect("the column").kind
    }

    #[test]
    fn a_real_map_of_mysql() {
        let columns = columns(MYSQL, Flavour::MySql).expect("whole");
        assert_eq!(columns.len(), 15);
        assert_eq!(*kind(&columns, "v"), Kind::Var { length: 20, collation: 8 });
        assert_eq!(*kind(&columns, "t"), Kind::Blob { width: 2, collation: 255 });
        assert_eq!(*kind(&columns, "w"), Kind::Var { length: 5, collation: 11 });
        assert_eq!(*kind(&columns, "e"), Kind::Enum { width: 1, members: vec!["é".into(), "y".into()] });
        assert_eq!(*kind(&columns, "s"), Kind::Set { width: 1, members: vec!["p".into(), "q".into()] });
        assert_eq!(*kind(&columns, "u"), Kind::Int { width: 8, signed: false });
        assert_eq!(*kind(&columns, "gen"), Kind::Int { width: 4, signed: true });
    }

    #[test]
    fn a_cut_map_is_refused_or_lacks_what_was_cut() {
        for length in 0..MYSQL.len() {
            if let Ok(columns) = columns(&MYSQL[..length], Flavour::MySql) {
                assert_eq!(columns.len(), 15);
            }
        }
    }
}
