//! DeleteTopics, by name or by id.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::delete_topics_response::DeletableTopicResult;
use kafka_protocol::messages::{ApiKey, DeleteTopicsRequest, DeleteTopicsResponse, TopicName};

use super::{Call, Handler, code, text};
use crate::cluster::Cluster;

pub(super) struct DeleteTopics;

impl Handler for DeleteTopics {
    type Request = DeleteTopicsRequest;
    type Response = DeleteTopicsResponse;
    const KEY: ApiKey = ApiKey::DeleteTopics;
    const VERSIONS: std::ops::RangeInclusive<i16> = 1..=6;

    async fn handle(call: Call, request: DeleteTopicsRequest) -> DeleteTopicsResponse {
        let cluster: &mut Cluster = &mut call.shared.lock();
        let mut responses = Vec::new();
        for name in request.topic_names {
            responses.push(delete(cluster, name));
        }
        for wanted in request.topics {
            let named = wanted.name.or_else(|| {
                let found = cluster.topics.name_of(wanted.topic_id)?;
                Some(TopicName(text(found)))
            });
            responses.push(match named {
                Some(name) => delete(cluster, name),
                None => DeletableTopicResult::default()
                    .with_topic_id(wanted.topic_id)
                    .with_error_code(ResponseError::UnknownTopicId.code()),
            });
        }
        DeleteTopicsResponse::default().with_responses(responses)
    }
}

fn delete(cluster: &mut Cluster, name: TopicName) -> DeletableTopicResult {
    let id = cluster.topics.get(&name).map(|topic| topic.id).unwrap_or_default();
    let deleted = cluster.delete_topic(&name);
    DeletableTopicResult::default().with_name(Some(name)).with_topic_id(id).with_error_code(code(deleted))
}
