//! Enums, messages and rows as the proto template wants them: every line finished.

use storm_dsl::model::{Base, Type};

use crate::contract::{Context, Contract, EnumShape, Field, Message, Reserved, Row};
use crate::names;
use crate::types::proto_type;

/// An enum, finished.
pub(super) struct EnumView {
    pub doc: Vec<String>,
    pub name: String,
    pub reserved: Vec<String>,
    pub values: Vec<EntryView>,
}

/// A message, finished.
pub(super) struct MessageView {
    pub doc: Vec<String>,
    pub name: String,
    pub deprecated: bool,
    pub reserved: Vec<String>,
    pub fields: Vec<EntryView>,
    pub imports: Vec<String>,
}

/// A line of an enum or message, with its comment.
pub(super) struct EntryView {
    pub doc: Vec<String>,
    pub line: String,
}

/// Makes views of one context's shapes.
pub(super) struct Shapes<'c> {
    pub contract: &'c Contract<'c>,
    pub context: &'c Context,
}

impl Shapes<'_> {
    pub(super) fn enumeration(&self, of: &EnumShape) -> EnumView {
        let zero = EntryView {
            doc: Vec::new(),
            line: format!("{} = 0;", names::enum_value(&of.name, "unspecified")),
        };
        let mut values: Vec<_> = of.values.iter().collect();
        values.sort_by_key(|value| value.number);
        let values = values.into_iter().map(|value| EntryView {
            doc: lines(value.doc.as_deref()),
            line: format!("{} = {};", names::enum_value(&of.name, &value.name), value.number),
        });
        EnumView {
            doc: lines(of.doc.as_deref()),
            name: of.name.clone(),
            reserved: reserved(&of.reserved),
            values: std::iter::once(zero).chain(values).collect(),
        }
    }

    pub(super) fn message(&self, of: &Message) -> MessageView {
        let mut fields: Vec<&Field> = of.fields.iter().collect();
        fields.sort_by_key(|field| field.number);
        let mut doc = lines(of.doc.as_deref());
        if let Some(instead) = &of.deprecated {
            doc.push(format!("Deprecated: {instead}"));
        }
        MessageView {
            doc,
            name: of.name.clone(),
            deprecated: of.deprecated.is_some(),
            reserved: reserved(&of.reserved),
            fields: fields.iter().map(|field| self.field(field)).collect(),
            imports: fields.iter().flat_map(|field| self.imports(&field.ty)).collect(),
        }
    }

    /// The row of a table, and its change.
    pub(super) fn row(&self, of: &Row) -> [MessageView; 2] {
        let mut fields: Vec<&Field> = of.columns.iter().map(|column| &column.field).collect();
        fields.sort_by_key(|field| field.number);
        let table = &self.contract.model[of.table].name;
        let mut doc = vec![format!("A row of `{table}`; a column that is NULL is absent.")];
        doc.extend(lines(of.doc.as_deref()));
        let row = MessageView {
            doc,
            name: of.row_message(),
            deprecated: false,
            reserved: reserved(&of.reserved),
            fields: fields.iter().map(|field| self.field(field)).collect(),
            imports: fields.iter().flat_map(|field| self.imports(&field.ty)).collect(),
        };
        let line = |line: String| EntryView { doc: Vec::new(), line };
        let change = MessageView {
            doc: vec![format!("A change of a row of `{table}`.")],
            name: of.change_message(),
            deprecated: false,
            reserved: Vec::new(),
            fields: vec![
                line("Op op = 1;".into()),
                line(format!("optional {} before = 2;", of.row_message())),
                line(format!("optional {} after = 3;", of.row_message())),
            ],
            imports: Vec::new(),
        };
        [change, row]
    }

    fn field(&self, field: &Field) -> EntryView {
        let mut doc = lines(field.doc.as_deref());
        if field.pii {
            doc.push("Personal data.".into());
        }
        if let Some(instead) = &field.deprecated {
            doc.push(format!("Deprecated: {instead}"));
        }
        let ty = proto_type(&field.ty, &|base| self.named(base));
        let options = [("deprecated", field.deprecated.is_some()), ("debug_redact", field.pii)];
        let options: Vec<String> =
            options.iter().filter(|(_, set)| *set).map(|(name, _)| format!("{name} = true")).collect();
        let options = if options.is_empty() { String::new() } else { format!(" [{}]", options.join(", ")) };
        EntryView { doc, line: format!("{ty} {} = {}{options};", field.proto, field.number) }
    }

    fn named(&self, base: &Base) -> String {
        let (home, name) = self.contract.home(base);
        if home == self.context.id { name } else { format!("{}.{name}", self.contract.context(home).package) }
    }

    fn imports(&self, ty: &Type) -> Vec<String> {
        match &ty.base {
            Base::Timestamp => vec!["google/protobuf/timestamp.proto".into()],
            Base::Duration => vec!["google/protobuf/duration.proto".into()],
            Base::Map(value) => self.imports(value),
            Base::Enum(_) | Base::Record(_) => {
                let (home, _) = self.contract.home(&ty.base);
                let home = &self.contract.context(home).name;
                vec![format!("{}/types.proto", names::proto_folder(&self.contract.project.name, home, 1))]
            }
            _ => Vec::new(),
        }
    }
}

/// What happened to a row: the same numbers in every context.
pub(super) fn operations() -> EnumView {
    let values = ["OP_UNSPECIFIED = 0;", "OP_INSERTED = 1;", "OP_UPDATED = 2;", "OP_DELETED = 3;"];
    EnumView {
        doc: vec!["What happened to a row.".into()],
        name: "Op".into(),
        reserved: Vec::new(),
        values: values.iter().map(|line| EntryView { doc: Vec::new(), line: (*line).into() }).collect(),
    }
}

fn lines(doc: Option<&str>) -> Vec<String> {
    doc.map(|doc| doc.lines().map(|line| line.trim_end().to_owned()).collect()).unwrap_or_default()
}

fn reserved(of: &Reserved) -> Vec<String> {
    let numbers: Vec<String> = of.numbers.iter().map(u32::to_string).collect();
    let names: Vec<String> = of.names.iter().map(|name| format!("\"{name}\"")).collect();
    [numbers, names]
        .iter()
        .filter(|all| !all.is_empty())
        .map(|all| format!("reserved {};", all.join(", ")))
        .collect()
}
