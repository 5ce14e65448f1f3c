//! `src/model/`: everything in a service crate that is generated.

use storm_dsl::model::ContextId;

use super::docs::doc;
use super::foreign::{Foreign, foreign};
use super::json::{FromColumns, from_columns};
use super::policies::{policy, reactions};
use super::spell::Spell;
use super::uses::Uses;
use super::{codec, items, service, spec, translate, wire};
use crate::artifact::{Artifact, Ground, Plan};
use crate::contract::{Context, EnumShape, Message, Of};
use crate::files::Kind;
use crate::names;

pub(in crate::artifact) struct ServiceModel;

impl Artifact for ServiceModel {
    fn name(&self) -> &'static str {
        "rust service"
    }

    fn plan<'g>(&self, ground: &'g Ground<'g>) -> Vec<Plan<'g>> {
        ground.contract.services().flat_map(|own| Crate::new(ground, own).plans()).collect()
    }
}

/// A file of the crate that is planned: its path under `src`, what it is about, and its text when it is asked for.
struct Crate<'g> {
    ground: &'g Ground<'g>,
    own: &'g Context,
    foreign: Vec<Foreign<'g>>,
    from_columns: FromColumns,
}

/// The parts of `src/model`, each with the line in `mod.rs` that tells what it is.
struct Part {
    name: String,
    public: bool,
    about: String,
    uses: Uses,
    body: String,
}

impl<'g> Crate<'g> {
    fn new(ground: &'g Ground<'g>, own: &'g Context) -> Self {
        let foreign = foreign(&ground.contract, own);
        Crate { ground, own, foreign, from_columns: from_columns(ground.contract.model) }
    }

