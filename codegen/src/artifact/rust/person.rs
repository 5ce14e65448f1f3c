//! The files of a service that a person owns: written once, never touched again.

use askama::Template;

use super::docs::doc;
use super::externals;
use super::policies::reactions;
use super::webhooks;
use crate::artifact::{Artifact, Ground, Plan, text};
use crate::contract::Context;
use crate::files::Kind;
use crate::names;

pub(in crate::artifact) struct PersonFiles;

#[derive(Template)]
#[template(path = "rust/main.rs.jinja", escape = "none")]
struct MainView {
    context: String,
    library: String,
    handled: bool,
}

#[derive(Template)]
#[template(path = "rust/handlers.rs.jinja", escape = "none")]
struct HandlersView {
    context: String,
    imports: Vec<String>,
    /// Types and fields of the systems that they call.
    externals: Vec<(String, String)>,
    commands: Vec<CommandView>,
}

struct CommandView {
    doc: String,
    function: String,
    name: String,
}

#[derive(Template)]
#[template(path = "rust/config.toml.jinja", escape = "none")]
struct ConfigView {
    context: String,
    sources: Vec<(String, String)>,
    policies: Vec<PolicyView>,
    schedules: Vec<String>,
    externals: Vec<ExternalView>,
    /// Those that are signed.
    webhooks: Vec<String>,
    database: String,
}

/// An external system: what the model says of it.
struct ExternalView {
    name: String,
    url: Option<String>,
    timeout: String,
    at_most: Option<(u64, String)>,
}

struct PolicyView {
    name: String,
    times: u32,
    from: String,
    to: String,
}

impl Artifact for PersonFiles {
    fn name(&self) -> &'static str {
        "a person's files"
    }

    fn plan<'g>(&self, ground: &'g Ground<'g>) -> Vec<Plan<'g>> {
        let of = |own: &'g Context| {
            let src = format!("{}/src", own.slug);
            [
                Plan::person(format!("{src}/main.rs"), Kind::Rust, || main(own)),
                Plan::person(format!("{src}/handlers.rs"), Kind::Rust, || handlers(ground, own)),
                Plan::person(format!("{0}/{0}.toml", own.slug), Kind::Toml, || config(ground, own)),
            ]
        };
        ground.contract.services().flat_map(of).collect()
    }
}

fn main(own: &Context) -> String {
    text(&MainView {
        context: own.name.clone(),
        library: names::crate_path(&own.name),
        handled: !own.commands.is_empty(),
    })
}

fn handlers(ground: &Ground<'_>, own: &Context) -> String {
    let commands = own.commands.iter().map(|command| {
        let raises: Vec<String> = match command.of {
            crate::contract::Of::Command(id) => {
                let emits = &ground.contract.model[id].emits;
                emits.iter().map(|&event| format!("`{}`", ground.contract.model[event].head.name)).collect()
            }
            _ => Vec::new(),
        };
        let own_doc = command.doc.as_ref().map(|own| format!("{own}\n\n")).unwrap_or_default();
        let raises = match raises.is_empty() {
            true => String::new(),
            false => format!("What comes of it: {}.", raises.join(" or ")),
        };
        let door = externals::door_of(&ground.contract, own, command.of).map(|(name, field)| {
            format!("\n\n`self.{field}.call(work, |key| …).await?` calls `{name}`, with a key that is the same on every attempt.")
        });
        let door = door.unwrap_or_default();
        CommandView {
            doc: doc("    ", format!("{own_doc}{raises}{door}").trim()),
            function: names::function(&command.name),
            name: command.name.clone(),
        }
    });
    let mut imports: Vec<String> = own.commands.iter().map(|command| command.name.clone()).collect();
    imports.push("Commands".into());
    imports.sort();
    let externals = externals::called(&ground.contract, own);
    text(&HandlersView {
        context: own.name.clone(),
        imports,
        externals: externals.into_iter().map(|known| (known.name, known.field)).collect(),
        commands: commands.collect(),
    })
}

fn config(ground: &Ground<'_>, own: &Context) -> String {
    let policies = reactions(&ground.contract, own).into_iter().map(|reaction| {
        let (times, from, to) = reaction.retry();
        PolicyView { name: reaction.name, times, from: span(from), to: span(to) }
    });
    let scheduled = |command: &&crate::contract::Message| match command.of {
        crate::contract::Of::Command(id) => ground.contract.model[id].every.is_some(),
        _ => false,
    };
    let schedules = own.commands.iter().filter(scheduled).map(|command| command.name.clone()).collect();
    let sources = own.captures_from.iter().map(|database| {
        let pattern = &database.databases;
        (database.name.clone(), pattern.trim_end_matches('*').trim_end_matches('_').to_owned())
    });
    let sources: Vec<(String, String)> = sources.collect();
    let fallback = names::slug(&ground.contract.project.name);
    text(&ConfigView {
        context: own.name.clone(),
        database: sources.first().map_or(fallback, |(_, database)| database.clone()),
        sources,
        policies: policies.collect(),
        schedules,
        webhooks: webhooks::called(&ground.contract, own)
            .iter()
            .filter(|called| called.webhook.signature.is_some())
            .map(|called| called.source.head.name.clone())
            .collect(),
        externals: externals::called(&ground.contract, own).iter().map(external).collect(),
    })
}

fn external(known: &externals::Known<'_>) -> ExternalView {
    let model = known.external;
    ExternalView {
        name: known.name.clone(),
        url: model.url.as_ref().map(|url| format!("{url:?}")),
        timeout: span(model.timeout.unwrap_or(10_000)),
        at_most: model.at_most.map(|(calls, per)| (calls, span(per))),
    }
}

/// `200ms`, `1m`
fn span(millis: u64) -> String {
    match millis {
        _ if millis.is_multiple_of(60_000) => format!("{}m", millis / 60_000),
        _ if millis.is_multiple_of(1_000) => format!("{}s", millis / 1_000),
        _ => format!("{millis}ms"),
    }
}
