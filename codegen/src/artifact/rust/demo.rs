//! The crate that runs every service of the system in one process on the embedded default.

use askama::Template;

use crate::artifact::{Artifact, Ground, Plan, text};
use crate::files::Kind;
use crate::names;

pub(in crate::artifact) struct Demo;

#[derive(Template)]
#[template(path = "rust/demo.rs.jinja", escape = "none")]
struct MainView {
    system: String,
    slug: String,
    /// Library, and whether it has handlers.
    services: Vec<(String, bool)>,
}

#[derive(Template)]
#[template(path = "rust/demo.toml.jinja", escape = "none")]
struct ManifestView {
    package: String,
    system: String,
    /// Package and folder.
    services: Vec<(String, String)>,
}

impl Artifact for Demo {
    fn name(&self) -> &'static str {
        "demo"
    }

    fn plan<'g>(&self, ground: &'g Ground<'g>) -> Vec<Plan<'g>> {
        let contract = &ground.contract;
        if contract.services().next().is_none() {
            return Vec::new();
        }
        let package = names::demo_crate(&contract.project.name);
        let main = move || {
            let services =
                contract.services().map(|own| (names::crate_path(&own.name), !own.commands.is_empty()));
            text(&MainView {
                system: contract.project.name.clone(),
                slug: names::slug(&contract.project.name),
                services: services.collect(),
            })
        };
        let manifest = move || {
            let services = contract.services().map(|own| (names::crate_name(&own.name), own.slug.clone()));
            text(&ManifestView {
                package: names::demo_crate(&contract.project.name),
                system: contract.project.name.clone(),
                services: services.collect(),
            })
        };
        vec![
            Plan::generated(ground, format!("{package}/src/main.rs"), Kind::Rust, main),
            Plan::generated(ground, format!("{package}/Cargo.toml"), Kind::Toml, manifest),
        ]
    }
}
