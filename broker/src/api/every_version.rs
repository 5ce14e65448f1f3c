//! Every request in every version that is spoken: it is read, answered, and the answer can be read again; cut short
//! anywhere, it is refused.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use kafka_protocol::messages::add_partitions_to_txn_request::AddPartitionsToTxnTopic;
use kafka_protocol::messages::create_partitions_request::CreatePartitionsTopic;
use kafka_protocol::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use kafka_protocol::messages::delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
use kafka_protocol::messages::delete_topics_request::DeleteTopicState;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use kafka_protocol::messages::offset_for_leader_epoch_request::{
    OffsetForLeaderPartition, OffsetForLeaderTopic,
};
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::txn_offset_commit_request::{
    TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
};
use kafka_protocol::messages::*;

use super::*;
use crate::log::sample;
use crate::options::Options;
use crate::topic::Topic;
use crate::topic_config::TopicConfig;

/// Sends a request in every version to a broker with a topic `t` in which a transaction was aborted.
fn each_version<H>(make: impl Fn(i16) -> H::Request)
where
    H: Handler,
    H::Request: Encodable,
    H::Response: Decodable + Debug,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for version in H::VERSIONS {
        let shared = shared();
        let call = || Call {
            shared: Arc::clone(&shared),
            wake: Arc::new(Notify::new()),
            version,
            client_id: "c".to_owned(),
            client_host: "/127.0.0.1".to_owned(),
        };
        let mut body = BytesMut::new();
        make(version).encode(&mut body, version).unwrap_or_else(|error| panic!("version {version}: {error}"));
        let body = body.freeze();
        runtime.block_on(async {
            for length in 0..body.len() {
                let answered = run::<H>(call(), body.slice(..length));
                // What is left may be a whole request by accident, and one that waits.
                let _ = tokio::time::timeout(Duration::from_millis(1), answered).await;
            }
            let reply =
                run::<H>(call(), body).await.unwrap_or_else(|why| panic!("version {version}: {why:?}"));
            let mut written = reply.expect("it is answered").body.freeze();
            let response = H::Response::decode(&mut written, version).unwrap();
            assert!(written.is_empty(), "version {version}: {response:?} and {written:?}");
        });
    }
}

fn shared() -> Arc<Shared> {
    let shared = Shared::new(Options::default(), ([127, 0, 0, 1], 9092).into());
    {
        let mut cluster = shared.lock();
        cluster.topics.create("t", Topic::new(2, TopicConfig::default())).unwrap();
        let (producer, _) = cluster.transactions.init("id", 1000, None).unwrap();
        let places = [("t".to_owned(), 0)];
        cluster.transactions.add_partitions(0, "id", producer, places.clone()).unwrap();
        let sender = sample::Sender {
            producer_id: producer.id,
            epoch: producer.epoch,
            sequence: 0,
            transactional: true,
        };
        let records = [("k", Some("v"))];
        let bytes = sample::batch_from(sender, kafka_protocol::records::Compression::None, &records);
        let batch = crate::log::Batch::parse(bytes).unwrap();
        cluster.topics.get_mut("t").unwrap().append(0, &batch, 0, usize::MAX).unwrap();
        let ended = cluster.transactions.end("id", producer, false).unwrap().unwrap();
        cluster.settle(&ended, 0);
        cluster.transactions.add_partitions(i64::MAX / 2, "id", producer, places).unwrap();
        cluster.transactions.add_group(i64::MAX / 2, "id", producer, "g").unwrap();
        let committed =
            crate::group::offsets::Committed { offset: 1, leader_epoch: 0, metadata: "m".to_owned() };
        cluster.group("g").offsets.commit(("t".to_owned(), 0), committed);
    }
    Arc::new(shared)
}

fn topic() -> TopicName {
    TopicName(text("t"))
}

fn group() -> GroupId {
    GroupId(text("g"))
}

/// The id that the first producer is given.
const PRODUCER: ProducerId = ProducerId(1001);

