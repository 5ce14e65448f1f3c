//! `stormc tail`

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use rdkafka::producer::{BaseProducer, Producer as _};
use serde_json::json;

use crate::bed::{Bed, PATIENCE, body, enqueue, fresh, head, on_each};

const PLACED: &str = "shop.ordering.v1.OrderPlaced";
const PAID: &str = "shop.ordering.v1.OrderPaid";

fn placed(order: &str) -> Vec<u8> {
    body(
        PLACED,
        &json!({ "order_id": order, "email": "ada@example.org", "total": "59.70", "lines": [{ "sku": "cup" }] }),
    )
}

/// A topic with what is found on topics: events, a raw row, and what cannot be decoded.
fn topic(bed: &Bed) -> String {
    let topic = fresh("tail");
    bed.topic(&topic, 1);
    bed.write(&topic, "berlin\u{1f}o-1", &head(PLACED, "e-1", "/shop/berlin"), Some(&placed("o-1")));
    bed.write(&topic, "o-2", &head(PAID, "e-2", "/shop"), Some(&body(PAID, &json!({ "order_id": "o-2" }))));
    let row = json!({ "op": "OP_INSERTED", "after": { "id": "o-3", "email": "alan@example.org" } });
    let change = "shop.ordering.v1.OrdersChange";
    bed.write(&topic, "o-3", &head(change, "r-3", "/shop"), Some(&body(change, &row)));
    bed.write(&topic, "o-4", &head(PLACED, "e-4", "/shop"), Some(b"\xff\xffgarbage"));
    bed.write(&topic, "o-5", &head("else.v1.Thing", "x-5", "/else"), Some(b""));
    bed.write(&topic, "o-6", &[], Some(b"plain text"));
    bed.write(&topic, "o-7", &head(PLACED, "e-7", "/shop"), None);
    let row =
        [("ce_type", "shop.ordering.v1.OrdersChange"), ("content-type", "application/x-mysql-binlog-row")];
    bed.write(&topic, "o-8", &row, Some(b"\x01\x02"));
    topic
}

#[test]
fn every_record_is_decoded_or_shown_with_the_reason_why_not() {
    on_each(|bed| {
        let topic = topic(bed);
        let lines = bed.ends(&["tail", &topic], 0).lines();
        assert_eq!(lines.len(), 8, "{lines:#?}");
        let first = &lines[0];
        let head = json!({
            "topic": topic, "partition": 0, "offset": 0, "time": "2026-11-22T06:32:05.123456Z", "type": PLACED,
            "id": "e-1", "source": "/shop/berlin", "tenant": "berlin", "key": "o-1",
        });
        for (name, value) in head.as_object().unwrap() {
            assert_eq!(first[name], *value, "{name}");
        }
        assert_eq!(first["lineage"]["causation"], "cause");
        assert_eq!((&first["data"]["total"], &first["data"]["email"]), (&json!("59.70"), &json!("***")));
        assert_eq!(lines[1]["data"]["order_id"], "o-2");
        assert_eq!(
            (&lines[2]["data"]["after"]["id"], &lines[2]["data"]["after"]["email"]),
            (&json!("o-3"), &json!("***"))
        );
        let why: Vec<&str> = lines[3..].iter().map(|line| line["undecoded"].as_str().unwrap()).collect();
        assert!(why[0].contains("are not a `shop.ordering.v1.OrderPlaced`"), "{why:?}");
        assert_eq!(
            why[1..],
            [
                "the descriptor set has no message `else.v1.Thing`",
                "it has no `ce_type` header",
                "it has no body",
                "it is `application/x-mysql-binlog-row`, not `application/protobuf`",
            ]
        );
        let revealed = bed.ends(&["tail", &topic, "--reveal", "-n", "1"], 0).lines();
        assert_eq!(revealed[0]["data"]["email"], "ada@example.org");
    });
}

