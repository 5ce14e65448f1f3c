//! What a deployment begins with: a Dockerfile, a compose file, Prometheus' configuration, the tables of the runtime.

use askama::Template;
use storm_dsl::model::{Model, SourceId};

use super::{Artifact, Ground, Plan, exporters, openapi, text};
use crate::contract::{Context, Contract};
use crate::files::Kind;
use crate::names;
use crate::project::Runtime;

pub(super) struct Deploy;

#[derive(Template)]
#[template(path = "deploy/Dockerfile.jinja", escape = "none")]
struct DockerfileView {
    /// The folder to build from when the runtime lies outside of the output.
    outside: Option<String>,
    rust: &'static str,
}

#[derive(Template)]
#[template(path = "deploy/compose.yaml.jinja", escape = "none")]
struct ComposeView {
    system: String,
    database: String,
    services: Vec<ServiceView>,
    /// The port of the broker's figures.
    broker: u16,
}

#[derive(Template)]
#[template(path = "deploy/prometheus.yml.jinja", escape = "none")]
struct PrometheusView {
    services: Vec<ServiceView>,
    broker: u16,
    node: u16,
}

struct ServiceView {
    package: String,
    folder: String,
    sources: Vec<String>,
    port: usize,
    /// True when actors issue commands to it.
    doors: bool,
}

/// The toolchain in the image; the generated workspace needs edition 2024.
const RUST: &str = "1.95";

impl Artifact for Deploy {
    fn name(&self) -> &'static str {
        "deployment"
    }

    fn plan<'g>(&self, ground: &'g Ground<'g>) -> Vec<Plan<'g>> {
        let contract = &ground.contract;
        if contract.services().next().is_none() {
            return Vec::new();
        }
        let services = move || {
            contract.services().enumerate().map(|(index, own)| view(contract, index, own)).collect::<Vec<_>>()
        };
        let docker = move || {
            let outside = match &contract.project.runtime {
                Runtime::Path(path) => Some(path.clone()),
                _ => None,
            };
            text(&DockerfileView { outside, rust: RUST })
        };
        let compose = move || {
            let system = names::resource(&contract.project.name);
            let database = database(contract.model, &system);
            text(&ComposeView { database, services: services(), broker: exporters::BROKER, system })
        };
        let prometheus = move || {
            text(&PrometheusView { services: services(), broker: exporters::BROKER, node: exporters::NODE })
        };
        vec![
            Plan::generated(ground, "deploy/Dockerfile".into(), Kind::Script, docker),
            Plan::generated(ground, "deploy/compose.yaml".into(), Kind::Yaml, compose),
            Plan::generated(ground, "deploy/prometheus.yml".into(), Kind::Yaml, prometheus),
        ]
    }
}

fn view(contract: &Contract<'_>, index: usize, own: &Context) -> ServiceView {
    ServiceView {
        package: names::crate_name(&own.name),
        folder: own.slug.clone(),
        sources: own.captures_from.iter().map(|database| database.name.clone()).collect(),
        port: 9464 + index,
        doors: openapi::doors(contract, own).next().is_some(),
    }
}

/// The first database that is captured from, without its pattern.
fn database(model: &Model, system: &str) -> String {
    let first = (!model.sources.is_empty()).then(|| &model[SourceId(0)]);
    first.map_or(system, |source| source.databases.trim_end_matches('*').trim_end_matches('_')).to_owned()
}