#[test]
fn data() {
    each_version::<produce::Produce>(|_| {
        let good = PartitionProduceData::default().with_records(Some(sample::batch(&[("a", Some("1"))])));
        let bad = PartitionProduceData::default().with_index(1).with_records(Some(Bytes::new()));
        let partitions = vec![good, bad.clone(), bad.with_index(9)];
        let data = TopicProduceData::default().with_name(topic()).with_partition_data(partitions);
        ProduceRequest::default().with_acks(-1).with_topic_data(vec![data])
    });
    each_version::<fetch::Fetch>(|_| {
        let from = |index, offset| {
            FetchPartition::default()
                .with_partition(index)
                .with_fetch_offset(offset)
                .with_partition_max_bytes(1000)
        };
        let partitions = vec![from(0, 0), from(1, 5), from(7, 0)];
        let wanted = FetchTopic::default().with_topic(topic()).with_partitions(partitions);
        FetchRequest::default().with_max_bytes(1000).with_isolation_level(1).with_topics(vec![wanted])
    });
    each_version::<list_offsets::ListOffsets>(|_| {
        let at =
            |index, time| ListOffsetsPartition::default().with_partition_index(index).with_timestamp(time);
        let partitions = vec![at(0, -1), at(0, -2), at(0, -3), at(0, 5), at(0, i64::MAX), at(7, -1)];
        let wanted = ListOffsetsTopic::default().with_name(topic()).with_partitions(partitions);
        ListOffsetsRequest::default().with_topics(vec![wanted])
    });
    each_version::<offset_for_leader_epoch::OffsetForLeaderEpoch>(|_| {
        let at = |index| OffsetForLeaderPartition::default().with_partition(index);
        let wanted = OffsetForLeaderTopic::default().with_topic(topic()).with_partitions(vec![at(0), at(7)]);
        OffsetForLeaderEpochRequest::default().with_topics(vec![wanted])
    });
    each_version::<delete_records::DeleteRecords>(|_| {
        let before = |index| DeleteRecordsPartition::default().with_partition_index(index).with_offset(1);
        let wanted =
            DeleteRecordsTopic::default().with_name(topic()).with_partitions(vec![before(0), before(7)]);
        DeleteRecordsRequest::default().with_topics(vec![wanted])
    });
}

#[test]
fn the_cluster() {
    each_version::<api_versions::ApiVersions>(|_| ApiVersionsRequest::default());
    each_version::<describe_cluster::DescribeCluster>(|_| DescribeClusterRequest::default());
    each_version::<metadata::Metadata>(|_| {
        let named = |name| MetadataRequestTopic::default().with_name(Some(TopicName(text(name))));
        let wanted = ["t", "unknown", "not allowed"].map(named).into();
        MetadataRequest::default().with_topics(Some(wanted)).with_allow_auto_topic_creation(true)
    });
    each_version::<find_coordinator::FindCoordinator>(|version| match version {
        4.. => FindCoordinatorRequest::default().with_coordinator_keys(vec![text("g"), text("h")]),
        _ => FindCoordinatorRequest::default().with_key(text("g")),
    });
}

#[test]
fn groups() {
    each_version::<join_group::JoinGroup>(|version| {
        let protocol = JoinGroupRequestProtocol::default().with_name(text("range"));
        JoinGroupRequest::default()
            .with_group_id(group())
            .with_session_timeout_ms(6000)
            .with_rebalance_timeout_ms(if version >= 1 { 6000 } else { -1 })
            .with_group_instance_id((version >= 5).then(|| text(format!("i{version}"))))
            .with_protocol_type(text("consumer"))
            .with_protocols(vec![protocol])
    });
    each_version::<sync_group::SyncGroup>(|_| SyncGroupRequest::default().with_group_id(group()));
    each_version::<heartbeat::Heartbeat>(|_| HeartbeatRequest::default().with_group_id(group()));
    each_version::<leave_group::LeaveGroup>(|version| {
        let request = LeaveGroupRequest::default().with_group_id(group());
        match version {
            3.. => request.with_members(vec![MemberIdentity::default().with_member_id(text("m"))]),
            _ => request.with_member_id(text("m")),
        }
    });
    each_version::<list_groups::ListGroups>(|_| ListGroupsRequest::default());
    each_version::<describe_groups::DescribeGroups>(|_| {
        DescribeGroupsRequest::default().with_groups(vec![group(), GroupId(text("unknown"))])
    });
    each_version::<delete_groups::DeleteGroups>(|_| {
        DeleteGroupsRequest::default().with_groups_names(vec![group(), GroupId(text("unknown"))])
    });
    each_version::<offset_commit::OffsetCommit>(|_| {
        let at = OffsetCommitRequestPartition::default().with_committed_offset(1);
        let wanted = OffsetCommitRequestTopic::default().with_name(topic()).with_partitions(vec![at]);
        OffsetCommitRequest::default()
            .with_group_id(group())
            .with_generation_id_or_member_epoch(-1)
            .with_topics(vec![wanted])
    });
    each_version::<offset_fetch::OffsetFetch>(|version| match version {
        8.. => {
            let named =
                OffsetFetchRequestTopics::default().with_name(topic()).with_partition_indexes(vec![0, 1]);
            let some =
                OffsetFetchRequestGroup::default().with_group_id(group()).with_topics(Some(vec![named]));
            let all = OffsetFetchRequestGroup::default().with_group_id(group()).with_topics(None);
            OffsetFetchRequest::default().with_groups(vec![some, all])
        }
        _ => {
            let named =
                OffsetFetchRequestTopic::default().with_name(topic()).with_partition_indexes(vec![0, 1]);
            OffsetFetchRequest::default().with_group_id(group()).with_topics(Some(vec![named]))
        }
    });
}

