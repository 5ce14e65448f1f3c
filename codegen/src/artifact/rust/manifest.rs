//! Cargo manifests: the workspace's and each service's.

use askama::Template;

use super::json::from_columns;
use crate::artifact::{Artifact, Ground, Plan, text};
use crate::contract::Context;
use crate::files::Kind;
use crate::names;

pub(in crate::artifact) struct Manifests;

#[derive(Template)]
#[template(path = "rust/workspace.toml.jinja", escape = "none")]
struct WorkspaceView {
    members: Vec<String>,
    runtime: String,
}

#[derive(Template)]
#[template(path = "rust/service.toml.jinja", escape = "none")]
struct ServiceView {
    package: String,
    library: String,
    description: String,
    serde: bool,
}

impl Artifact for Manifests {
    fn name(&self) -> &'static str {
        "cargo manifests"
    }

    fn plan<'g>(&self, ground: &'g Ground<'g>) -> Vec<Plan<'g>> {
        let contract = &ground.contract;
        let services: Vec<&Context> = contract.services().collect();
        if services.is_empty() {
            return Vec::new();
        }
        let folders: Vec<String> = services.iter().map(|own| own.slug.clone()).collect();
        let mut plans = vec![Plan::generated(ground, "Cargo.toml".into(), Kind::Toml, move || {
            let members = folders.into_iter().chain([names::demo_crate(&contract.project.name)]).collect();
            text(&WorkspaceView { members, runtime: contract.project.runtime.dependency() })
        })];
        for own in services {
            let path = format!("{}/Cargo.toml", own.slug);
            plans.push(Plan::generated(ground, path, Kind::Toml, move || {
                text(&ServiceView {
                    package: names::crate_name(&own.name),
                    library: names::crate_path(&own.name),
                    description: toml::Value::from(format!("The service of the context {}", own.name))
                        .to_string(),
                    serde: reads_json(ground, own),
                })
            }));
        }
        plans
    }
}

/// Does any type of the crate derive serde's traits?
fn reads_json(ground: &Ground<'_>, own: &Context) -> bool {
    let model = ground.contract.model;
    let found = from_columns(model);
    let foreign = super::foreign::foreign(&ground.contract, own);
    let contexts = foreign.iter().map(|foreign| foreign.context.id).chain([own.id]);
    let mut contexts = contexts.map(Some);
    contexts.any(|id| {
        found.records.iter().any(|&record| model.records[record as usize].head.context == id)
            || found.enums.iter().any(|&one| model.enums[one as usize].head.context == id)
    })
}
