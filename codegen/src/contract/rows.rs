//! Captured tables: a row message and a change message each, numbers by column name.

use std::collections::BTreeSet;

use storm_dsl::model::{Base, ColumnKind, ContextId, ExprKind, Model, Root, Table, TableId};

use super::settle::{Settling, reserved};
use super::words::type_words;
use super::{Column, Field, Row};
use crate::lock::{OnTypeChange, Wanted};
use crate::names;
use crate::types::column_row;

impl Settling<'_> {
    pub(super) fn rows(&mut self, context: ContextId, slug: &str) -> Vec<Row> {
        let model = self.model;
        let own = model.tables.iter().enumerate().filter(|(_, table)| table.feeds == Some(context));
        own.map(|(index, table)| self.row(slug, TableId(index as u32), table)).collect()
    }

    fn row(&mut self, slug: &str, id: TableId, table: &Table) -> Row {
        let name = names::table(&table.name);
        let uuids = uuid_columns(self.model, id);
        let private = private_columns(self.model, id);
        let rows: Vec<_> = table
            .columns
            .iter()
            .map(|column| (column, column_row(&column.kind, uuids.contains(column.name.as_str()))))
            .collect();
        let wanted: Vec<Wanted> = rows
            .iter()
            .map(|(column, row)| {
                let ty = match column.kind {
                    ColumnKind::Bytes { .. } if row.ty.base == Base::Uuid => "uuid".into(),
                    _ if row.ty.base == Base::Uuid => "string".into(),
                    _ => type_words(self.model, &row.ty),
                };
                Wanted { name: names::field(&column.name), ty, renamed_from: None, span: column.span }
            })
            .collect();
        let numbers = self.lock.messages.entry(format!("{slug}.v1.{name}Row")).or_default();
        numbers.settle(&table.name, &wanted, OnTypeChange::Renumber, &mut self.diagnostics);
        let columns = rows
            .into_iter()
            .map(|(column, row)| {
                let proto = names::field(&column.name);
                let field = Field {
                    number: numbers.number(&proto),
                    ty: row.ty,
                    doc: column.doc.clone(),
                    pii: private.contains(column.name.as_str()),
                    deprecated: None,
                    name: column.name.clone(),
                    proto,
                };
                Column { field, wire: row.wire }
            })
            .collect();
        Row {
            table: id,
            doc: table.doc.clone(),
            place: self.sources.place(table.span),
            columns,
            reserved: reserved(numbers, str::to_owned),
            name,
        }
    }
}

/// Text and binary columns that a capture reads as a uuid, or that key an aggregate by one.
fn uuid_columns(model: &Model, table: TableId) -> BTreeSet<&str> {
    columns_feeding(model, table, |field| field.ty.base == Base::Uuid)
}

/// Columns that a capture maps to a `@pii` field: masked wherever a row is shown.
fn private_columns(model: &Model, table: TableId) -> BTreeSet<&str> {
    columns_feeding(model, table, |field| field.pii)
}

/// Columns that captures map straight to an event's field of some kind.
fn columns_feeding(
    model: &Model,
    table: TableId,
    wanted: impl Fn(&storm_dsl::model::Field) -> bool,
) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for capture in model.captures.iter().filter(|capture| capture.table == Some(table)) {
        for (index, value) in &capture.values {
            if let ExprKind::Place(place) = &value.kind
                && matches!(place.root, Root::NewRow | Root::OldRow)
                && let [(column, _)] = place.fields.as_slice()
                && wanted(&model[capture.event].fields[*index])
            {
                found.insert(column.as_str());
            }
        }
    }
    found
}
