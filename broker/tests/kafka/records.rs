//! Records go in and come out as they were.

use std::time::Duration;

use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders, Timestamp};
use rdkafka::producer::{BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::bed::{PATIENCE, on_each, queue, send, take};

#[test]
fn headers_keys_and_nulls_survive() {
    on_each(|bed| {
        let topic = bed.topic(1, &[]);
        let producer = bed.producer(&[]);
        let headers = OwnedHeaders::new()
            .insert(Header { key: "a", value: Some("1") })
            .insert(Header { key: "a", value: Some("2") })
            .insert(Header::<&str> { key: "none", value: None });
        producer
            .send(BaseRecord::<str, str>::to(&topic).key("k").payload("v").headers(headers).timestamp(1234))
            .map_err(|(error, _)| error)
            .unwrap();
        producer
            .send(BaseRecord::<str, str>::to(&topic).key("tombstone"))
            .map_err(|(error, _)| error)
            .unwrap();
        producer.send(BaseRecord::<str, str>::to(&topic).payload("")).map_err(|(error, _)| error).unwrap();
        producer.flush(PATIENCE).unwrap();
        let read = bed.read_from(&topic, 0, Offset::Beginning, "read_committed").unwrap();
        assert_eq!(read.len(), 3);
        assert_eq!((read[0].key(), read[0].payload()), (Some(&b"k"[..]), Some(&b"v"[..])));
        assert_eq!(read[0].timestamp(), Timestamp::CreateTime(1234));
        let seen: Vec<(String, Option<Vec<u8>>)> = read[0]
            .headers()
            .unwrap()
            .iter()
            .map(|header| (header.key.to_owned(), header.value.map(<[u8]>::to_vec)))
            .collect();
        let expected = [("a", Some("1")), ("a", Some("2")), ("none", None)];
        assert_eq!(seen, expected.map(|(key, value)| (key.to_owned(), value.map(|value| value.into()))));
        assert_eq!((read[1].key(), read[1].payload()), (Some(&b"tombstone"[..]), None));
        assert_eq!((read[2].key(), read[2].payload()), (None, Some(&b""[..])));
    });
}

#[test]
fn every_codec_passes() {
    on_each(|bed| {
        for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
            let topic = bed.topic(1, &[]);
            let producer = bed.producer(&[("compression.codec", codec), ("linger.ms", "50")]);
            let values: Vec<String> =
                (0..200).map(|index| format!("{codec} {index} {}", "x".repeat(100))).collect();
            let borrowed: Vec<&str> = values.iter().map(String::as_str).collect();
            send(&producer, &topic, 0, &borrowed);
            assert_eq!(bed.values(&topic, 0, "read_committed"), values);
        }
    });
}

#[test]
fn ten_megabytes_fit_where_the_topic_allows_them() {
    on_each(|bed| {
        let large = "x".repeat(10 << 20);
        let settings = [("message.max.bytes", "20000000")];
        let topic = bed.topic(1, &[("max.message.bytes", "20000000")]);
        send(&bed.producer(&settings), &topic, 0, &[&large]);
        assert!(bed.values(&topic, 0, "read_committed") == [large.clone()]);

        let narrow = bed.topic(1, &[]);
        let producer = bed.producer(&settings);
        queue(&producer, &narrow, 0, &large);
        producer.flush(PATIENCE).unwrap();
        assert!(bed.values(&narrow, 0, "read_committed").is_empty());
    });
}

#[test]
fn an_idempotent_producer_keeps_order_over_many_batches() {
    on_each(|bed| {
        let topic = bed.topic(1, &[]);
        let producer =
            bed.producer(&[("enable.idempotence", "true"), ("batch.num.messages", "7"), ("linger.ms", "0")]);
        let values: Vec<String> = (0..2000).map(|index| index.to_string()).collect();
        for value in &values {
            queue(&producer, &topic, 0, value);
            producer.poll(Duration::ZERO);
        }
        producer.flush(PATIENCE).unwrap();
        assert_eq!(bed.values(&topic, 0, "read_committed"), values);
    });
}

