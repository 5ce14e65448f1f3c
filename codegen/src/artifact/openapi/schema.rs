//! The schemas of commands and of what they are made of, and an example of each.
//! It must not know paths or answers.

use storm_dsl::model::{Base, Type};

use crate::contract::{Context, Contract, EnumShape, Field, Message};
use crate::types::{example, schema_members};

/// A named schema.
pub(super) struct Schema {
    pub name: String,
    pub text: String,
}

/// The schemas that a context's doors need, each once.
pub(super) struct Schemas<'c> {
    contract: &'c Contract<'c>,
    own: &'c Context,
    all: Vec<Schema>,
}

/// Text as JSON.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            control if control.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            letter => out.push(letter),
        }
    }
    out + "\""
}

impl<'c> Schemas<'c> {
    pub(super) fn new(contract: &'c Contract<'c>, own: &'c Context) -> Self {
        Self { contract, own, all: Vec::new() }
    }

    /// All of them, by name.
    pub(super) fn into_all(mut self) -> Vec<Schema> {
        self.all.sort_by(|a, b| a.name.cmp(&b.name));
        self.all
    }

    /// The schema of a command.
    pub(super) fn command(&mut self, command: &Message) {
        let text = self.object(command);
        self.all.push(Schema { name: command.name.clone(), text });
    }

    /// A body that a command's door takes.
    pub(super) fn example(&self, command: &Message) -> String {
        self.example_of(&command.fields)
    }

    fn object(&mut self, of: &Message) -> String {
        let required: Vec<String> =
            of.fields.iter().filter(|field| !field.ty.optional).map(|field| quoted(&field.name)).collect();
        let properties: Vec<String> = of
            .fields
            .iter()
            .map(|field| format!("          {}: {}", quoted(&field.name), self.field(field)))
            .collect();
        let description = of
            .doc
            .as_ref()
            .map(|doc| format!("        \"description\": {},\n", quoted(doc)))
            .unwrap_or_default();
        let properties = match properties.is_empty() {
            true => "{}".to_owned(),
            false => format!("{{\n{}\n        }}", properties.join(",\n")),
        };
        format!(
            "{{\n        \"type\": \"object\",\n{description}        \"required\": [{}],\n        \"properties\": \
             {properties},\n        \"additionalProperties\": false\n      }}",
            required.join(", ")
        )
    }

    fn field(&mut self, field: &Field) -> String {
        let mut members = self.shape(&field.ty);
        if let Some(doc) = &field.doc {
            members.push(format!("\"description\":{}", quoted(doc)));
        }
        if field.pii {
            members.push("\"x-pii\":true".into());
        }
        if field.deprecated.is_some() {
            members.push("\"deprecated\":true".into());
        }
        braces(&members)
    }

    fn shape(&mut self, ty: &Type) -> Vec<String> {
        if ty.repeated {
            let one = self.shape(&Type::plain(ty.base.clone()));
            return vec!["\"type\":\"array\"".into(), format!("\"items\":{}", braces(&one))];
        }
        match &ty.base {
            Base::Map(value) => {
                let value = self.shape(value);
                vec!["\"type\":\"object\"".into(), format!("\"additionalProperties\":{}", braces(&value))]
            }
            Base::Enum(_) | Base::Record(_) => {
                let name = self.named(&ty.base);
                vec![format!("\"$ref\":\"#/components/schemas/{name}\"")]
            }
            base => vec![schema_members(base)],
        }
    }

    /// The name of an enum's or record's schema, which is written if it is not yet.
    fn named(&mut self, base: &Base) -> String {
        let (home, own_name) = self.contract.home(base);
        let context = self.contract.context(home);
        let name = match home == self.own.id {
            true => own_name.clone(),
            false => format!("{}.{own_name}", context.name),
        };
        if self.all.iter().any(|schema| schema.name == name) {
            return name;
        }
        // In its place before what is inside of it: a name is written once.
        let index = self.all.len();
        self.all.push(Schema { name: name.clone(), text: String::new() });
        self.all[index].text = match self.found(base) {
            Found::Enum(one) => {
                let values: Vec<String> = one.values.iter().map(|value| quoted(&value.name)).collect();
                let doc = one.doc.as_ref().map(|doc| format!(",\"description\":{}", quoted(doc)));
                format!("{{\"type\":\"string\",\"enum\":[{}]{}}}", values.join(","), doc.unwrap_or_default())
            }
            Found::Record(record) => self.object(record),
        };
        name
    }

    fn found(&self, base: &Base) -> Found<'c> {
        let (home, name) = self.contract.home(base);
        let context = self.contract.context(home);
        let one = context.enums.iter().find(|one| matches!(base, Base::Enum(id) if one.id == *id));
        let record = || context.records.iter().find(|record| record.name == name);
        let found = one.map(Found::Enum).or_else(|| record().map(Found::Record));
        found.unwrap_or_else(|| panic!("`{name}` is written in its context"))
    }

    fn example_of(&self, fields: &[Field]) -> String {
        let members: Vec<String> = fields
            .iter()
            .map(|field| format!("{}:{}", quoted(&field.name), self.value(&field.ty, &field.name)))
            .collect();
        format!("{{{}}}", members.join(","))
    }

    fn value(&self, ty: &Type, name: &str) -> String {
        if ty.repeated {
            return format!("[{}]", self.value(&Type::plain(ty.base.clone()), name));
        }
        match &ty.base {
            Base::Map(value) => format!("{{\"key\":{}}}", self.value(value, name)),
            Base::Enum(_) | Base::Record(_) => match self.found(&ty.base) {
                Found::Enum(one) => quoted(&one.values[0].name),
                Found::Record(record) => self.example_of(&record.fields),
            },
            base => example(base, name),
        }
    }
}

enum Found<'c> {
    Enum(&'c EnumShape),
    Record(&'c Message),
}

fn braces(members: &[String]) -> String {
    let members: Vec<&str> = members.iter().map(String::as_str).filter(|member| !member.is_empty()).collect();
    format!("{{{}}}", members.join(","))
}
