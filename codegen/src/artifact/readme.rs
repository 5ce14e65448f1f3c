//! The output's `README.md`: what runs, what it reads and writes, how to start it, where a person's code goes.

use askama::Template;

use super::{Artifact, Ground, Plan, text};
use crate::contract::{Context, Contract, Extent};
use crate::files::Kind;
use crate::names;
use crate::project::Runtime;

pub(super) struct Readme;

#[derive(Template)]
#[template(path = "docs/readme.md.jinja", escape = "none")]
struct ReadmeView {
    system: String,
    demo: String,
    services: Vec<ServiceView>,
    contracts: Vec<String>,
    /// Where the runtime is, if it lies outside of the output.
    outside: Option<String>,
    /// True when the output carries it.
    carried: bool,
}

struct ServiceView {
    name: String,
    doc: String,
    owner: Option<String>,
    folder: String,
    package: String,
    tables: String,
    events: String,
    commands: String,
    hears: String,
    sends: String,
}

impl Artifact for Readme {
    fn name(&self) -> &'static str {
        "readme"
    }

    fn plan<'g>(&self, ground: &'g Ground<'g>) -> Vec<Plan<'g>> {
        let contract = &ground.contract;
        if contract.contexts.is_empty() {
            return Vec::new();
        }
        let readme = move || {
            let shallow = contract.contexts.iter().filter(|context| context.extent == Extent::Contract);
            text(&ReadmeView {
                system: contract.project.name.clone(),
                demo: names::demo_crate(&contract.project.name),
                services: contract.services().map(|own| service(contract, own)).collect(),
                contracts: shallow.map(|context| context.name.clone()).collect(),
                outside: match &contract.project.runtime {
                    Runtime::Path(path) => Some(path.clone()),
                    _ => None,
                },
                carried: contract.project.runtime == Runtime::Vendor,
            })
        };
        vec![Plan::generated(ground, "README.md".into(), Kind::Markdown, readme)]
    }
}

fn service(contract: &Contract<'_>, own: &Context) -> ServiceView {
    let model = contract.model;
    let policies = model.policies.iter().filter(|policy| policy.head.context == Some(own.id));
    let (mut hears, mut sends) = (Vec::new(), Vec::new());
    for policy in policies {
        hears.extend(policy.whenever.iter().map(|&id| called(contract, own, &model[id].head)));
        sends.extend(policy.then.iter().map(|send| called(contract, own, &model[send.command].head)));
    }
    let tables = own.rows.iter().map(|row| {
        let table = &model[row.table];
        format!("{}.{}", model[table.source].head.name, table.name)
    });
    ServiceView {
        doc: own.doc.clone().unwrap_or_default(),
        owner: own.owner.clone(),
        folder: own.slug.clone(),
        package: names::crate_name(&own.name),
        tables: listed(tables.collect()),
        events: listed(own.events.iter().map(|event| event.name.clone()).collect()),
        commands: listed(own.commands.iter().map(|command| command.name.clone()).collect()),
        hears: listed(hears),
        sends: listed(sends),
        name: own.name.clone(),
    }
}

fn called(contract: &Contract<'_>, own: &Context, head: &storm_dsl::model::Head) -> String {
    match head.context {
        Some(home) if home != own.id => format!("{}.{}", contract.model[home].head.name, head.name),
        _ => head.name.clone(),
    }
}

/// Each once, in order, in code marks.
fn listed(all: Vec<String>) -> String {
    let mut once: Vec<String> = Vec::new();
    for one in all {
        let one = format!("`{one}`");
        if !once.contains(&one) {
            once.push(one);
        }
    }
    if once.is_empty() { "nothing".into() } else { once.join(", ") }
}
