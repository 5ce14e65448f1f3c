//! The crate of the public types: every context's events, commands and what they are made of, without a runtime. The
//! services take their messages from here, and so does another team's reader.

use askama::Template;

use super::docs::doc;
use super::json::{FromColumns, from_columns};
use super::parts::{self, Part, joined};
use super::spell::{Crate, Spell};
use super::used::Used;
use super::wire;
use crate::artifact::{Artifact, Ground, Plan, text};
use crate::contract::Context;
use crate::files::Kind;
use crate::names;

pub(in crate::artifact) struct PublicTypes;

#[derive(Template)]
#[template(path = "rust/public.rs.jinja", escape = "none")]
struct LibraryView {
    system: String,
    contexts: Vec<ContextView>,
}

struct ContextView {
    name: String,
    module: String,
    package: String,
    doc: String,
    events: bool,
}

#[derive(Template)]
#[template(path = "rust/public_context.rs.jinja", escape = "none")]
struct ModuleView {
    name: String,
    /// The public modules: `commands`, `events`, `types`.
    modules: Vec<&'static str>,
    topics: Vec<(&'static str, String)>,
    events: Vec<String>,
}

#[derive(Template)]
#[template(path = "rust/public.toml.jinja", escape = "none")]
struct ManifestView {
    package: String,
    library: String,
    system: String,
    serde: bool,
}

#[derive(Template)]
#[template(path = "rust/public_readme.md.jinja", escape = "none")]
struct ReadmeView {
    system: String,
    package: String,
    library: String,
    topics: Vec<(String, String)>,
    sample: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "rust/read.rs.jinja", escape = "none")]
struct ExampleView {
    library: String,
}

impl Artifact for PublicTypes {
    fn name(&self) -> &'static str {
        "public types"
    }

    fn plan<'g>(&self, ground: &'g Ground<'g>) -> Vec<Plan<'g>> {
        let contract = &ground.contract;
        if contract.services().next().is_none() {
            return Vec::new();
        }
        let package = names::events_crate(&contract.project.name);
        let (used, json) = (Used::of(contract), from_columns(contract.model));
        let contexts: Vec<&Context> = contract
            .contexts
            .iter()
            .filter(|own| !messages(own, &used).is_empty() || used.any(own))
            .collect();
        let mut rust = vec![
            (format!("{package}/src/lib.rs"), library(ground, &contexts)),
            (format!("{package}/src/wire.rs"), wire_types(ground, &contexts, &used)),
            (
                format!("{package}/examples/read.rs"),
                text(&ExampleView { library: names::events_path(&contract.project.name) }),
            ),
        ];
        for own in &contexts {
            rust.extend(module(ground, own, &used, &json, &format!("{package}/src")));
        }
        let plan = |(path, text)| Plan::generated(ground, path, Kind::Rust, move || text);
        let mut plans: Vec<Plan<'g>> = rust.into_iter().map(plan).collect();
        let is_read = !json.records.is_empty() || !json.enums.is_empty();
        let manifest = text(&ManifestView {
            package: package.clone(),
            library: names::events_path(&contract.project.name),
            system: contract.project.name.clone(),
            serde: is_read,
        });
        plans.push(Plan::generated(ground, format!("{package}/Cargo.toml"), Kind::Toml, move || manifest));
        let readme = readme(ground, &contexts);
        plans.push(Plan::generated(ground, format!("{package}/README.md"), Kind::Markdown, move || readme));
        plans
    }
}

/// The names of what travels of a context: its commands, its events, and the types in messages.
fn messages(own: &Context, used: &Used) -> Vec<String> {
    let all = used.records(own).into_iter().chain(&own.commands).chain(&own.events);
    all.map(|message| message.name.clone()).collect()
}

fn wire_types(ground: &Ground<'_>, contexts: &[&Context], used: &Used) -> String {
    let wanted: Vec<_> =
        contexts.iter().map(|own| (*own, messages(own, used).into_iter().collect())).collect();
    let about = "What travels: protobuf, as prost-build writes it.";
    parts::inner(about) + &wire::modules(ground, &wanted)
}

/// A context's module.
fn module(
    ground: &Ground<'_>,
    own: &Context,
    used: &Used,
    json: &FromColumns,
    folder: &str,
) -> Vec<(String, String)> {
    let spell = Spell { contract: &ground.contract, own: own.id, here: Crate::Public };
    let (enums, records) = (used.enums(own), used.records(own));
    let (commands, events): (Vec<_>, Vec<_>) = (own.commands.iter().collect(), own.events.iter().collect());
    let name = &own.name;
    let here = format!("crate::{}", names::rust(&own.slug));
    let part = |file: &str, about: &str, body: String| Part::new(file, about, body, spell);
    let codec = |file: &str, about: &str, body: String| Part::codec(file, about, body, spell, &here);
    let types = joined([parts::enums(json, &enums), parts::types(&spell, json, &records)]);
    let type_codecs = joined([parts::enum_codecs(json, &enums), parts::codecs(&spell, &records)]);
    let all = [
        part("commands", &format!("What can be asked of `{name}`."), parts::types(&spell, json, &commands)),
        part("events", &format!("What happens in `{name}`."), parts::types(&spell, json, &events)),
        part("types", &format!("What the messages of `{name}` are made of."), types),
        codec("commands", "Commands to bytes and back.", parts::codecs(&spell, &commands)),
        codec("events", "Events to bytes and back.", parts::codecs(&spell, &events)),
        codec("types", "Types to their wire form and back.", type_codecs),
    ];
    let all: Vec<Part> = all.into_iter().filter(|part| !part.body.trim().is_empty()).collect();
    let modules = ["commands", "events", "types"].into_iter();
    let topics = [("commands", commands.is_empty()), ("events", events.is_empty())];
    let topics = topics.into_iter().filter(|(_, none)| !none);
    let more = text(&ModuleView {
        name: names::type_name(name),
        modules: modules.filter(|name| all.iter().any(|part| part.name == *name)).collect(),
        topics: topics.map(|(stream, _)| (stream, own.topic(stream).name.clone())).collect(),
        events: own.events.iter().map(|event| event.name.clone()).collect(),
    });
    let own_doc = own.doc.as_ref().map(|own| format!("\n\n{own}")).unwrap_or_default();
    let about = format!("The public messages of `{name}`.{own_doc}");
    parts::files(&format!("{folder}/{}", own.slug), &about, &all, &more)
}

fn library(ground: &Ground<'_>, contexts: &[&Context]) -> String {
    let of = |own: &&Context| ContextView {
        name: names::type_name(&own.name),
        module: names::rust(&own.slug),
        package: own.package.clone(),
        doc: doc("    ", &format!("An event of `{}`.", own.name)),
        events: !own.events.is_empty(),
    };
    let system = ground.contract.project.name.clone();
    text(&LibraryView { system, contexts: contexts.iter().map(of).collect() })
}

fn readme(ground: &Ground<'_>, contexts: &[&Context]) -> String {
    let with_events = || contexts.iter().filter(|own| !own.events.is_empty());
    let system = ground.contract.project.name.clone();
    text(&ReadmeView {
        package: names::events_crate(&system),
        library: names::events_path(&system),
        system,
        topics: with_events().map(|own| (own.name.clone(), own.topic("events").name.clone())).collect(),
        sample: with_events().next().map(|own| (names::type_name(&own.name), own.events[0].name.clone())),
    })
}