#[test]
fn transactions() {
    let id = || TransactionalId(text("id"));
    each_version::<init_producer_id::InitProducerId>(|_| {
        InitProducerIdRequest::default().with_transactional_id(Some(id())).with_transaction_timeout_ms(1000)
    });
    each_version::<add_partitions_to_txn::AddPartitionsToTxn>(|_| {
        let wanted = AddPartitionsToTxnTopic::default().with_name(topic()).with_partitions(vec![0, 1]);
        AddPartitionsToTxnRequest::default()
            .with_v3_and_below_transactional_id(id())
            .with_v3_and_below_producer_id(PRODUCER)
            .with_v3_and_below_topics(vec![wanted])
    });
    each_version::<add_offsets_to_txn::AddOffsetsToTxn>(|_| {
        AddOffsetsToTxnRequest::default()
            .with_transactional_id(id())
            .with_producer_id(PRODUCER)
            .with_group_id(group())
    });
    each_version::<txn_offset_commit::TxnOffsetCommit>(|_| {
        let at = TxnOffsetCommitRequestPartition::default().with_committed_offset(1);
        let wanted = TxnOffsetCommitRequestTopic::default().with_name(topic()).with_partitions(vec![at]);
        TxnOffsetCommitRequest::default()
            .with_transactional_id(id())
            .with_producer_id(PRODUCER)
            .with_group_id(group())
            .with_topics(vec![wanted])
    });
    each_version::<end_txn::EndTxn>(|_| {
        let request = EndTxnRequest::default().with_transactional_id(id());
        request.with_producer_id(PRODUCER).with_committed(true)
    });
}

#[test]
fn topics() {
    each_version::<create_topics::CreateTopics>(|_| {
        let named = |name| {
            CreatableTopic::default()
                .with_name(TopicName(text(name)))
                .with_num_partitions(1)
                .with_replication_factor(1)
        };
        let odd = CreatableTopicConfig::default().with_name(text("odd")).with_value(Some(text("1")));
        CreateTopicsRequest::default().with_topics(vec![
            named("new"),
            named("t"),
            named("u").with_configs(vec![odd]),
        ])
    });
    each_version::<delete_topics::DeleteTopics>(|version| match version {
        6.. => {
            let state = DeleteTopicState::default().with_name(Some(topic()));
            DeleteTopicsRequest::default()
                .with_topics(vec![state, DeleteTopicState::default().with_name(None)])
        }
        _ => DeleteTopicsRequest::default().with_topic_names(vec![topic(), TopicName(text("unknown"))]),
    });
    each_version::<create_partitions::CreatePartitions>(|_| {
        let to = |count| {
            CreatePartitionsTopic::default().with_name(topic()).with_count(count).with_assignments(None)
        };
        CreatePartitionsRequest::default().with_topics(vec![to(3), to(1)])
    });
    each_version::<describe_configs::DescribeConfigs>(|_| {
        let of = |kind, name| {
            DescribeConfigsResource::default()
                .with_resource_type(kind)
                .with_resource_name(text(name))
                .with_configuration_keys(None)
        };
        DescribeConfigsRequest::default().with_resources(vec![
            of(2, "t"),
            of(2, "unknown"),
            of(4, "1"),
            of(9, "?"),
        ])
    });
    each_version::<alter_configs::AlterConfigs>(|_| {
        let config = alter_configs_request::AlterableConfig::default().with_name(text("retention.ms"));
        let resource = alter_configs_request::AlterConfigsResource::default()
            .with_resource_type(2)
            .with_resource_name(text("t"))
            .with_configs(vec![config.with_value(Some(text("5")))]);
        AlterConfigsRequest::default().with_resources(vec![resource])
    });
    each_version::<incremental_alter_configs::IncrementalAlterConfigs>(|_| {
        let config = incremental_alter_configs_request::AlterableConfig::default().with_name(text("odd"));
        let resource = incremental_alter_configs_request::AlterConfigsResource::default()
            .with_resource_type(2)
            .with_resource_name(text("t"))
            .with_configs(vec![config.with_value(Some(text("5")))]);
        IncrementalAlterConfigsRequest::default().with_resources(vec![resource])
    });
}
