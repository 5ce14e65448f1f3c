//! Cargo manifests: the workspace's, which is generated, and each service's, which is written once: handlers need crates
//! that no model knows.

use askama::Template;

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
    contract: String,
}

#[derive(Template)]
#[template(path = "rust/service.toml.jinja", escape = "none")]
struct ServiceView {
    package: String,
    library: String,
    description: String,
    events: String,
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
            let members = folders
                .into_iter()
                .chain([
                    names::events_crate(&contract.project.name),
                    names::demo_crate(&contract.project.name),
                ])
                .collect();
            let runtime = &contract.project.runtime;
            text(&WorkspaceView {
                members,
                runtime: runtime.dependency("runtime"),
                contract: runtime.dependency("contract"),
            })
        })];
        for own in services {
            let path = format!("{}/Cargo.toml", own.slug);
            plans.push(Plan::person(path, Kind::Toml, move || {
                text(&ServiceView {
                    package: names::crate_name(&own.name),
                    library: names::crate_path(&own.name),
                    description: toml::Value::from(format!("The service of the context {}", own.name))
                        .to_string(),
                    events: names::events_crate(&contract.project.name),
                })
            }));
        }
        plans
    }
}
