//! How brokers come to show their figures: an image of Kafka with the JMX exporter in it, and the exporter's rules, whose
//! names are those of the board's last row and of the alerts. What is shown of them is not decided here.

use askama::Template;

use super::{Artifact, Ground, Plan, text};
use crate::files::Kind;

pub(super) struct Exporters;

/// The exporter's jar, by its coordinates.
const GROUP: &str = "io.prometheus.jmx";
const ARTIFACT: &str = "jmx_prometheus_javaagent";
const VERSION: &str = "1.0.1";
/// The Kafka that compose.yaml runs.
const KAFKA: &str = "4.3.1";
/// Where a broker is scraped: Strimzi's port, and so everybody's.
pub(super) const BROKER: u16 = 9404;
/// Where a machine is: the node exporter's own.
pub(super) const NODE: u16 = 9100;

#[derive(Template)]
#[template(path = "deploy/kafka-jmx.yml.jinja", escape = "none")]
struct RulesView {
    group: &'static str,
    artifact: &'static str,
    version: &'static str,
    port: u16,
}

#[derive(Template)]
#[template(path = "deploy/kafka.Dockerfile.jinja", escape = "none")]
struct ImageView {
    group: &'static str,
    artifact: &'static str,
    version: &'static str,
    kafka: &'static str,
}

impl Artifact for Exporters {
    fn name(&self) -> &'static str {
        "exporters"
    }

    fn plan<'g>(&self, ground: &'g Ground<'g>) -> Vec<Plan<'g>> {
        if ground.contract.services().next().is_none() {
            return Vec::new();
        }
        let (group, artifact, version) = (GROUP, ARTIFACT, VERSION);
        let rules = move || text(&RulesView { group, artifact, version, port: BROKER });
        let image = move || text(&ImageView { group, artifact, version, kafka: KAFKA });
        vec![
            Plan::generated(ground, "deploy/kafka-jmx.yml".into(), Kind::Yaml, rules),
            Plan::generated(ground, "deploy/kafka.Dockerfile".into(), Kind::Script, image),
        ]
    }
}
