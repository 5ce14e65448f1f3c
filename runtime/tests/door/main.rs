//! The HTTP door of a whole service: on the Kafka that STORM_KAFKA names, or on the embedded broker.

mod client;
#[expect(dead_code, reason = "these tests insert no rows")]
#[path = "../mini/mod.rs"]
mod mini;
mod tls;
#[path = "../mini/topics.rs"]
mod topics;
mod webhook;

use client::{answer, ask, connect, get, post};
use mini::handlers::Handlers;
use mini::service::{billing, orders};
use serde_json::json;
use storm_runtime::Message as _;
use storm_runtime::lineage::Lineage;
use storm_runtime::testing::{Rig, Script};
use storm_servers::{Kind as ServerKind, Options, Server};
use tokio::io::AsyncWriteExt;
use topics::TOPICS;

const NOTE: &str = "/commands/NoteOrder";

async fn rig() -> Rig {
    Rig::in_turn(&TOPICS).await
}

/// On a Kafka of the test's own.
async fn rig_to_break() -> Option<(Rig, Server)> {
    let kafka = storm_servers::private(ServerKind::Kafka, Options::new())?;
    Some((Rig::at(&kafka.address(), &[]).await, kafka))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_posted_is_done_and_its_trace_goes_on() {
    let rig = rig().await;
    let (running, door) = rig.open(orders(Handlers::default()), "").await.unwrap();
    // Orders listens to what billing says, so it waits for its topics.
    let other = rig.run(billing(Handlers::default()), &Script::default()).await.unwrap();
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let headers = [("traceparent", &*format!("00-{trace}-00f067aa0ba902b7-01"))];
    let accepted = post(door, NOTE, &headers, r#"{"order_id": "o-1", "total": 12.5}"#).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let id = accepted.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(accepted.json()["correlation"], id);

    let commands = rig.until("orders_commands", 1).await;
    let command = &commands[0];
    assert_eq!((command.header("ce_id"), command.key.as_str()), (id.as_str(), "o-1"));
    assert_eq!(command.header("ce_type"), "mini.orders.v1.NoteOrder");
    assert_eq!(command.header("ce_source"), "/orders");
    assert!(!command.headers.contains_key("storm-issuer"), "nobody was asked who they are");
    let lineage = Lineage::unpack(command.header("lineage")).unwrap();
    assert_eq!((lineage.correlation.as_str(), lineage.causation.as_str(), lineage.hop), (id.as_str(), "", 0));
    assert_eq!(accepted.headers["traceparent"], lineage.traceparent);

    let noted = rig.until("orders_events", 1).await;
    let lineage = Lineage::unpack(noted[0].header("lineage")).unwrap();
    assert_eq!((lineage.correlation.as_str(), lineage.causation.as_str()), (id.as_str(), id.as_str()));
    assert_eq!(lineage.traceparent.split('-').nth(1), Some(trace), "the caller's trace goes on");
    let total = mini::messages::OrderNoted::decode(noted[0].body.as_deref().unwrap()).unwrap().total;
    assert_eq!(total.to_string(), "12.50");
    other.stop().await.unwrap();
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_under_one_key_has_one_id_and_acts_once() {
    let rig = rig().await;
    let (running, door) = rig.open(orders(Handlers::default()), "").await.unwrap();
    let other = rig.run(billing(Handlers::default()), &Script::default()).await.unwrap();
    let body = r#"{"order_id": "o-1", "total": "1.00"}"#;
    let mut ids = Vec::new();
    for key in ["k-1", "k-1", "\"k-1\"", "k-2"] {
        let accepted = post(door, NOTE, &[("Idempotency-Key", key)], body).await;
        assert_eq!(accepted.status, 202, "{accepted:?}");
        ids.push(accepted.json()["id"].as_str().unwrap().to_owned());
    }
    assert!(ids[0] == ids[1] && ids[0] == ids[2], "{ids:?}");
    assert_ne!(ids[0], ids[3]);
    // Without a key each is its own, and one after the other.
    let last = post(door, NOTE, &[], body).await.json()["id"].as_str().unwrap().to_owned();
    rig.until("orders_commands", 5).await;
    let caused = |causes: &[storm_runtime::testing::Seen]| -> Vec<String> {
        causes.iter().map(|seen| Lineage::unpack(seen.header("lineage")).unwrap().causation).collect()
    };
    // One key, one partition: when the last command's event is there, all that came before have acted.
    let mut events = rig.until("orders_events", 3).await;
    while !caused(&events).contains(&last) {
        events = rig.until("orders_events", events.len() + 1).await;
    }
    let mut seen = caused(&events);
    seen.sort();
    let mut expected = vec![ids[0].clone(), ids[3].clone(), last];
    expected.sort();
    assert_eq!(seen, expected, "each command acted once");
    other.stop().await.unwrap();
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_body_under_the_same_key_is_refused_and_never_done() {
    let rig = rig().await;
    let (running, door) = rig.open(orders(Handlers::default()), "").await.unwrap();
    let other = rig.run(billing(Handlers::default()), &Script::default()).await.unwrap();
    let key = [("Idempotency-Key", "k-1")];
    let first = post(door, NOTE, &key, r#"{"order_id": "o-1", "total": "1.00"}"#).await;
    // The same command, written otherwise.
    let again = post(door, NOTE, &key, r#"{ "total": 1, "order_id": "o-1" }"#).await;
    assert_eq!((first.status, again.status), (202, 202), "{again:?}");
    let another = post(door, NOTE, &key, r#"{"order_id": "o-1", "total": "2.00"}"#).await;
    assert_eq!((another.status, another.code().as_str()), (422, "A-214"), "{another:?}");
    assert_eq!(another.json()["id"], first.json()["id"]);
    let commands = rig.until("orders_commands", 2).await;
    assert_eq!(commands.len(), 2, "what was refused is not there");
    rig.until("orders_events", 1).await;

    // A replica that does not remember the first one takes another body: the inbox knows.
    let fingerprint = uuid::Uuid::from_u128(7).to_string();
    let mut headers: Vec<(&str, Option<&[u8]>)> =
        commands[0].headers.iter().map(|(name, value)| (name.as_str(), Some(value.as_bytes()))).collect();
    headers.retain(|(name, _)| *name != "storm-fingerprint");
    assert_eq!(headers.len() + 1, commands[0].headers.len(), "what was keyed has its fingerprint");
    headers.push(("storm-fingerprint", Some(fingerprint.as_bytes())));
    rig.write("orders_commands", Some("o-1"), &headers, commands[0].body.as_deref()).await;
    let dead = rig.until("orders_dead", 1).await;
    assert!(dead[0].header("dead-cause").starts_with("H-111: "), "{:?}", dead[0]);
    assert_eq!(rig.read("orders_events").await.len(), 1, "one command, done once");
    other.stop().await.unwrap();
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_and_nothing_is_appended() {
    let rig = rig().await;
    let (running, door) = rig.open(orders(Handlers::default()), "max_body = '1KiB'\n").await.unwrap();
    let good = r#"{"order_id": "o-1", "total": "1.00"}"#;

    let faults = post(door, NOTE, &[], r#"{"order": "o-1", "total": "1.005"}"#).await;
    assert_eq!((faults.status, faults.code().as_str()), (400, "A-202"));
    let errors = faults.json()["errors"].clone();
    assert_eq!(
        errors,
        json!([
            { "field": "order", "what": "is not a field of this command", "help": "the fields are `order_id`, `total`" },
            { "field": "total", "what": "has too many digits after the point",
              "expected": "a decimal of at most 10 digits before the point and 2 after it, like \"12.5\" or 12.5" },
            { "field": "order_id", "what": "is missing", "expected": "text of at most 40 characters" },
        ])
    );
    assert!(!faults.body.contains("1.005"), "no value is repeated");

    let unknown = post(door, "/commands/NoteOrdr", &[], good).await;
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "A-204"));
    assert_eq!(unknown.json()["detail"], "did you mean `NoteOrder`?");
    assert_eq!(unknown.json()["commands"], json!(["NoteOrder"]));
    let inside = post(door, "/commands/Sweep", &[], good).await;
    assert_eq!((inside.status, inside.code().as_str()), (404, "A-204"));
    assert!(inside.json()["detail"].as_str().unwrap().starts_with("no actor issues this command"));
    assert_eq!(post(door, "/commands/Billing.NoteOrder", &[], good).await.status, 404);

    let method = get(door, NOTE, &[]).await;
    assert_eq!((method.status, method.code().as_str(), &*method.headers["allow"]), (405, "A-205", "POST"));
    let text =
        ask(connect(door).await, "POST", NOTE, &[("Content-Type", "text/plain")], good.as_bytes()).await;
    assert_eq!((text.status, text.code().as_str()), (415, "A-208"));
    let none = ask(connect(door).await, "POST", NOTE, &[], good.as_bytes()).await;
    assert_eq!(none.status, 415);
    let large = post(door, NOTE, &[], &format!("{{\"order_id\": \"{}\"}}", "x".repeat(1_024))).await;
    assert_eq!((large.status, large.code().as_str()), (413, "A-207"));
    let key = post(door, NOTE, &[("Idempotency-Key", "")], good).await;
    assert_eq!((key.status, key.code().as_str()), (400, "A-203"));

    // In parts of no announced length the limit holds too.
    let mut stream = connect(door).await;
    let head = format!(
        "POST {NOTE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(format!("800\r\n{}\r\n0\r\n\r\n", " ".repeat(0x800)).as_bytes()).await.unwrap();
    assert_eq!(answer(stream).await.status, 413);

    let named = post(door, "/commands/Orders.NoteOrder", &[("Content-Type", "")], good).await;
    assert_eq!(named.status, 202, "{named:?}");
    assert_eq!(rig.until("orders_commands", 1).await.len(), 1, "what was refused is not there");
    assert_eq!(get(door, "/commands", &[]).await.json()["commands"][0]["actors"], json!(["Clerk"]));
    assert_eq!(get(door, "/openapi.json", &[]).await.json()["openapi"], "3.1.0");
    assert_eq!(get(door, "/openapi/orders.json", &[]).await.status, 200);
    assert_eq!(get(door, "/openapi/billing.json", &[]).await.status, 404);
    let counted = running.metrics();
    for line in [
        r#"storm_asked_total{context="orders",name="NoteOrder",status="202"} 1"#,
        r#"storm_asked_total{context="orders",name="NoteOrder",status="413"} 2"#,
    ] {
        assert!(counted.contains(line), "{counted}");
    }
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_at_once_are_told_to_wait_and_one_that_dawdles_is_let_go() {
    let rig = rig().await;
    let http = "in_flight = 1\ntimeout = '2s'\n";
    let (running, door) = rig.open(orders(Handlers::default()), http).await.unwrap();
    let body = r#"{"order_id": "o-1", "total": 1}"#;
    // Its body is not there yet: it keeps the only place.
    let mut first = connect(door).await;
    let head = format!(
        "POST {NOTE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    first.write_all(head.as_bytes()).await.unwrap();
    let busy = loop {
        let other = post(door, NOTE, &[], body).await;
        if other.status != 202 {
            break other;
        }
    };
    assert_eq!((busy.status, busy.code().as_str()), (429, "A-209"));
    assert_eq!(busy.headers["retry-after"], "1");
    let late = answer(first).await;
    assert_eq!((late.status, late.code().as_str()), (408, "A-206"));
    assert_eq!(post(door, NOTE, &[], body).await.status, 202, "its place is free again");
    assert_eq!(get(door, "/livez", &[]).await.status, 200);
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_kafka_the_caller_learns_that_nothing_is_certain() {
    let Some((rig, mut kafka)) = rig_to_break().await else { return };
    let (running, door) = rig.open(orders(Handlers::default()), "timeout = '500ms'\n").await.unwrap();
    kafka.kill9().unwrap();
    let asked = post(door, NOTE, &[("Idempotency-Key", "k")], r#"{"order_id": "o-1", "total": 1}"#).await;
    assert_eq!((asked.status, asked.code().as_str()), (503, "A-211"), "{asked:?}");
    assert_eq!(asked.headers["retry-after"], "1");
    assert!(asked.json()["id"].is_string(), "the id that a repeat has again");
    // The loops wait for their broker; what they end with is another test's.
    drop(running);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_that_is_open_before_its_service_says_come_again() {
    let rig = rig().await;
    let (running, door) = rig.ajar(orders(Handlers::default())).await.unwrap();
    let early = post(door, NOTE, &[], r#"{"order_id": "o-1", "total": 1}"#).await;
    assert_eq!((early.status, early.code().as_str()), (503, "A-210"), "{early:?}");
    assert_eq!(early.headers["retry-after"], "1");
    assert_eq!(get(door, "/livez", &[]).await.status, 200);
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_named() {
    let rig = rig().await;
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap();
    let taken = format!("listen = '{address}'\n");
    let fault = rig.open(orders(Handlers::default()), &taken).await.err().unwrap();
    assert_eq!((fault.code, fault.configuration), ("F-107", false), "{fault}");
    assert!(fault.message.contains(&address.to_string()) && fault.help.contains("another port"), "{fault}");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_ask_for_a_token_and_health_does_not() {
    let rig = rig().await;
    let http = "token = 'first'\n[tokens]\nspring = 'second'\n";
    let (running, door) = rig.open(orders(Handlers::default()), http).await.unwrap();
    let body = r#"{"order_id": "o-1", "total": 1}"#;
    for refused in [&[] as &[_], &[("Authorization", "Bearer third")], &[("Authorization", "Basic first")]] {
        let answer = post(door, NOTE, refused, body).await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "A-201"), "{refused:?}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
        assert_eq!(post(door, "/commands/Nothing", refused, body).await.status, 401, "no names are told");
        for path in ["/commands", "/openapi.json", "/openapi/orders.json", NOTE] {
            assert_eq!(get(door, path, refused).await.status, 401, "{path}");
        }
    }
    for path in ["/metrics", "/livez"] {
        assert_eq!(get(door, path, &[]).await.status, 200, "{path}");
    }
    for (token, name) in [("Bearer first", "token"), ("bearer second", "spring")] {
        let answer = post(door, NOTE, &[("Authorization", token)], body).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        let commands = rig.until("orders_commands", if name == "token" { 1 } else { 2 }).await;
        assert!(commands.iter().any(|command| command.header("storm-issuer") == name), "{name}");
    }
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_door_to_the_network_is_refused_unless_it_is_meant() {
    let rig = rig().await;
    let to_all = "listen = '0.0.0.0:0'\n";
    let fault = rig.open(orders(Handlers::default()), to_all).await.err().unwrap();
    assert!(fault.code == "A-101" && fault.configuration, "{fault}");
    for meant in ["open = true\n", "token = 'a-long-word'\n"] {
        let (running, door) =
            rig.open(orders(Handlers::default()), &format!("{to_all}{meant}")).await.unwrap();
        assert!(door.ip().is_unspecified());
        running.stop().await.unwrap();
    }
    // Without a command there is nothing to guard.
    rig.open(billing(Handlers::default()), to_all).await.unwrap().0.stop().await.unwrap();
    rig.end().await;
}
