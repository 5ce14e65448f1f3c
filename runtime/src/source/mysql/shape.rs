//! A captured table as its rows come: each column measured, the wanted ones bound to their fields, the key found.
//! Made once a table map, used for every row. It must not know: transactions, or how rows arrive.

use std::sync::Arc;

use super::bytes::{Bytes, Malformed};
use super::column::Kind;
use super::form::{Form, Inexpressible, MAX_ROW, agree};
use super::table_map::Column;
use crate::source::{ColumnShape, Named, TableShape};
use crate::spec::TableSpec;

/// The most columns a key can have: the servers' own limit.
const KEY_PARTS: usize = 16;
/// Joins the parts of a key.
const SEPARATOR: char = '\u{1f}';

/// A table's columns, bound to the model.
#[derive(Debug)]
pub(in crate::source) struct Shape {
    columns: Vec<Bound>,
    key_parts: usize,
    named: Arc<Named>,
}

#[derive(Debug)]
struct Bound {
    name: String,
    kind: Kind,
    wanted: Option<Wanted>,
}

#[derive(Debug)]
struct Wanted {
    field: u32,
    form: Form,
    key_part: Option<usize>,
}

/// Why a table does not fit the model.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::source) enum Misfit {
    /// The server sent no column names: its metadata is not FULL.
    Nameless,
    /// A column of the model is not there.
    Missing { column: &'static str },
    /// A column's values do not fit the model's type.
    Type { column: &'static str, found: String, wanted: String },
    /// The key names a column that is not of the table, or has too many.
    Key { column: &'static str },
}

/// Why a row cannot be handed on. Holds column names, never values.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::source) enum RowFault {
    Malformed(Malformed),
    /// The image leaves out a column of the model.
    Absent {
        column: String,
    },
    Inexpressible {
        column: String,
        wanted: &'static str,
    },
    NullKey {
        column: String,
    },
    SeparatorInKey {
        column: String,
    },
    TooLarge,
}

impl RowFault {
    /// True when the row alone is at fault: the stream can go on behind it.
    pub fn is_of_the_row(&self) -> bool {
        matches!(self, Self::Inexpressible { .. } | Self::NullKey { .. } | Self::SeparatorInKey { .. })
    }
}

impl From<Malformed> for RowFault {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl Shape {
    /// Binds a table's columns to the model's, by name. Also returns the columns that the model does not know.
    ///
    /// # Errors
    /// The first misfit.
    pub fn bind(table: &TableSpec, columns: Vec<Column>) -> Result<(Self, Vec<String>), Misfit> {
        if columns.iter().all(|column| column.name.is_empty()) {
            return Err(Misfit::Nameless);
        }
        if let Some(missing) =
            table.columns.iter().find(|spec| columns.iter().all(|has| has.name != spec.name))
        {
            return Err(Misfit::Missing { column: missing.name });
        }
        if let Some(part) = table.key.iter().find(|part| table.columns.iter().all(|spec| spec.name != **part))
        {
            return Err(Misfit::Key { column: part });
        }
        if let Some(part) = table.key.get(KEY_PARTS) {
            return Err(Misfit::Key { column: part });
        }
        let mut unknown = Vec::new();
        let mut bound = Vec::with_capacity(columns.len());
        for Column { name, kind } in columns {
            let wanted = match table.columns.iter().find(|spec| spec.name == name) {
                Some(spec) => Some(Wanted {
                    field: spec.field,
                    key_part: table.key.iter().position(|part| *part == name),
                    form: agree(&kind, spec.wire).ok_or_else(|| Misfit::Type {
                        column: spec.name,
                        found: kind.name(),
                        wanted: format!("{:?}", spec.wire),
                    })?,
                }),
                None => {
                    unknown.push(name.clone());
                    None
                }
            };
            bound.push(Bound { name, kind, wanted });
        }
        let described = |column: &Bound| ColumnShape {
            name: column.name.clone(),
            kind: column.kind.name(),
            field: column.wanted.as_ref().map(|wanted| wanted.field),
        };
        let columns = bound.iter().map(described).collect();
        let named = Arc::new(TableShape { table: table.table.to_owned(), columns }.into());
        Ok((Self { columns: bound, key_parts: table.key.len(), named }, unknown))
    }

    /// The table as others are told of it.
    pub fn named(&self) -> Arc<Named> {
        Arc::clone(&self.named)
    }

    /// How many columns the table has.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// Reads one image of a row and appends the row message; when `key` is given, appends the canonical key to it.
    ///
    /// # Errors
    /// The image is damaged, or a value cannot be handed on. After a fault of the row alone the image is read to its end,
    /// and `key` holds what could be made of it: the whole key or nothing.
    pub fn image(
        &self,
        present: &[u8],
        row: &mut Bytes<'_>,
        scratch: &mut String,
        out: &mut Vec<u8>,
        key: Option<&mut String>,
    ) -> Result<(), RowFault> {
        let count = (0..self.columns.len()).filter(|index| bit(present, *index)).count();
        let nulls = row.take(count.div_ceil(8), "null columns")?;
        let start = out.len();
        let mut parts: [Option<(&Bound, &Form, &[u8])>; KEY_PARTS] = [None; KEY_PARTS];
        let (mut place, mut fault) = (0, None);
        for (index, column) in self.columns.iter().enumerate() {
            if !bit(present, index) {
                match &column.wanted {
                    Some(_) => return Err(RowFault::Absent { column: column.name.clone() }),
                    None => continue,
                }
            }
            let null = bit(nulls, place);
            place += 1;
            if null {
                continue;
            }
            let value = column.kind.take(row)?;
            let Some(wanted) = &column.wanted else { continue };
            if value.len() > MAX_ROW {
                return Err(RowFault::TooLarge);
            }
            if fault.is_none()
                && let Err(why) = wanted.form.write(wanted.field, value, scratch, out)
            {
                fault = Some(column.inexpressible(why));
            }
            // After each: of JSON a few bytes can say a lot.
            if out.len() - start > MAX_ROW {
                return Err(RowFault::TooLarge);
            }
            if let Some(part) = wanted.key_part {
                parts[part] = Some((column, &wanted.form, value));
            }
        }
        let made = match key {
            Some(key) => self.key(&parts[..self.key_parts], key).inspect_err(|_| key.clear()),
            None => Ok(()),
        };
        fault.map_or(made, Err)
    }

    fn key(&self, parts: &[Option<(&Bound, &Form, &[u8])>], key: &mut String) -> Result<(), RowFault> {
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                key.push(SEPARATOR);
            }
            let Some((column, form, value)) = part else {
                let part = |column: &&Bound| {
                    column.wanted.as_ref().is_some_and(|wanted| wanted.key_part == Some(index))
                };
                let column = self.columns.iter().find(part).map_or("", |column| &column.name);
                return Err(RowFault::NullKey { column: column.to_owned() });
            };
            let start = key.len();
            form.text(value, key).map_err(|why| column.inexpressible(why))?;
            if key[start..].contains(SEPARATOR) {
                return Err(RowFault::SeparatorInKey { column: column.name.clone() });
            }
        }
        Ok(())
    }
}