    fn plans(self) -> Vec<Plan<'g>> {
        let folder = format!("{}/src", self.own.slug);
        let ground = self.ground;
        let name = self.own.name.clone();
        let mut parts = self.parts();
        parts.extend(self.foreign_parts());
        let mut files = vec![
            (format!("{folder}/lib.rs"), lib(self.own)),
            (
                format!("{folder}/model/mod.rs"),
                modules(&format!("Everything of `{name}` that the model says."), &parts, ""),
            ),
        ];
        for inner in ["codec", "foreign"] {
            let of: Vec<&Part> =
                parts.iter().filter(|part| part.name.starts_with(&format!("{inner}/"))).collect();
            if !of.is_empty() {
                let about = match inner {
                    "codec" => "Between the model's types and their bytes: exact both ways, or refused.",
                    _ => "Messages of other contexts: events that policies read, commands that they send.",
                };
                files.push((
                    format!("{folder}/model/{inner}/mod.rs"),
                    modules(about, &parts, &format!("{inner}/")),
                ));
            }
        }
        for part in parts {
            let text =
                doc("", &part.about).replace("///", "//!") + "\n" + &part.uses.lines(&part.body) + &part.body;
            files.push((format!("{folder}/model/{}.rs", part.name), text));
        }
        files
            .into_iter()
            .map(|(path, text)| Plan::generated(ground, path, Kind::Rust, move || text))
            .collect()
    }

    fn spell(&self, here: ContextId) -> Spell<'g> {
        Spell { contract: &self.ground.contract, own: self.own.id, here }
    }

    /// The context's own parts.
    fn parts(&self) -> Vec<Part> {
        let own = self.own;
        let name = &own.name;
        let spell = self.spell(own.id);
        let all = |messages: &[Message]| self.items(spell, &[], &messages.iter().collect::<Vec<_>>());
        let enums: Vec<&EnumShape> = own.enums.iter().collect();
        let types = self.items(spell, &enums, &own.records.iter().collect::<Vec<_>>());
        let rows = joined(own.rows.iter().map(|row| items::row(&spell, row)));
        let captures = &self.ground.contract.model.captures;
        let own_captures = captures
            .iter()
            .filter(|capture| own.events.iter().any(|event| event.of == Of::Event(capture.event)));
        let translations =
            joined(own_captures.filter_map(|capture| translate::translation(spell, own, capture)));
        let policies =
            joined(reactions(&self.ground.contract, own).iter().map(|reaction| policy(spell, reaction)));
        let handled = if own.commands.is_empty() { String::new() } else { service::commands(own) };
        let part = |file: &str, about: &str, body: String| self.part(file, about, body, spell, &[]);
        let codec = |file: &str, about: &str, body: String| Part {
            public: false,
            ..self.part(&format!("codec/{file}"), about, body, spell, &["crate::model"])
        };
        let codecs =
            |messages: &[Message]| joined(messages.iter().map(|message| codec::message(&spell, message)));
        let wire = wire::modules(self.ground, own, &self.foreign);
        let type_codecs = joined([self.enum_codecs(&enums), codecs(&own.records)]);
        let row_codecs = joined(own.rows.iter().map(|row| codec::row(&spell, row)));
        let parts = [
            part(
                "commands",
                &format!("What can be asked of `{name}`, and what a person writes to do it."),
                joined([all(&own.commands), handled]),
            ),
            part("events", &format!("What happens in `{name}`, as others see it."), all(&own.events)),
            part(
                "policies",
                &format!("The policies of `{name}`: whenever this happens, that shall be done."),
                policies,
            ),
            part(
                "raw",
                "Rows as the database has them; a column that is NULL, or was not captured, is `None`.",
                rows,
            ),
            part(
                "service",
                &format!("The wiring of `{name}`: a table, no logic."),
                service::service(&self.ground.contract, own),
            ),
            part(
                "spec",
                &format!("What the compiler knows of `{name}`, as constants."),
                spec::spec(&self.ground.contract, own),
            ),
            part("translate", "From raw row to public event, a function an event.", translations),
            part("types", &format!("What the messages of `{name}` are made of."), types),
            codec("commands", "Commands to bytes and back.", codecs(&own.commands)),
            codec("events", "Events to bytes and back.", codecs(&own.events)),
            codec("raw", "Rows from bytes.", row_codecs),
            codec("types", "Types to their wire form and back.", type_codecs),
            Part {
                public: false,
                uses: Uses::default(),
                ..part("wire", "What travels: protobuf, as prost-build writes it.", wire)
            },
        ];
        parts.into_iter().filter(|part| !part.body.trim().is_empty()).collect()
    }

    /// Messages of other contexts, a file a context, and their codecs.
    fn foreign_parts(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        for foreign in &self.foreign {
            let spell = self.spell(foreign.context.id);
            let slug = &foreign.context.slug;
            let defined: Vec<String> = foreign
                .enums
                .iter()
                .map(|one| one.name.clone())
                .chain(foreign.messages.iter().map(|message| message.name.clone()))
                .collect();
            let about = format!("What this service reads of `{0}` or sends to it.", foreign.context.name);
            let body = self.items(spell, &foreign.enums, &foreign.messages);
            let mut part = self.part(&format!("foreign/{slug}"), &about, body, spell, &[]);
            part.public = true;
            parts.push(part);
            let codecs = foreign.messages.iter().map(|message| codec::message(&spell, message));
            let body = joined([self.enum_codecs(&foreign.enums), joined(codecs)]);
            let about = format!("Messages of `{}` to bytes and back.", foreign.context.name);
            let mut uses = self.uses(spell, &["crate::model"]);
            uses.prefer(&format!("crate::model::foreign::{}", names::rust(slug)), &defined);
            parts.push(Part { name: format!("codec/{slug}"), public: false, about, uses, body });
        }
        parts
    }

    fn part(&self, name: &str, about: &str, body: String, spell: Spell<'_>, below: &[&str]) -> Part {
        Part { name: name.into(), public: true, about: about.into(), uses: self.uses(spell, below), body }
    }

    fn uses(&self, spell: Spell<'_>, below: &[&str]) -> Uses {
        let mut uses = Uses::new();
        spell.offer(&mut uses, below.first().copied());
        uses
    }

    fn items(&self, spell: Spell<'_>, enums: &[&EnumShape], messages: &[&Message]) -> String {
        let json = &self.from_columns;
        let enums = enums.iter().map(|one| items::enumeration(one, json.enums.contains(&one.id.0)));
        let messages = messages.iter().map(|message| {
            let as_json = matches!(message.of, Of::Record(id) if json.records.contains(&id.0));
            items::message(&spell, message, as_json)
        });
        joined(enums.chain(messages))
    }

    fn enum_codecs(&self, enums: &[&EnumShape]) -> String {
        let codecs =
            enums.iter().map(|one| codec::enumeration(one, self.from_columns.texts.contains(&one.id.0)));
        joined(codecs)
    }
}

/// Items with a blank line between them.
fn joined(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.trim().to_owned()).collect();
    let items: Vec<String> = items.into_iter().filter(|item| !item.is_empty()).collect();
    if items.is_empty() { String::new() } else { items.join("\n\n") + "\n" }
}

fn lib(own: &Context) -> String {
    let own_doc = own.doc.as_ref().map(|own| format!("\n\n{own}")).unwrap_or_default();
    let about =
        doc("", &format!("The service of the context `{}`.{own_doc}", own.name)).replace("///", "//!");
    format!("{about}\npub mod handlers;\npub mod model;\n")
}

/// The modules of a folder: those parts whose name starts with the prefix and has nothing further below.
fn modules(about: &str, parts: &[Part], prefix: &str) -> String {
    let mut names: Vec<(String, bool)> = Vec::new();
    for part in parts {
        let Some(rest) = part.name.strip_prefix(prefix) else { continue };
        let (name, public) = match rest.split_once('/') {
            Some((folder, _)) => (folder.to_owned(), folder == "foreign"),
            None => (rest.to_owned(), part.public),
        };
        if !names.iter().any(|(known, _)| *known == name) {
            names.push((name, public));
        }
    }
    names.sort();
    let line = |(name, public): &(String, bool)| {
        let visibility = if *public { "pub " } else { "" };
        format!("{visibility}mod {};\n", names::rust(name))
    };
    let lines: String = names.iter().map(line).collect();
    doc("", about).replace("///", "//!") + "\n" + &lines
}
