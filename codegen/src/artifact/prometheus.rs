//! What Prometheus is told: recording rules, and alerts that each name what to do. The rules are the runtime's metrics and
//! the model's policies; nothing here knows a deployment.

mod alerts;

use askama::Template;

use super::{Artifact, Ground, Plan, rust, text};
use crate::files::Kind;

pub(super) struct Rules;

#[derive(Template)]
#[template(path = "deploy/rules.yml.jinja", escape = "none")]
struct RulesView {
    system: String,
    records: &'static [alerts::Record],
    groups: [(&'static str, &'static [alerts::Alert]); 2],
    policies: Vec<PolicyView>,
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
                policies: policies.collect(),
            })
        };
        vec![Plan::generated(ground, "deploy/rules.yml".into(), Kind::Yaml, rules)]
    }
}
