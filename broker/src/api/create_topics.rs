//! CreateTopics.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::create_topics_response::{CreatableTopicConfigs, CreatableTopicResult};
use kafka_protocol::messages::{ApiKey, CreateTopicsRequest, CreateTopicsResponse};
use uuid::Uuid;

use super::{Call, Handler, text};
use crate::cluster::Cluster;
use crate::topic::{Refused, Topic, check_name};
use crate::topic_config::{SETTINGS, TopicConfig};

/// More than anyone tries things with, and few enough not to fill the memory.
pub(super) const MOST_PARTITIONS: i32 = 10_000;

pub(super) struct CreateTopics;

impl Handler for CreateTopics {
    type Request = CreateTopicsRequest;
    type Response = CreateTopicsResponse;
    const KEY: ApiKey = ApiKey::CreateTopics;
    const VERSIONS: std::ops::RangeInclusive<i16> = 2..=7;

    async fn handle(call: Call, request: CreateTopicsRequest) -> CreateTopicsResponse {
        let cluster: &mut Cluster = &mut call.shared.lock();
        let default_partitions = call.shared.options.default_partitions;
        let topics = request.topics.into_iter().map(|wanted| {
            let result = CreatableTopicResult::default().with_name(wanted.name.clone());
            match create(cluster, &wanted, default_partitions, request.validate_only) {
                Ok((id, partitions, config)) => result
                    .with_topic_id(id)
                    .with_num_partitions(i32::try_from(partitions).unwrap_or(i32::MAX))
                    .with_replication_factor(1)
                    .with_configs(Some(shown(&config))),
                Err(Refused(error, why)) => result
                    .with_error_code(error.code())
                    .with_error_message(why.map(text))
                    .with_num_partitions(-1)
                    .with_replication_factor(-1),
            }
        });
        CreateTopicsResponse::default().with_topics(topics.collect())
    }
}

fn create(
    cluster: &mut Cluster,
    wanted: &CreatableTopic,
    default_partitions: i32,
    validate_only: bool,
) -> Result<(Uuid, usize, TopicConfig), Refused> {
    let partitions = match (&wanted.assignments[..], wanted.num_partitions) {
        ([], -1) => default_partitions.max(1),
        ([], count) => count,
        (assignments, _) => i32::try_from(assignments.len()).unwrap_or(i32::MAX),
    };
    if !(1..=MOST_PARTITIONS).contains(&partitions) {
        let why = format!("a topic has 1 to {MOST_PARTITIONS} partitions, not {partitions}");
        return Err(Refused(ResponseError::InvalidPartitions, Some(why)));
    }
    if wanted.assignments.is_empty() && ![-1, 1].contains(&wanted.replication_factor) {
        let why = format!(
            "there is one broker, so a replication factor of {} cannot be met",
            wanted.replication_factor
        );
        return Err(Refused(ResponseError::InvalidReplicationFactor, Some(why)));
    }
    let pairs = wanted.configs.iter().map(|one| (&*one.name, one.value.as_deref()));
    let config =
        TopicConfig::from_pairs(pairs).map_err(|why| Refused(ResponseError::InvalidConfig, Some(why)))?;
    let partitions = usize::try_from(partitions).unwrap_or(1);
    let topic = Topic::new(partitions, config.clone());
    let id = topic.id;
    if !validate_only {
        cluster.topics.create(&wanted.name, topic)?;
    } else {
        check_name(&wanted.name)?;
        if cluster.topics.get(&wanted.name).is_some() {
            return Err(ResponseError::TopicAlreadyExists.into());
        }
    }
    Ok((id, partitions, config))
}

fn shown(config: &TopicConfig) -> Vec<CreatableTopicConfigs> {
    let line = |setting: &crate::topic_config::Setting| {
        CreatableTopicConfigs::default()
            .with_name(text(setting.name))
            .with_value(Some(text(config.get(setting.name))))
            .with_config_source(super::describe_configs::source(config, setting.name))
    };
    SETTINGS.iter().map(line).collect()
}
