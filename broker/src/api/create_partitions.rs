//! CreatePartitions: a topic grows.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::create_partitions_response::CreatePartitionsTopicResult;
use kafka_protocol::messages::{ApiKey, CreatePartitionsRequest, CreatePartitionsResponse};

use super::{Call, Handler, create_topics::MOST_PARTITIONS, text};
use crate::cluster::Cluster;
use crate::topic::{Partition, Refused};

pub(super) struct CreatePartitions;

impl Handler for CreatePartitions {
    type Request = CreatePartitionsRequest;
    type Response = CreatePartitionsResponse;
    const KEY: ApiKey = ApiKey::CreatePartitions;
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=3;

    async fn handle(call: Call, request: CreatePartitionsRequest) -> CreatePartitionsResponse {
        let cluster: &mut Cluster = &mut call.shared.lock();
        let results = request.topics.into_iter().map(|wanted| {
            let grown = grow(cluster, &wanted.name, wanted.count, request.validate_only);
            let result = CreatePartitionsTopicResult::default().with_name(wanted.name);
            match grown {
                Ok(()) => result,
                Err(Refused(error, why)) => {
                    result.with_error_code(error.code()).with_error_message(why.map(text))
                }
            }
        });
        CreatePartitionsResponse::default().with_results(results.collect())
    }
}

fn grow(cluster: &mut Cluster, name: &str, count: i32, validate_only: bool) -> Result<(), Refused> {
    let topic = cluster.topics.get_mut(name).ok_or(ResponseError::UnknownTopicOrPartition)?;
    let now = topic.partitions.len();
    let wanted = usize::try_from(count).unwrap_or(0);
    if wanted <= now || count > MOST_PARTITIONS {
        let why = format!("the topic has {now} partitions and can grow to {MOST_PARTITIONS}, not to {count}");
        return Err(Refused(ResponseError::InvalidPartitions, Some(why)));
    }
    if !validate_only {
        topic.partitions.resize_with(wanted, Partition::default);
    }
    Ok(())
}
