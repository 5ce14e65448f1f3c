//! Names that meet in the generated code: with each other, or with words it needs itself.

use std::collections::BTreeMap;

use storm_dsl::diagnostic::{Diagnostic, Rule};
use storm_dsl::model::{ContextId, Field, Head, Model};
use storm_dsl::source::Span;

use crate::contract::extents;
use crate::names;

pub(super) static TAKEN: Rule = Rule {
    code: "S0710",
    title: "a name is taken by the generated code",
    explain: "Generated Rust needs some names for itself (`Option`, `Result`, `Event`, `Command`, `Decimal`, …), and the \
output has folders of its own (`proto`, `openapi`, `kafka`, `deploy`, `vendor`, `target`). Choose a name that says more: `ShopEvent`, \
`PaymentResult`; people read the label: `event PaymentResult as \"Result\"`.",
};

pub(super) static COLLISION: Rule = Rule {
    code: "S0711",
    title: "two names become one in the generated code",
    explain: "Proto and Rust write names in one letter case each, so `orderId` and `order_id` are the same field, and the \
rows of a table `orders` are a message `OrdersRow`. Rename one of the two.",
};

#[rustfmt::skip]
const TYPES: &[&str] = &[
    "Box", "BTreeMap", "Change", "Clone", "ColumnSpec", "Command", "Commands", "CommandTable", "ContextSpec", "Date",
    "Decimal", "Deserialize", "Duration", "Err", "Event", "External", "ExternalSpec", "Failure", "Fault", "From", "Future", "Handlers", "Into", "Json",
    "Message", "None", "Ok", "Op", "Option", "Policy", "RawRow", "Refusal", "Required", "Result", "Retry", "Row", "Self", "Send",
    "Serialize", "Service", "Some", "SourceSpec", "Start", "String", "Sync", "System", "TableSpec", "Time", "Timestamp", "TopicSpec",
    "TopicsSpec", "TryFrom", "TryInto", "Uuid", "Vec", "Wire", "Work",
];

const FOLDERS: &[&str] = &["proto", "openapi", "kafka", "deploy", "vendor", "target"];
const MODULES: &[&str] = &[
    "doors",
    "events",
    "externals",
    "webhooks",
    "commands",
    "raw",
    "types",
    "convert",
    "fmt",
    "foreign",
    "codec",
    "wire",
    "std",
];

/// Names of types in a context: messages, enums, policies, rows.
fn type_names(model: &Model, context: ContextId) -> Vec<(String, String, Span)> {
    let own = |head: &&Head| head.context == Some(context);
    let heads = model
        .enums
        .iter()
        .map(|one| &one.head)
        .chain(model.records.iter().map(|one| &one.head))
        .chain(model.commands.iter().map(|one| &one.head))
        .chain(model.events.iter().map(|one| &one.head))
        .chain(model.policies.iter().map(|one| &one.head))
        .chain(model.externals.iter().map(|one| &one.head));
    let mut all: Vec<_> = heads
        .filter(own)
        .map(|head| (names::type_name(&head.name), format!("`{}`", head.name), head.name_span))
        .collect();
    for table in model.tables.iter().filter(|table| table.feeds == Some(context)) {
        let name = names::table(&table.name);
        let said = format!("the rows of `{}`", table.name);
        all.push((format!("{name}Row"), said.clone(), table.span));
        all.push((format!("{name}Change"), said, table.span));
    }
    all
}

fn written(model: &Model) -> impl Iterator<Item = (ContextId, &storm_dsl::model::Context)> {
    extents(model).into_keys().map(|id| (id, &model[id]))
}

pub(super) fn taken(model: &Model) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (id, context) in written(model) {
        let slug = names::slug(&context.head.name);
        if FOLDERS.contains(&slug.as_str()) || MODULES.contains(&slug.as_str()) {
            let message = format!(
                "a context cannot be called `{}`: the output has a folder `{slug}`",
                context.head.name
            );
            found.push(
                Diagnostic::error(&TAKEN, context.head.name_span, message).help(another(&context.head.name)),
            );
        }
        for (name, said, span) in type_names(model, id) {
            if TYPES.contains(&name.as_str()) {
                let message = format!("{said} is a name that the generated code needs for itself");
                found.push(Diagnostic::error(&TAKEN, span, message).help(another(&name)));
            }
        }
    }
    found
}

fn another(name: &str) -> String {
    format!("choose a name that says more, and keep the old one for people: `… as \"{name}\"`")
}

pub(super) fn collisions(model: &Model) -> Vec<Diagnostic> {
    let contexts = written(model)
        .map(|(_, context)| {
            (names::slug(&context.head.name), format!("`{}`", context.head.name), context.head.name_span)
        })
        .collect();
    let mut found = meeting(contexts);
    let written_contexts = extents(model);
    let is_written = |head: &Head| head.context.is_some_and(|id| written_contexts.contains_key(&id));
    for (id, _) in written(model) {
        found.extend(meeting(type_names(model, id)));
    }
    for (head, fields) in messages(model).filter(|(head, _)| is_written(head)) {
        let fields = fields
            .iter()
            .map(|field| (names::field(&field.name), format!("`{}.{}`", head.name, field.name), field.span));
        found.extend(meeting(fields.collect()));
    }
    for table in model.tables.iter().filter(|table| table.feeds.is_some()) {
        let columns = table.columns.iter().map(|column| {
            (names::field(&column.name), format!("`{}.{}`", table.name, column.name), column.span)
        });
        found.extend(meeting(columns.collect()));
    }
    for one in model.enums.iter().filter(|one| is_written(&one.head)) {
        let zero = (
            names::variant("unspecified"),
            "the value that every enum has, `unspecified`,".to_owned(),
            one.head.name_span,
        );
        let values = one.values.iter().map(|value| {
            (names::variant(&value.name), format!("`{}.{}`", one.head.name, value.name), value.span)
        });
        found.extend(meeting(std::iter::once(zero).chain(values).collect()));
    }
    found
}

fn messages(model: &Model) -> impl Iterator<Item = (&Head, &Vec<Field>)> {
    let events = model.events.iter().map(|event| (&event.head, &event.fields));
    let commands = model.commands.iter().map(|command| (&command.head, &command.fields));
    events.chain(commands).chain(model.records.iter().map(|record| (&record.head, &record.fields)))
}

/// Two that are spelled alike.
fn meeting(all: Vec<(String, String, Span)>) -> Vec<Diagnostic> {
    let mut first: BTreeMap<String, (String, Span)> = BTreeMap::new();
    let mut found = Vec::new();
    for (spelled, said, span) in all {
        if let Some((earlier, place)) = first.get(&spelled) {
            let message = format!("{earlier} and {said} are both `{spelled}` in the generated code");
            found.push(
                Diagnostic::error(&COLLISION, span, message)
                    .also(*place, "the other")
                    .help("rename one of the two"),
            );
        } else {
            first.insert(spelled, (said, span));
        }
    }
    found
}
