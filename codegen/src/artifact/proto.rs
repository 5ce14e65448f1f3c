//! The `.proto` files: a package a context; types, events, commands and raw rows in a file each.

mod compile;
mod shape;

use askama::Template;

use super::{Artifact, Ground, Plan, text};
use crate::contract::{Context, Contract};
use crate::files::Kind;
use crate::names;
pub(crate) use compile::{Compiled, compile};
use shape::{EnumView, MessageView, Shapes};

pub(super) struct Proto;

/// A proto file, without its mark.
pub(crate) struct ProtoFile {
    /// As others import it: `shop/ordering/v1/events.proto`.
    pub name: String,
    /// All of it, the mark included.
    pub text: String,
}

impl Artifact for Proto {
    fn name(&self) -> &'static str {
        "proto"
    }

    fn plan<'g>(&self, ground: &'g Ground<'g>) -> Vec<Plan<'g>> {
        ground
            .protos
            .iter()
            .map(|file| Plan {
                path: format!("proto/{}", file.name),
                ownership: crate::files::Ownership::Generated,
                kind: Kind::Proto,
                render: Box::new(|| file.text.clone().into_bytes()),
            })
            .collect()
    }
}

#[derive(Template)]
#[template(path = "proto/file.proto.jinja", escape = "none")]
struct FileView {
    comment: Vec<String>,
    package: String,
    imports: Vec<String>,
    enums: Vec<EnumView>,
    messages: Vec<MessageView>,
}

/// A file's name, what it is about, and what stands in it.
type Part = (&'static str, &'static str, (Vec<EnumView>, Vec<MessageView>));

/// The proto files of a contract.
pub(crate) fn files(contract: &Contract<'_>) -> Vec<ProtoFile> {
    let mut files: Vec<ProtoFile> =
        contract.contexts.iter().flat_map(|context| context_files(contract, context)).collect();
    files.sort_by(|one, other| one.name.cmp(&other.name));
    files
}

fn context_files(contract: &Contract<'_>, context: &Context) -> Vec<ProtoFile> {
    let shapes = Shapes { contract, context };
    let enums = context.enums.iter().map(|one| shapes.enumeration(one)).collect();
    let messages = |all: &[crate::contract::Message]| all.iter().map(|one| shapes.message(one)).collect();
    let rows = match context.rows.is_empty() {
        true => (Vec::new(), Vec::new()),
        false => (vec![shape::operations()], context.rows.iter().flat_map(|row| shapes.row(row)).collect()),
    };
    let parts: [Part; 4] = [
        ("types", "what its messages are made of", (enums, messages(&context.records))),
        ("events", "what happened", (Vec::new(), messages(&context.events))),
        ("commands", "what shall be done", (Vec::new(), messages(&context.commands))),
        ("raw", "rows as the database has them; private to the context", rows),
    ];
    let folder = names::proto_folder(&contract.project.name, &context.name, 1);
    let mut files = Vec::new();
    for (part, about, (enums, messages)) in parts {
        if enums.is_empty() && messages.is_empty() {
            continue;
        }
        let name = format!("{folder}/{part}.proto");
        let mut comment = vec![format!("{}: {about}.", context.name)];
        if let Some(doc) = &context.doc {
            comment.push(String::new());
            comment.extend(doc.lines().map(str::to_owned));
        }
        let mut imports: Vec<String> = messages.iter().flat_map(|message| message.imports.clone()).collect();
        imports.sort();
        imports.dedup();
        imports.retain(|import| *import != name);
        let view = FileView { comment, package: context.package.clone(), imports, enums, messages };
        files.push(ProtoFile {
            text: format!("{}{}\n", Kind::Proto.mark(&contract.project.name), text(&view).trim_end()),
            name,
        });
    }
    files
}