impl Bound {
    fn inexpressible(&self, why: Inexpressible) -> RowFault {
        RowFault::Inexpressible { column: self.name.clone(), wanted: why.0 }
    }
}

fn bit(bits: &[u8], index: usize) -> bool {
    bits.get(index / 8).is_some_and(|byte| byte >> (index % 8) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{ColumnSpec, Wire};

    const TABLE: TableSpec = TableSpec {
        table: "orders",
        message: "shop.v1.OrdersChange",
        key: &["region", "id"],
        columns: &[
            ColumnSpec { name: "id", field: 1, wire: Wire::Int32 },
            ColumnSpec { name: "region", field: 2, wire: Wire::String },
        ],
    };

    fn columns() -> Vec<Column> {
        let column = |name: &str, kind| Column { name: name.into(), kind };
        vec![
            column("id", Kind::Int { width: 4, signed: true }),
            column("region", Kind::Var { length: 10, collation: 45 }),
            column("extra", Kind::Year),
        ]
    }

    fn read(row: &[u8], present: &[u8]) -> Result<(Vec<u8>, String), RowFault> {
        let (shape, _) = Shape::bind(&TABLE, columns()).expect("fits");
        let (mut out, mut key) = (Vec::new(), String::new());
        shape
            .image(present, &mut Bytes(row), &mut String::new(), &mut out, Some(&mut key))
            .map(|()| (out, key))
    }

    #[test]
    fn a_row_becomes_a_message_and_a_key_in_the_aggregates_order() {
        let (shape, unknown) = Shape::bind(&TABLE, columns()).expect("fits");
        assert_eq!((shape.width(), unknown), (3, vec!["extra".to_string()]));
        let row = [0, 7, 0, 0, 0, 2, b'e', b'u', 126];
        assert_eq!(read(&row, &[7]), Ok((vec![0x08, 7, 0x12, 2, b'e', b'u'], "eu\u{1f}7".into())));
    }

    #[test]
    fn what_is_not_there_is_named() {
        assert_eq!(read(&[0, 7, 0, 0, 0], &[1]), Err(RowFault::Absent { column: "region".into() }));
        assert_eq!(read(&[2, 7, 0, 0, 0, 126], &[7]), Err(RowFault::NullKey { column: "region".into() }));
        assert_eq!(read(&[0, 7, 0], &[7]), Err(RowFault::Malformed(Malformed("column value"))));
        let separator = [0, 7, 0, 0, 0, 1, 0x1f, 126];
        assert_eq!(read(&separator, &[7]), Err(RowFault::SeparatorInKey { column: "region".into() }));
    }

    #[test]
    fn a_row_that_grows_out_of_few_bytes_ends_at_the_most() {
        const NAMES: [&str; 4] = ["a", "b", "c", "d"];
        const DOCUMENTS: TableSpec = TableSpec {
            table: "documents",
            message: "",
            key: &[],
            columns: &[
                ColumnSpec { name: NAMES[0], field: 1, wire: Wire::Json },
                ColumnSpec { name: NAMES[1], field: 2, wire: Wire::Json },
                ColumnSpec { name: NAMES[2], field: 3, wire: Wire::Json },
                ColumnSpec { name: NAMES[3], field: 4, wire: Wire::Json },
            ],
        };
        let column = |name: &str| Column { name: name.into(), kind: Kind::Json { width: 4 } };
        let (shape, _) = Shape::bind(&DOCUMENTS, NAMES.map(column).to_vec()).expect("fits");
        // An array of 2,000 members, each the one text of 6,000 letters behind them: 12 MB out of 12 kB.
        let text = 4 + 3 * 2_000_u16;
        let size = text + 2 + 6_000;
        let mut document = [&[0x02][..], &2_000_u16.to_le_bytes(), &size.to_le_bytes()].concat();
        let entry = [0x0c, text.to_le_bytes()[0], text.to_le_bytes()[1]];
        document.extend(entry.repeat(2_000));
        document.extend([0xf0, 0x2e]);
        document.extend([b'x'; 6_000]);
        let value = [&(document.len() as u32).to_le_bytes()[..], &document].concat();
        let row = [&[0][..], &value.repeat(4)].concat();
        let mut out = Vec::new();
        let read = shape.image(&[0x0f], &mut Bytes(&row), &mut String::new(), &mut out, None);
        assert_eq!(read, Err(RowFault::TooLarge));
        assert!((12_000_000..2 * MAX_ROW).contains(&out.len()), "{} bytes", out.len());
    }

    #[test]
    fn misfits() {
        let mut nameless = columns();
        nameless.iter_mut().for_each(|column| column.name.clear());
        assert_eq!(Shape::bind(&TABLE, nameless).err(), Some(Misfit::Nameless));
        assert_eq!(Shape::bind(&TABLE, columns().split_off(1)).err(), Some(Misfit::Missing { column: "id" }));
        let mut wide = columns();
        wide[0].kind = Kind::Int { width: 8, signed: true };
        let misfit = Shape::bind(&TABLE, wide).err();
        let (found, wanted) = ("BIGINT".to_string(), "Int32".to_string());
        assert_eq!(misfit, Some(Misfit::Type { column: "id", found, wanted }));
    }
}
