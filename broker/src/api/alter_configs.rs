//! AlterConfigs: replaces all settings of a topic.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::alter_configs_response::AlterConfigsResourceResponse;
use kafka_protocol::messages::{AlterConfigsRequest, AlterConfigsResponse, ApiKey};

use super::{Call, Handler, describe_configs::TOPIC, text};
use crate::cluster::Cluster;
use crate::topic::Refused;
use crate::topic_config::TopicConfig;

pub(super) struct AlterConfigs;

impl Handler for AlterConfigs {
    type Request = AlterConfigsRequest;
    type Response = AlterConfigsResponse;
    const KEY: ApiKey = ApiKey::AlterConfigs;
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;

    async fn handle(call: Call, request: AlterConfigsRequest) -> AlterConfigsResponse {
        let cluster: &mut Cluster = &mut call.shared.lock();
        let responses = request.resources.into_iter().map(|resource| {
            let pairs = resource.configs.iter().map(|one| (&*one.name, one.value.as_deref()));
            let (kind, name) = (resource.resource_type, &resource.resource_name);
            let altered =
                alter(cluster, kind, name, request.validate_only, |_| TopicConfig::from_pairs(pairs));
            let response = AlterConfigsResourceResponse::default()
                .with_resource_type(kind)
                .with_resource_name(name.clone());
            match altered {
                Ok(()) => response,
                Err(Refused(error, why)) => {
                    response.with_error_code(error.code()).with_error_message(why.map(text))
                }
            }
        });
        AlterConfigsResponse::default().with_responses(responses.collect())
    }
}

/// Changes a topic's settings to what `change` makes of them.
pub(super) fn alter(
    cluster: &mut Cluster,
    kind: i8,
    name: &str,
    validate_only: bool,
    change: impl FnOnce(&TopicConfig) -> Result<TopicConfig, String>,
) -> Result<(), Refused> {
    if kind != TOPIC {
        let why = "only topics' settings can be changed".to_owned();
        return Err(Refused(ResponseError::InvalidRequest, Some(why)));
    }
    let topic = cluster.topics.get_mut(name).ok_or(ResponseError::UnknownTopicOrPartition)?;
    let config = change(&topic.config).map_err(|why| Refused(ResponseError::InvalidConfig, Some(why)))?;
    if !validate_only {
        topic.config = config;
    }
    Ok(())
}