#[test]
fn records_are_chosen_by_type_tenant_key_and_place() {
    on_each(|bed| {
        let topic = topic(bed);
        let offsets = |arguments: &[&str]| -> Vec<i64> {
            let lines = bed.ends(&[&["tail", topic.as_str()], arguments].concat(), 0).lines();
            lines.iter().map(|line| line["offset"].as_i64().unwrap()).collect()
        };
        assert_eq!(offsets(&["--type", "OrderPlaced"]), [0, 3, 6]);
        assert_eq!(offsets(&["--type", "shop.*.Order*", "--type", "Thing"]), [0, 1, 2, 3, 4, 6, 7]);
        assert_eq!(offsets(&["--tenant", "berlin"]), [0]);
        assert_eq!(offsets(&["--key", "o-2"]), [1]);
        assert_eq!(offsets(&["--from", "5"]), [5, 6, 7]);
        assert!(offsets(&["--from", "99"]).is_empty());
        assert!(offsets(&["--from", "now"]).is_empty());
        assert_eq!(offsets(&["--from", "1h", "--limit", "2"]), [0, 1]);
        let told = |arguments: &[&str]| bed.ends(&[&["tail", topic.as_str()], arguments].concat(), 0).err;
        assert!(
            told(&["--type", "OrderPayd"]).contains("left out all of them"),
            "a typing error is not told"
        );
        assert!(told(&["--from", "99"]).contains("holds no committed record from there on"));
        assert_eq!(told(&["--type", "OrderPaid"]), "");
        assert_eq!(offsets(&["--from", "2001-01-01", "--partition", "0"]).len(), 8);
        let absent = bed.ends(&["tail", &topic, "--partition", "1"], 2);
        assert!(absent.err.contains("no partition 1"), "{}", absent.err);
    });
}

/// A client that is given one record at a time, each after the broker has waited in vain for more.
const SLOWLY: [&str; 8] = [
    "--set",
    "fetch.message.max.bytes=1000",
    "--set",
    "fetch.min.bytes=1000000",
    "--set",
    "fetch.wait.max.ms=400",
    "--set",
    "queued.min.messages=1",
];

#[test]
fn a_long_search_says_how_far_it_has_come() {
    on_each(|bed| {
        let topic = fresh("search");
        bed.topic(&topic, 1);
        let body = [b'x'; 1500];
        for id in 0..10 {
            let key = format!("o-{id}");
            bed.write(&topic, &key, &head(PLACED, "e-1", "/shop"), Some(&body));
        }
        let told = |arguments: &[&str]| bed.ends(&[arguments, &SLOWLY].concat(), 0).err;
        let searches = [told(&["tail", &topic, "--type", "Nothing"]), told(&["dlq", "list", &topic])];
        for err in searches {
            assert!(err.contains(&format!("`{topic}`: looked at ")) && err.contains(" of 10 ("), "{err}");
        }
    });
}

#[test]
fn what_a_transaction_took_back_is_not_shown() {
    on_each(|bed| {
        let topic = fresh("tail");
        bed.topic(&topic, 1);
        let writer: BaseProducer = bed.config().set("transactional.id", fresh("tx")).create().unwrap();
        writer.init_transactions(PATIENCE).unwrap();
        for (id, stays) in [("taken-back", false), ("stays", true)] {
            writer.begin_transaction().unwrap();
            enqueue(&writer, &topic, "o-1", &head(PLACED, id, "/shop"), Some(&placed("o-1")));
            writer.flush(PATIENCE).unwrap();
            if stays { writer.commit_transaction(PATIENCE) } else { writer.abort_transaction(PATIENCE) }
                .unwrap();
        }
        let lines = bed.ends(&["tail", &topic], 0).lines();
        assert_eq!(lines.iter().map(|line| line["id"].as_str().unwrap()).collect::<Vec<_>>(), ["stays"]);
    });
}

#[test]
fn following_shows_what_comes_and_ends_with_its_reader() {
    on_each(|bed| {
        let topic = topic(bed);
        let mut tail = bed
            .stormc(&["tail", &topic, "--follow", "--type", "OrderPaid"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(tail.stdout.take().unwrap()).lines();
        let mut next = || lines.next().unwrap().unwrap();
        assert!(next().contains("e-2"), "what is there already comes first");
        let paid = body(PAID, &json!({ "order_id": "o-8" }));
        bed.write(&topic, "o-8", &head(PAID, "e-8", "/shop"), Some(&paid));
        assert!(next().contains("e-8"));
        // The reader goes away, as `head` does: the next line ends it, without a word.
        drop(lines);
        let begun = std::time::Instant::now();
        let ended = loop {
            bed.write(&topic, "o-9", &head(PAID, "e-9", "/shop"), Some(&paid));
            if let Some(status) = tail.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "it goes on without a reader");
        };
        assert!(ended.success(), "{ended}");
    });
}

#[test]
fn a_topic_or_a_descriptor_set_that_is_not_there_is_named() {
    on_each(|bed| {
        let topic = fresh("tail");
        bed.topic(&topic, 1);
        let typo = topic.replace("tail", "tial");
        let absent = bed.ends(&["tail", &typo], 2);
        assert!(
            absent.err.contains("S0822") && absent.err.contains(&format!("did you mean `{topic}`")),
            "{}",
            absent.err
        );
        let nowhere = tempfile::tempdir().unwrap();
        let place = nowhere.path().to_str().unwrap();
        let absent = bed.ends(&["tail", &topic, "--model", place], 2);
        assert!(absent.err.contains("S0824") && absent.err.contains("stormc generate"), "{}", absent.err);
    });
}
