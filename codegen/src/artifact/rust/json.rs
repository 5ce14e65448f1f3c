//! Which types are read from columns: from JSON by serde, from an ENUM column by its text.

use std::collections::BTreeSet;

use storm_dsl::model::{Base, ColumnKind, Model, Type, ValueType};

/// Enums and records, by their place in the model.
#[derive(Default)]
pub(super) struct FromColumns {
    /// Records read from JSON columns, and those inside them.
    pub records: BTreeSet<u32>,
    /// Enums inside of those.
    pub enums: BTreeSet<u32>,
    /// Enums read from ENUM columns.
    pub texts: BTreeSet<u32>,
}

/// The types that captures read from columns.
pub(super) fn from_columns(model: &Model) -> FromColumns {
    let mut found = FromColumns::default();
    for capture in &model.captures {
        for (index, value) in &capture.values {
            let ty = &model[capture.event].fields[*index].ty;
            match (&value.ty, &ty.base) {
                (ValueType::Column { kind: ColumnKind::Json, .. }, _) => found.json(model, ty),
                (ValueType::Column { kind: ColumnKind::Enum(_), .. }, Base::Enum(id)) => {
                    found.texts.insert(id.0);
                }
                _ => {}
            }
        }
    }
    found
}

impl FromColumns {
    fn json(&mut self, model: &Model, ty: &Type) {
        match &ty.base {
            Base::Map(value) => self.json(model, value),
            Base::Enum(id) => {
                self.enums.insert(id.0);
            }
            Base::Record(id) if self.records.insert(id.0) => {
                model[*id].fields.iter().for_each(|field| self.json(model, &field.ty));
            }
            _ => {}
        }
    }
}
