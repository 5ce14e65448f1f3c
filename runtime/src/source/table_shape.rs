//! A table's shape as its rows come in the source's log: every column by name and type, those that the model leaves out
//! among them. Two tables of the same columns in two databases have one shape.
//! It must not know: where shapes are kept.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The columns of a table, in the source's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableShape {
    /// The table's name.
    pub table: String,
    /// Its columns.
    pub columns: Vec<ColumnShape>,
}

/// A column of a shape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnShape {
    /// Its name in the database.
    pub name: String,
    /// Its type there: `INT UNSIGNED`, `DECIMAL(10,2)`.
    pub kind: String,
    /// Its field in the row message; absent for a column that the model leaves out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<u32>,
}

/// A shape and its name: what a row refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// See [`TableShape::hash`].
    pub hash: String,
    /// The shape.
    pub shape: TableShape,
}

impl TableShape {
    /// 16 hexadecimal digits that tell this shape from every other one, whenever and wherever they are made.
    pub fn hash(&self) -> String {
        let text = serde_json::to_vec(self).expect("a shape is plain data");
        format!("{:016x}", (Uuid::new_v5(&Uuid::NAMESPACE_OID, &text).as_u128() >> 64) as u64)
    }

    /// What an earlier shape of the table has otherwise, a line each; empty when nothing does.
    pub fn changes_since(&self, earlier: &Self) -> Vec<String> {
        let find =
            |shape: &Self, name: &str| shape.columns.iter().find(|column| column.name == name).cloned();
        let mut changes = Vec::new();
        for column in &self.columns {
            match find(earlier, &column.name) {
                None => changes.push(format!("`{}` is new ({})", column.name, column.kind)),
                Some(was) if was.kind != column.kind => {
                    changes.push(format!("`{}` was {} and is {}", column.name, was.kind, column.kind));
                }
                Some(was) if was.field != column.field => {
                    changes.push(format!("`{}` has another place in the row message", column.name));
                }
                Some(_) => {}
            }
        }
        let gone = earlier.columns.iter().filter(|column| find(self, &column.name).is_none());
        changes.extend(gone.map(|column| format!("`{}` is gone", column.name)));
        changes
    }
}

impl From<TableShape> for Named {
    fn from(shape: TableShape) -> Self {
        Self { hash: shape.hash(), shape }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(columns: &[(&str, &str, Option<u32>)]) -> TableShape {
        let column = |(name, kind, field): &(&str, &str, Option<u32>)| ColumnShape {
            name: (*name).into(),
            kind: (*kind).into(),
            field: *field,
        };
        TableShape { table: "orders".into(), columns: columns.iter().map(column).collect() }
    }

    #[test]
    fn a_hash_is_the_same_for_ever() {
        let shape = shape(&[("id", "INT", Some(1)), ("note", "JSON", None)]);
        assert_eq!(shape.hash(), "7e9636ee1acf5f62");
        let again: TableShape = serde_json::from_slice(&serde_json::to_vec(&shape).unwrap()).unwrap();
        assert_eq!(again.hash(), shape.hash());
    }

    #[test]
    fn what_changed_is_said() {
        let earlier = shape(&[("id", "INT", Some(1)), ("note", "JSON", None), ("old", "YEAR", None)]);
        let later = shape(&[("id", "BIGINT", Some(1)), ("note", "JSON", Some(2)), ("new", "DATE", None)]);
        assert_eq!(
            later.changes_since(&earlier),
            [
                "`id` was INT and is BIGINT",
                "`note` has another place in the row message",
                "`new` is new (DATE)",
                "`old` is gone",
            ]
        );
        assert_ne!(earlier.hash(), later.hash());
        assert_eq!(later.changes_since(&later), Vec::<String>::new());
    }
}
