//! Between the model's types and their bytes: `Message`, `From` and `TryFrom`, an item a message.

use askama::Template;
use storm_dsl::model::Type;

use super::spell::{Spell, wire_path};
use crate::artifact::text;
use crate::contract::{EnumShape, Field, Message, Of, Row};
use crate::names;
use crate::types::{from_wire, key_text, to_wire};

#[derive(Template)]
#[template(path = "rust/codec.rs.jinja", escape = "none")]
struct CodecView {
    name: String,
    wire: String,
    /// What a value is called: `event`, `command`, `record`.
    word: &'static str,
    /// The full proto name and the key, when it is a message of its own.
    message: Option<(String, String)>,
    fields: Vec<CrossView>,
}

struct CrossView {
    to: String,
    from: String,
}

#[derive(Template)]
#[template(path = "rust/codec_row.rs.jinja", escape = "none")]
struct RowView {
    name: String,
    table: String,
    full_name: String,
    wire_row: String,
    wire_change: String,
    fields: Vec<CrossView>,
}

#[derive(Template)]
#[template(path = "rust/codec_enum.rs.jinja", escape = "none")]
struct EnumView {
    name: String,
    values: Vec<(u32, String)>,
    texts: Vec<(String, String)>,
}

/// An event, a command or a record.
pub(super) fn message(spell: &Spell<'_>, of: &Message) -> String {
    let word = match of.of {
        Of::Record(_) => "record",
        Of::Command(_) => "command",
        Of::Event(_) => "event",
    };
    let package = &spell.contract.context(of.context).package;
    let own = !matches!(of.of, Of::Record(_));
    text(&CodecView {
        name: of.name.clone(),
        wire: wire_path(spell.contract, of.context, &of.name),
        word,
        message: own.then(|| (format!("{package}.{}", of.name), key(of))),
        fields: of.fields.iter().map(|field| cross(field, word, &field.ty)).collect(),
    })
}

/// A captured table's row.
pub(super) fn row(spell: &Spell<'_>, of: &Row) -> String {
    let context = spell.contract.context(spell.own);
    text(&RowView {
        name: of.name.clone(),
        table: spell.contract.model[of.table].name.clone(),
        full_name: format!("{}.{}", context.package, of.change_message()),
        wire_row: wire_path(spell.contract, context.id, &of.row_message()),
        wire_change: wire_path(spell.contract, context.id, &of.change_message()),
        fields: of.columns.iter().map(|column| cross(&column.field, "row", &column.field.ty)).collect(),
    })
}

/// An enum, from its number; `as_text`: also from its text in an ENUM column.
pub(super) fn enumeration(of: &EnumShape, as_text: bool) -> String {
    let values = of.values.iter().map(|value| (value.number, names::variant(&value.name)));
    let texts = of.values.iter().map(|value| (value.name.clone(), names::variant(&value.name)));
    text(&EnumView {
        name: of.name.clone(),
        values: values.collect(),
        texts: if as_text { texts.collect() } else { Vec::new() },
    })
}

fn cross(field: &Field, word: &str, ty: &Type) -> CrossView {
    let name = names::rust(&field.proto);
    CrossView {
        to: format!("{name}: {}", to_wire(ty, &format!("{word}.{name}"))),
        from: format!("{name}: {}", from_wire(ty, &field.proto, &format!("wire.{name}"))),
    }
}

/// The canonical key: the key fields' texts, joined by 0x1F. Without key fields it is empty.
fn key(of: &Message) -> String {
    let parts: Vec<String> = of
        .key
        .iter()
        .map(|&index| {
            let field = &of.fields[index];
            key_text(&field.ty, &format!("self.{}", names::rust(&field.proto)))
        })
        .collect();
    match parts.as_slice() {
        [] => "String::new()".into(),
        [only] => only.clone(),
        _ => format!("[{}].join(\"{}\")", parts.join(", "), names::KEY_SEPARATOR),
    }
}
