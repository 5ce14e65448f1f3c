//! IncrementalAlterConfigs: changes some settings of a topic.

use kafka_protocol::messages::incremental_alter_configs_request::AlterableConfig;
use kafka_protocol::messages::incremental_alter_configs_response::AlterConfigsResourceResponse;
use kafka_protocol::messages::{ApiKey, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse};

use super::{Call, Handler, alter_configs::alter, text};
use crate::cluster::Cluster;
use crate::topic::Refused;
use crate::topic_config::TopicConfig;

const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

pub(super) struct IncrementalAlterConfigs;

impl Handler for IncrementalAlterConfigs {
    type Request = IncrementalAlterConfigsRequest;
    type Response = IncrementalAlterConfigsResponse;
    const KEY: ApiKey = ApiKey::IncrementalAlterConfigs;
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=1;

    async fn handle(call: Call, request: IncrementalAlterConfigsRequest) -> IncrementalAlterConfigsResponse {
        let cluster: &mut Cluster = &mut call.shared.lock();
        let responses = request.resources.into_iter().map(|resource| {
            let (kind, name) = (resource.resource_type, &resource.resource_name);
            let altered = alter(cluster, kind, name, request.validate_only, |config| {
                resource.configs.iter().try_fold(config.clone(), apply)
            });
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
        IncrementalAlterConfigsResponse::default().with_responses(responses.collect())
    }
}

fn apply(mut config: TopicConfig, change: &AlterableConfig) -> Result<TopicConfig, String> {
    let value = change.value.as_deref();
    match (change.config_operation, value) {
        (SET, Some(value)) => config.set(&change.name, Some(value))?,
        (DELETE, _) => config.set(&change.name, None)?,
        (APPEND, Some(value)) => config.amend_list(&change.name, value, true)?,
        (SUBTRACT, Some(value)) => config.amend_list(&change.name, value, false)?,
        _ => return Err(format!("the change of {} has no value, or an unknown operation", &*change.name)),
    }
    Ok(config)
}
