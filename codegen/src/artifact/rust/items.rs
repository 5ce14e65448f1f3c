//! The types of a file: messages, records, enums and rows as Rust items.

use askama::Template;

use super::docs::{doc, field_doc, message_doc};
use super::spell::Spell;
use crate::artifact::text;
use crate::contract::{EnumShape, Field, Message, Of, Row};
use crate::names;

#[derive(Template)]
#[template(path = "rust/struct.rs.jinja", escape = "none")]
struct StructView {
    doc: String,
    derives: String,
    attributes: String,
    name: String,
    fields: Vec<FieldView>,
    masked: bool,
    role: Option<RoleView>,
}

struct FieldView {
    doc: String,
    attributes: String,
    name: String,
    ty: String,
    masked: bool,
}

struct RoleView {
    name: &'static str,
    context: String,
    topic: String,
}

#[derive(Template)]
#[template(path = "rust/enum.rs.jinja", escape = "none")]
struct EnumView {
    doc: String,
    derives: String,
    attributes: String,
    name: String,
    values: Vec<ValueView>,
}

struct ValueView {
    doc: String,
    attributes: String,
    name: String,
    number: u32,
}

/// A message or record. `as_json`: it is read from JSON columns.
pub(super) fn message(spell: &Spell<'_>, of: &Message, as_json: bool) -> String {
    let masked = of.fields.iter().any(|field| field.pii);
    let context = spell.contract.context(of.context);
    let role = match of.of {
        Of::Record(_) => None,
        Of::Command(_) => Some(("Command", "commands")),
        Of::Event(_) => Some(("Event", "events")),
    };
    let role = role.map(|(name, stream)| RoleView {
        name,
        context: context.slug.clone(),
        topic: context.topic(stream).name.clone(),
    });
    let fields = of.fields.iter().map(|field| FieldView {
        attributes: renamed(as_json, &field.proto, &field.name),
        ..self::field(spell, field)
    });
    text(&StructView {
        doc: message_doc(spell.contract, of),
        derives: derives(masked, as_json),
        attributes: json_attributes(as_json),
        name: of.name.clone(),
        fields: fields.collect(),
        masked,
        role,
    })
}

/// A row of a captured table.
pub(super) fn row(spell: &Spell<'_>, of: &Row) -> String {
    let masked = of.columns.iter().any(|column| column.field.pii);
    let table = &spell.contract.model[of.table].name;
    let own = of.doc.as_ref().map(|own| format!("\n\n{own}")).unwrap_or_default();
    text(&StructView {
        doc: doc("", &format!("A row of `{table}` ({}).{own}", of.place)),
        derives: derives(masked, false),
        attributes: String::new(),
        name: of.name.clone(),
        fields: of.columns.iter().map(|column| field(spell, &column.field)).collect(),
        masked,
        role: None,
    })
}

/// An enum with the numbers of the wire.
pub(super) fn enumeration(of: &EnumShape, as_json: bool) -> String {
    let own = of.doc.as_ref().map(|own| format!("{own}\n\n")).unwrap_or_default();
    let values = of.values.iter().map(|value| ValueView {
        doc: doc("    ", value.doc.as_deref().unwrap_or_default()),
        attributes: if as_json {
            format!("    #[serde(rename = \"{}\")]\n", value.name)
        } else {
            String::new()
        },
        name: names::variant(&value.name),
        number: value.number,
    });
    text(&EnumView {
        doc: doc("", &format!("{own}Enum `{}` ({}).", of.name, of.place)),
        derives: format!(
            "Debug, Clone, Copy, PartialEq, Eq, Hash{}",
            if as_json { ", Serialize, Deserialize" } else { "" }
        ),
        attributes: String::new(),
        name: of.name.clone(),
        values: values.collect(),
    })
}

fn field(spell: &Spell<'_>, field: &Field) -> FieldView {
    FieldView {
        doc: field_doc(field),
        attributes: String::new(),
        name: names::rust(&field.proto),
        ty: spell.ty(&field.ty),
        masked: field.pii,
    }
}

fn derives(masked: bool, as_json: bool) -> String {
    let debug = if masked { "" } else { "Debug, " };
    let json = if as_json { ", Serialize, Deserialize" } else { "" };
    format!("{debug}Clone, PartialEq{json}")
}

fn json_attributes(as_json: bool) -> String {
    if as_json { "#[serde(deny_unknown_fields)]\n".into() } else { String::new() }
}

/// The model's own name in JSON, where Rust's differs.
fn renamed(as_json: bool, rust: &str, model: &str) -> String {
    if as_json && rust != model { format!("    #[serde(rename = \"{model}\")]\n") } else { String::new() }
}
