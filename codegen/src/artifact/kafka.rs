//! Topics as configuration: one readable YAML, and Strimzi's resources, a file a context.

use askama::Template;

use super::{Artifact, Ground, Plan, text};
use crate::contract::Context;
use crate::files::Kind;
use crate::names;
use crate::topics::TopicPlan;

pub(super) struct Topics;

#[derive(Template)]
#[template(path = "kafka/topics.yaml.jinja", escape = "none")]
struct TopicsView<'c> {
    system: &'c str,
    contexts: &'c [Context],
}

#[derive(Template)]
#[template(path = "kafka/strimzi.yaml.jinja", escape = "none")]
struct StrimziView<'c> {
    system: String,
    context: &'c Context,
    topics: Vec<(String, &'c TopicPlan)>,
}

impl Artifact for Topics {
    fn name(&self) -> &'static str {
        "kafka topics"
    }

    fn plan<'g>(&self, ground: &'g Ground<'g>) -> Vec<Plan<'g>> {
        let contract = &ground.contract;
        if contract.contexts.is_empty() {
            return Vec::new();
        }
        let all = move || text(&TopicsView { system: &contract.project.name, contexts: &contract.contexts });
        let mut plans = vec![Plan::generated(ground, "kafka/topics.yaml".into(), Kind::Yaml, all)];
        for context in contract.contexts.iter().filter(|context| !context.topics.is_empty()) {
            let path = format!("kafka/strimzi/{}.yaml", context.slug);
            let one = move || {
                let topics =
                    context.topics.iter().map(|topic| (names::resource(&topic.name), topic)).collect();
                text(&StrimziView { system: names::resource(&contract.project.name), context, topics })
            };
            plans.push(Plan::generated(ground, path, Kind::Yaml, one));
        }
        plans
    }
}