#[test]
fn offsets_are_found_by_time() {
    on_each(|bed| {
        let topic = bed.topic(1, &[]);
        let producer = bed.producer(&[("compression.codec", "lz4"), ("linger.ms", "50")]);
        // Recent times, as an old one is a reason for retention to take a record away.
        let start = bed_time();
        for index in 0..10 {
            let record = BaseRecord::<str, str>::to(&topic).payload("v").timestamp(start + index * 10);
            producer.send(record).map_err(|(error, _)| error).unwrap();
        }
        producer.flush(PATIENCE).unwrap();
        let consumer = bed.consumer(&bed.fresh("group"), &[]);
        let find = |time: i64| {
            let mut asked = TopicPartitionList::new();
            asked.add_partition_offset(&topic, 0, Offset::Offset(time)).unwrap();
            let found = consumer.offsets_for_times(asked, PATIENCE).unwrap();
            found.elements()[0].offset()
        };
        assert_eq!(find(start), Offset::Offset(0));
        assert_eq!(find(start + 41), Offset::Offset(5));
        assert_eq!(find(start + 90), Offset::Offset(9));
        assert_eq!(find(start + 91), Offset::End);
        assert_eq!(consumer.fetch_watermarks(&topic, 0, PATIENCE).unwrap(), (0, 10));
    });
}

#[test]
fn the_log_may_give_the_times() {
    on_each(|bed| {
        let topic = bed.topic(1, &[("message.timestamp.type", "LogAppendTime")]);
        let before = bed_time();
        let producer = bed.producer(&[]);
        let record = BaseRecord::<str, str>::to(&topic).payload("v").timestamp(5);
        producer.send(record).map_err(|(error, _)| error).unwrap();
        producer.flush(PATIENCE).unwrap();
        let read = bed.read_from(&topic, 0, Offset::Beginning, "read_committed").unwrap();
        match read[0].timestamp() {
            Timestamp::LogAppendTime(time) => assert!(time >= before - 1000, "{time} is not after {before}"),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn an_offset_that_is_not_there_is_told() {
    on_each(|bed| {
        let topic = bed.topic(1, &[]);
        let producer = bed.producer(&[]);
        for value in ["0", "1", "2", "3"] {
            send(&producer, &topic, 0, &[value]);
        }
        let mut before = TopicPartitionList::new();
        before.add_partition_offset(&topic, 0, Offset::Offset(2)).unwrap();
        bed.runtime.block_on(bed.admin().delete_records(&before, &Default::default())).unwrap();
        assert_eq!(bed.values(&topic, 0, "read_committed"), ["2", "3"]);
        for offset in [0, 100] {
            let error = bed.read_from(&topic, 0, Offset::Offset(offset), "read_committed").unwrap_err();
            let told = KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset);
            assert_eq!(error, told, "at {offset}");
        }
    });
}

#[test]
fn a_waiting_reader_is_woken_by_a_record() {
    on_each(|bed| {
        let topic = bed.topic(1, &[]);
        let producer = bed.producer(&[]);
        let consumer = bed.consumer(&bed.fresh("group"), &[("fetch.wait.max.ms", "30000")]);
        let mut from = TopicPartitionList::new();
        from.add_partition_offset(&topic, 0, Offset::Beginning).unwrap();
        consumer.assign(&from).unwrap();
        send(&producer, &topic, 0, &["first"]);
        take(&consumer, 1);
        // The next fetch waits by now, and for half a minute unless it is woken.
        assert!(consumer.poll(Duration::from_millis(500)).is_none());
        let started = std::time::Instant::now();
        send(&producer, &topic, 0, &["second"]);
        take(&consumer, 1);
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    });
}

fn bed_time() -> i64 {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since_1970.as_millis()).unwrap()
}
