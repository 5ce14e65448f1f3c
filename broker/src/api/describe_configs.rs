//! DescribeConfigs: a topic's settings, or the node's few.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult,
};
use kafka_protocol::messages::{ApiKey, DescribeConfigsRequest, DescribeConfigsResponse};

use super::{Call, Handler, text};
use crate::cluster::Cluster;
use crate::options::Options;
use crate::topic::Refused;
use crate::topic_config::{Kind, SETTINGS, TopicConfig};

/// A topic, among the kinds of things that have settings.
pub(super) const TOPIC: i8 = 2;
const NODE: i8 = 4;
const SET_FOR_TOPIC: i8 = 1;
const SET_AT_START: i8 = 4;
const DEFAULT: i8 = 5;

pub(super) struct DescribeConfigs;

impl Handler for DescribeConfigs {
    type Request = DescribeConfigsRequest;
    type Response = DescribeConfigsResponse;
    const KEY: ApiKey = ApiKey::DescribeConfigs;
    const VERSIONS: std::ops::RangeInclusive<i16> = 1..=4;

    async fn handle(call: Call, request: DescribeConfigsRequest) -> DescribeConfigsResponse {
        let cluster = call.shared.lock();
        let results = request.resources.into_iter().map(|resource| {
            let described = describe(&cluster, &call.shared.options, &resource);
            let result = DescribeConfigsResult::default()
                .with_resource_type(resource.resource_type)
                .with_resource_name(resource.resource_name);
            match described {
                Ok(mut configs) => {
                    if let Some(keys) = resource.configuration_keys {
                        configs.retain(|config| keys.contains(&config.name));
                    }
                    result.with_configs(configs)
                }
                Err(Refused(error, why)) => {
                    result.with_error_code(error.code()).with_error_message(why.map(text))
                }
            }
        });
        DescribeConfigsResponse::default().with_results(results.collect())
    }
}

fn describe(
    cluster: &Cluster,
    options: &Options,
    resource: &DescribeConfigsResource,
) -> Result<Vec<DescribeConfigsResourceResult>, Refused> {
    match resource.resource_type {
        TOPIC => {
            let topic = cluster.topics.get(&resource.resource_name);
            let config = &topic.ok_or(ResponseError::UnknownTopicOrPartition)?.config;
            let line = |setting: &crate::topic_config::Setting| {
                line(setting.name, config.get(setting.name), setting.kind, source(config, setting.name))
            };
            Ok(SETTINGS.iter().map(line).collect())
        }
        NODE => Ok(of_the_node(options)),
        other => {
            let why = format!("settings of kind {other} are not kept");
            Err(Refused(ResponseError::InvalidRequest, Some(why)))
        }
    }
}

fn of_the_node(options: &Options) -> Vec<DescribeConfigsResourceResult> {
    let values = [
        ("auto.create.topics.enable", options.auto_create_topics.to_string(), Kind::Boolean),
        (
            "group.initial.rebalance.delay.ms",
            options.initial_rebalance_delay.as_millis().to_string(),
            Kind::Int,
        ),
        ("group.min.session.timeout.ms", options.min_session_timeout.as_millis().to_string(), Kind::Int),
        ("num.partitions", options.default_partitions.to_string(), Kind::Int),
        ("transaction.max.timeout.ms", options.max_transaction_timeout.as_millis().to_string(), Kind::Int),
    ];
    let read_only = |(name, value, kind): (&str, String, Kind)| {
        line(name, &value, kind, SET_AT_START).with_read_only(true)
    };
    values.into_iter().map(read_only).collect()
}

fn line(name: &str, value: &str, kind: Kind, source: i8) -> DescribeConfigsResourceResult {
    DescribeConfigsResourceResult::default()
        .with_name(text(name))
        .with_value(Some(text(value)))
        .with_config_source(source)
        .with_config_type(kind as i8)
}

/// Where a setting's value comes from, as a number on the wire.
pub(super) fn source(config: &TopicConfig, name: &str) -> i8 {
    if config.is_set(name) { SET_FOR_TOPIC } else { DEFAULT }
}
