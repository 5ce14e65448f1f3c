//! What Prometheus is told: recording rules, and alerts that each name what to do. The rules are the runtime's metrics and
//! the model's policies; nothing here knows a deployment.

mod alerts;

use askama::Template;

use super::{Artifact, Ground, Plan, rust, text};
use crate::contract::Context;
use crate::files::Kind;

pub(super) struct Rules;

#[derive(Template)]
#[template(path = "deploy/rules.yml.jinja", escape = "none")]
struct RulesView {
    system: String,
    records: &'static [alerts::Record],
    groups: [(&'static str, &'static [alerts::Alert]); 2],
    services: Vec<ServiceView>,
    policies: Vec<PolicyView>,
}

/// What must be seen of a context while it is deployed: a series goes with the last process that has it, and what is not
/// there equals nothing, not even 0.
struct ServiceView {
    context: String,
    sources: Vec<String>,
}

/// A policy's own alert: how long it may be behind follows from how long it may try.
struct PolicyView {
    context: String,
    name: String,
    sentence: String,
    seconds: u64,
}

impl Artifact for Rules {
    fn name(&self) -> &'static str {
        "prometheus rules"
    }

    fn plan<'g>(&self, ground: &'g Ground<'g>) -> Vec<Plan<'g>> {
        let contract = &ground.contract;
        if contract.services().next().is_none() {
            return Vec::new();
        }
        let rules = move || {
            let policies = contract.services().flat_map(|own| {
                rust::policies_of(contract, own).into_iter().map(|policy| PolicyView {
                    context: own.slug.clone(),
                    name: policy.name,
                    sentence: policy.sentence.replace('\'', "''"),
                    seconds: alerts::patience(policy.retries_for),
                })
            });
            text(&RulesView {
                system: contract.project.name.clone(),
                records: alerts::RECORDS,
                groups: [("storm", alerts::SERVICE), ("kafka", alerts::KAFKA)],
                services: contract.services().map(service).collect(),
                policies: policies.collect(),
            })
        };
        vec![Plan::generated(ground, "deploy/rules.yml".into(), Kind::Yaml, rules)]
    }
}

fn service(own: &Context) -> ServiceView {
    let sources = own.captures_from.iter().map(|database| database.name.clone()).collect();
    ServiceView { context: own.slug.clone(), sources }
}
