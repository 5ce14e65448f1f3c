//! What only the embedded broker is asked for: its bounds, its cleaning, its start and stop.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::topic_partition_list::Offset;
use storm_broker::{Broker, Options};

use crate::bed::{Bed, PATIENCE, send};

struct Outcome(std::sync::mpsc::Sender<Option<RDKafkaErrorCode>>);

impl ClientContext for Outcome {}

impl ProducerContext for Outcome {
    type DeliveryOpaque = ();
    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let code = result.as_ref().err().and_then(|(error, _): &(KafkaError, _)| error.rdkafka_error_code());
        self.0.send(code).unwrap();
    }
}

#[test]
fn a_full_topic_refuses_with_a_code() {
    let bed = Bed::embedded(Options { topic_bytes: 10_000, ..Options::default() });
    let topic = bed.topic(1, &[]);
    let (sender, outcomes) = std::sync::mpsc::channel();
    let producer: BaseProducer<Outcome> = bed.config(&[]).create_with_context(Outcome(sender)).unwrap();
    let payload = "x".repeat(6000);
    let outcome = || {
        producer
            .send(BaseRecord::<str, str>::to(&topic).payload(&payload))
            .map_err(|(error, _)| error)
            .unwrap();
        producer.flush(PATIENCE).unwrap();
        outcomes.recv().unwrap()
    };
    assert_eq!(outcome(), None);
    assert_eq!(outcome(), Some(RDKafkaErrorCode::PolicyViolation));
}

#[test]
fn compaction_keeps_the_last_value_of_each_key() {
    let bed = Bed::embedded(Options::default());
    let topic = bed.topic(1, &[("cleanup.policy", "compact"), ("delete.retention.ms", "0")]);
    let producer = bed.producer(&[("linger.ms", "0"), ("compression.codec", "gzip")]);
    for (key, value) in [("a", Some("1")), ("b", Some("1")), ("a", Some("2")), ("b", None), ("c", Some("1"))]
    {
        let record = BaseRecord::to(&topic).key(key);
        let record = if let Some(value) = value { record.payload(value) } else { record };
        producer.send(record).map_err(|(error, _)| error).unwrap();
        producer.flush(PATIENCE).unwrap();
    }
    bed.broker.as_ref().unwrap().clean();
    let left = bed.read_from(&topic, 0, Offset::Beginning, "read_committed").unwrap();
    let keys: Vec<(&[u8], Option<&[u8]>)> =
        left.iter().map(|one| (one.key().unwrap(), one.payload())).collect();
    assert_eq!(keys, [(&b"a"[..], Some(&b"2"[..])), (b"c", Some(b"1"))]);
}

#[test]
fn a_compacted_topic_refuses_records_without_a_key() {
    let bed = Bed::embedded(Options::default());
    let topic = bed.topic(1, &[("cleanup.policy", "compact")]);
    let producer = bed.producer(&[]);
    producer.send(BaseRecord::<str, str>::to(&topic).payload("v")).map_err(|(error, _)| error).unwrap();
    producer.flush(PATIENCE).unwrap();
    assert_eq!(bed.broker.as_ref().unwrap().end_offsets(&topic), Some(vec![0]));
}

#[test]
fn retention_by_bytes_bounds_what_is_held() {
    let bed = Bed::embedded(Options::default());
    let topic = bed.topic(1, &[("retention.bytes", "20000")]);
    let producer = bed.producer(&[("batch.num.messages", "1")]);
    let value = "x".repeat(1000);
    send(&producer, &topic, 0, &[value.as_str(); 100]);
    let status = bed.broker.as_ref().unwrap().topics().remove(0).partitions[0];
    assert_eq!((status.end, status.stable), (100, 100));
    assert!(status.bytes < 25_000 && status.start > 70, "{status:?}");
    assert_eq!(bed.values(&topic, 0, "read_committed").len(), usize::try_from(100 - status.start).unwrap());
}

#[test]
fn an_unknown_request_closes_the_connection() {
    let bed = Bed::embedded(Options::default());
    for (key, version) in [(999, 0), (0, 99), (-1, -1)] {
        let mut stream = TcpStream::connect(&bed.bootstrap).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut frame = vec![0, 0, 0, 10];
        frame.extend(i16::to_be_bytes(key));
        frame.extend(i16::to_be_bytes(version));
        frame.extend([0; 6]);
        stream.write_all(&frame).unwrap();
        assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0, "{key} {version}");
    }
}

#[test]
fn a_too_new_api_versions_request_is_answered_in_the_oldest_form() {
    let bed = Bed::embedded(Options::default());
    let mut stream = TcpStream::connect(&bed.bootstrap).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(&[0, 0, 0, 10, 0, 18, 0, 99, 0, 0, 0, 7, 0, 0]).unwrap();
    let mut head = [0; 10];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(head[4..], [0, 0, 0, 7, 0, 35], "the correlation id and UNSUPPORTED_VERSION");
}

#[test]
fn a_blocked_runtime_does_not_block_the_broker() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let broker = Broker::start(Options { auto_create_topics: true, ..Options::default() }).await.unwrap();
        let mut config = rdkafka::config::ClientConfig::new();
        let producer: BaseProducer = config.set("bootstrap.servers", broker.bootstrap()).create().unwrap();
        send(&producer, "made-by-writing", 0, &["v"]);
        assert_eq!(broker.end_offsets("made-by-writing"), Some(vec![1]));
        let address = broker.address();
        drop(producer);
        broker.shutdown().await;
        assert!(TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err());
    });
}

#[test]
fn a_taken_port_is_a_coded_error() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = runtime.block_on(Broker::start(Options { port, ..Options::default() })).unwrap_err();
    assert_eq!(error.code(), "broker-port");
    assert_eq!(error.to_string(), format!("the embedded broker cannot listen on 127.0.0.1:{port}"));
}
