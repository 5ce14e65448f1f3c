//! `model/doors.rs`: the commands that actors issue from outside, as constants: what their JSON must look like.
//! It must not know JSON or HTTP.

use std::collections::BTreeSet;

use askama::Template;
use storm_dsl::model::{Base, Type};

use super::docs::doc;
use super::uses::Uses;
use crate::artifact::openapi::{actors, document_path, doors, is_described};
use crate::artifact::text;
use crate::contract::{Context, Contract, Field, Message};
use crate::names;
use crate::types::door_kind;

#[derive(Template)]
#[template(path = "rust/doors.rs.jinja", escape = "none")]
struct DoorsView {
    document: String,
    enums: Vec<EnumView>,
    records: Vec<RecordView>,
    doors: Vec<DoorView>,
}

struct EnumView {
    name: String,
    constant: String,
    values: Vec<(String, u32)>,
}

struct RecordView {
    name: String,
    constant: String,
    fields: Vec<String>,
}

struct DoorView {
    doc: String,
    constant: String,
    name: String,
    actors: Vec<String>,
    key: Vec<String>,
    fields: Vec<String>,
}

/// The doors of a context; nothing when it has none.
pub(super) fn spec(contract: &Contract<'_>, own: &Context) -> String {
    let open: Vec<&Message> = doors(contract, own).collect();
    if !is_described(contract, own) {
        return String::new();
    }
    let mut used = Used { contract, own, bases: BTreeSet::new(), enums: Vec::new(), records: Vec::new() };
    open.iter().flat_map(|command| &command.fields).for_each(|field| used.add(&field.ty));
    let doors = open.iter().map(|command| {
        let by = actors(contract, command);
        let place =
            format!("`POST /commands/{}`, by {} ({}).", command.name, by.join(" and "), command.place);
        DoorView {
            doc: doc("", &place),
            constant: constant(&command.name),
            name: command.name.clone(),
            key: command.key.iter().map(|&index| command.fields[index].name.clone()).collect(),
            fields: command.fields.iter().map(|field| used.field(field)).collect(),
            actors: by,
        }
    });
    text(&DoorsView {
        document: document_path(own),
        doors: doors.collect(),
        enums: used.enums,
        records: used.records,
    })
}

/// What the file is about.
pub(super) fn about(context: &str) -> String {
    format!("The commands of `{context}` that actors issue from outside: what their JSON must look like.")
}

/// What the file may use: names of the runtime alone, so that a type of the model may be called like one of them.
pub(super) fn uses() -> Uses {
    let mut uses = Uses::default();
    uses.offer("storm_runtime::spec", &["CommandSpec", "FieldSpec", "Kind"]);
    uses
}

/// The constant of a command's door.
pub(super) fn constant(command: &str) -> String {
    names::constant(command)
}

/// The enums and records that commands are made of, what is inside before what holds it.
struct Used<'c> {
    contract: &'c Contract<'c>,
    own: &'c Context,
    bases: BTreeSet<String>,
    enums: Vec<EnumView>,
    records: Vec<RecordView>,
}

impl Used<'_> {
    fn add(&mut self, ty: &Type) {
        if let Base::Map(value) = &ty.base {
            return self.add(value);
        }
        if !matches!(ty.base, Base::Enum(_) | Base::Record(_)) {
            return;
        }
        let constant = self.named(&ty.base);
        if !self.bases.insert(constant.clone()) {
            return;
        }
        let (home, name) = self.contract.home(&ty.base);
        let home = self.contract.context(home);
        if let Base::Enum(id) = ty.base
            && let Some(one) = home.enums.iter().find(|one| one.id == id)
        {
            let values = one.values.iter().map(|value| (value.name.clone(), value.number)).collect();
            self.enums.push(EnumView { constant: constant.clone(), name: name.clone(), values });
        }
        if let Some(record) = home.records.iter().find(|record| record.name == name) {
            record.fields.iter().for_each(|field| self.add(&field.ty));
            let fields = record.fields.iter().map(|field| self.field(field)).collect();
            self.records.push(RecordView { constant, name, fields });
        }
    }

    /// `FieldSpec::one("order_id", 1, Kind::Uuid)`
    fn field(&self, field: &Field) -> String {
        let shape = match (field.ty.repeated, field.ty.optional) {
            (true, _) => "list",
            (false, true) => "optional",
            (false, false) => "one",
        };
        let kind = door_kind(&field.ty.base, &|base| self.named(base));
        format!("FieldSpec::{shape}(\"{}\", {}, {kind})", field.name, field.number)
    }

    /// The constant of an enum or a record; another context's begins with its name.
    fn named(&self, base: &Base) -> String {
        let (home, name) = self.contract.home(base);
        match home == self.own.id {
            true => names::constant(&name),
            false => names::constant(&format!("{}_{name}", self.contract.context(home).slug)),
        }
    }
}
