//! `src/model/` of a service: everything in its crate that is generated. Its messages are those of the public types.

use super::parts::{self, Part, inner, joined};
use super::policies::{policy, reactions};
use super::spell::{Crate, Spell};
use super::used::Used;
use super::uses::Uses;
use super::{codec, doors, externals, items, service, spec, translate, webhooks, wire};
use crate::artifact::{Artifact, Ground, Plan};
use crate::contract::{Context, Of};
use crate::files::Kind;
use crate::names;

pub(in crate::artifact) struct ServiceModel;

impl Artifact for ServiceModel {
    fn name(&self) -> &'static str {
        "rust service"
    }

    fn plan<'g>(&self, ground: &'g Ground<'g>) -> Vec<Plan<'g>> {
        let used = Used::of(&ground.contract);
        ground.contract.services().flat_map(|own| plans(ground, own, &used)).collect()
    }
}

fn plans<'g>(ground: &'g Ground<'g>, own: &'g Context, used: &Used) -> Vec<Plan<'g>> {
    let folder = format!("{}/src", own.slug);
    let about = format!("Everything of `{}` that the model says.", own.name);
    let mut files = parts::files(
        &format!("{folder}/model"),
        &about,
        &service_parts(ground, own),
        &messages(ground, own, used),
    );
    files.push((format!("{folder}/lib.rs"), lib(own)));
    let plan = |(path, text)| Plan::generated(ground, path, Kind::Rust, move || text);
    files.into_iter().map(plan).collect()
}

/// Where the context's messages come from.
fn messages(ground: &Ground<'_>, own: &Context, used: &Used) -> String {
    let mut modules = Vec::new();
    if !own.events.is_empty() {
        modules.push("events");
    }
    if used.any(own) {
        modules.push("types");
    }
    match modules.as_slice() {
        [] => String::new(),
        [only] => format!("\npub use {}::{only};\n", public(ground, own)),
        all => format!("\npub use {}::{{{}}};\n", public(ground, own), all.join(", ")),
    }
}

/// The context's module of the public types: `shop_events::ordering`.
fn public(ground: &Ground<'_>, own: &Context) -> String {
    format!("{}::{}", names::events_path(&ground.contract.project.name), names::rust(&own.slug))
}

fn service_parts(ground: &Ground<'_>, own: &Context) -> Vec<Part> {
    let (name, contract) = (&own.name, &ground.contract);
    let spell = Spell { contract, own: own.id, here: Crate::Service };
    let rows = joined(own.rows.iter().map(|row| items::row(&spell, row)));
    let captures = &contract.model.captures;
    let own_captures =
        captures.iter().filter(|capture| own.events.iter().any(|event| event.of == Of::Event(capture.event)));
    let translations = joined(own_captures.filter_map(|capture| translate::translation(spell, own, capture)));
    let policies = joined(reactions(contract, own).iter().map(|reaction| policy(spell, reaction)));
    let wire_rows = own.rows.iter().flat_map(|row| [row.row_message(), row.change_message()]);
    let wire = wire::modules(ground, &[(own, wire_rows.collect())]);
    let row_codecs = joined(own.rows.iter().map(|row| codec::row(&spell, row)));
    let part = |file: &str, about: &str, body: String| Part::new(file, about, body, spell);
    let parts = [
        commands(ground, own, spell),
        Part { uses: doors::uses(), ..part("doors", &doors::about(name), doors::spec(contract, own)) },
        Part {
            uses: externals::uses(),
            ..part("externals", &externals::about(name), externals::spec(contract, own))
        },
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
            service::service(contract, own),
        ),
        part(
            "spec",
            &format!("What the compiler knows of `{name}`, as constants."),
            spec::spec(contract, own),
        ),
        part("translate", "From raw row to public event, a function an event.", translations),
        Part {
            uses: webhooks::uses(),
            ..part("webhooks", &webhooks::about(name), webhooks::spec(contract, own))
        },
        Part::codec("raw", "Rows from bytes.", row_codecs, spell, "crate::model"),
        Part {
            public: false,
            uses: Uses::default(),
            ..part("wire", "What travels: protobuf, as prost-build writes it.", wire)
        },
    ];
    parts.into_iter().filter(|part| !part.body.trim().is_empty()).collect()
}

/// What a person implements, beside the commands themselves.
fn commands(ground: &Ground<'_>, own: &Context, spell: Spell<'_>) -> Part {
    let names: Vec<&str> = own.commands.iter().map(|command| command.name.as_str()).collect();
    let body = if names.is_empty() {
        String::new()
    } else {
        format!("pub use {}::commands::*;\n\n{}", public(ground, own), service::commands(own))
    };
    let about = format!("What can be asked of `{}`, and what a person writes to do it.", own.name);
    let mut part = Part::new("commands", &about, body, spell);
    part.uses.forget(&names);
    part
}

fn lib(own: &Context) -> String {
    let own_doc = own.doc.as_ref().map(|own| format!("\n\n{own}")).unwrap_or_default();
    let about = inner(&format!("The service of the context `{}`.{own_doc}", own.name));
    format!("{about}\npub mod handlers;\npub mod model;\n")
}
