//! A webhook source through the whole: a call is proven, is a raw record before it is answered, and becomes its event.

use std::collections::HashSet;

use ring::hmac;
use storm_runtime::spec::{CallId, FieldSpec, Kind, SourceSpec, WebhookSpec};
use storm_runtime::{Message as _, Service, row};

use crate::client::{get, post};
use crate::mini::messages::OrderPlaced;
use crate::mini::service::{ORDERS, order_placed};
use crate::{rig, rig_to_break};

/// Generated for `source cards: webhook { … }`.
static CARDS: WebhookSpec = WebhookSpec {
    name: "cards",
    path: "/cards",
    signature: Some("X-Signature"),
    id: CallId::Field("event.id"),
    message: "mini.orders.v1.OrdersChange",
    key: &["order.id"],
    fields: &[
        FieldSpec::optional("order.id", 1, Kind::String { most: None }),
        FieldSpec::optional("status", 2, Kind::String { most: None }),
        FieldSpec::optional("order.total", 3, Kind::Decimal { precision: 12, scale: 2 }),
    ],
};

fn orders() -> Service {
    Service::new(&ORDERS).webhook(&CARDS, [row(order_placed)])
}

fn signed(secret: &str, body: &str) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), body.as_bytes());
    tag.as_ref().iter().fold("sha256=".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

fn body(event: &str, order: &str) -> String {
    format!(
        r#"{{"event": {{"id": "{event}"}}, "status": "placed", "order": {{"id": "{order}", "total": 12.5}}}}"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_raw_first_and_becomes_one_event_however_often_it_comes() {
    let rig = rig().await;
    let config = "[webhook.cards]\nsecret = 'new'\nprevious = 'old'\n[http]\nmax_body = 1024\n";
    let (running, door) = rig.open_with(orders(), config).await.unwrap();
    let call = async |secret: &str, body: &str| {
        post(door, "/cards", &[("X-Signature", &signed(secret, body))], body).await
    };

    // What is not proven, or is no call, leaves nothing.
    let good = body("e-1", "o-1");
    let refused = post(door, "/cards", &[], &good).await;
    assert_eq!((refused.status, refused.code().as_str()), (401, "A-212"), "no signature");
    let refused = call("guessed", &good).await;
    assert_eq!((refused.status, refused.code().as_str()), (401, "A-212"), "another's signature");
    let refused =
        post(door, "/cards", &[("X-Signature", &signed("new", &good))], &good.replace("o-1", "o-2")).await;
    assert_eq!((refused.status, refused.code().as_str()), (401, "A-212"), "another body");
    let refused = call("new", r#"{"status": "placed"}"#).await;
    assert_eq!((refused.status, refused.code().as_str()), (400, "A-213"), "no id");
    let refused = call("new", &good.replace("12.5", "\"much\"")).await;
    assert_eq!((refused.status, refused.code().as_str()), (400, "A-202"), "no amount");
    assert!(refused.body.contains("order.total") && !refused.body.contains("much"), "{refused:?}");
    let refused = call("new", &" ".repeat(2_000)).await;
    assert_eq!((refused.status, refused.code().as_str()), (413, "A-207"), "too large");
    assert_eq!(get(door, "/cards", &[]).await.status, 405);
    assert_eq!(get(door, "/card", &[]).await.status, 404);
    assert!(rig.read("priv_orders").await.is_empty(), "a refused call leaves nothing");

    // Taken: on the raw topic when it is answered.
    let accepted = call("new", &good).await;
    assert_eq!((accepted.status, accepted.json()["id"].as_str()), (202, Some("cards/webhook/e-1")));
    let raw = rig.read("priv_orders").await;
    assert_eq!((raw.len(), raw[0].header("ce_id"), raw[0].key.as_str()), (1, "cards/webhook/e-1", "o-1"));
    assert_eq!((raw[0].header("ce_type"), raw[0].header("ce_source")), (CARDS.message, "/cards"));

    // The same call again, signed with the secret before, and another one.
    assert_eq!(call("old", &good).await.status, 202);
    assert_eq!(call("new", &body("e-2", "o-2")).await.status, 202);
    let events = rig.until("orders_events", 3).await;
    let ids: HashSet<&str> = events.iter().map(|event| event.header("ce_id")).collect();
    assert_eq!(ids, HashSet::from(["cards/webhook/e-1/OrderPlaced", "cards/webhook/e-2/OrderPlaced"]));
    let placed = events.iter().find(|event| event.key == "o-1").unwrap();
    let total = OrderPlaced::decode(placed.body.as_deref().unwrap()).unwrap().total;
    assert_eq!(total.to_string(), "12.50");
    let counted = r#"storm_asked_total{context="orders",name="cards",status="202"} 3"#;
    assert!(running.metrics().contains(counted), "{}", running.metrics());
    // What is refused is counted by its reason, too.
    for (code, calls) in [("A-212", 3), ("A-213", 1), ("A-202", 1), ("A-207", 1), ("A-205", 1)] {
        let counted = format!(r#"storm_failures_total{{context="orders",at="cards",code="{code}"}} {calls}"#);
        assert!(running.metrics().contains(&counted), "{counted} in {}", running.metrics());
    }
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_webhook_without_a_secret_does_not_start() {
    let rig = rig().await;
    let Err(fault) = rig.open_with(orders(), "").await else { panic!("nobody could be told from anybody") };
    assert_eq!(fault.code, "A-105");
    assert!(fault.to_string().contains("webhook.cards.secret"), "{fault}");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_kafka_a_call_is_not_taken_and_its_sender_is_told_to_come_again() {
    let Some((rig, mut kafka)) = rig_to_break().await else { return };
    let config = "[webhook.cards]\nsecret = 'new'\n[http]\ntimeout = '500ms'\n";
    let (running, door) = rig.open_with(orders(), config).await.unwrap();
    kafka.kill9().unwrap();
    let body = body("e-1", "o-1");
    let asked = post(door, "/cards", &[("X-Signature", &signed("new", &body))], &body).await;
    assert_eq!((asked.status, asked.code().as_str()), (503, "A-211"), "{asked:?}");
    assert_eq!(asked.headers["retry-after"], "1");
    assert_eq!(asked.json()["id"], "cards/webhook/e-1", "the id that a repeat has again");
    for line in [
        r#"storm_asked_total{context="orders",name="cards",status="503"} 1"#,
        r#"storm_failures_total{context="orders",at="cards",code="A-211"} 1"#,
    ] {
        assert!(running.metrics().contains(line), "{}", running.metrics());
    }
    // The loops wait for their broker; what they end with is another test's.
    drop(running);
}

static TENANTS: SourceSpec = SourceSpec { name: "shop", databases: "shop_*", tenant: true, tables: &[] };

#[tokio::test(flavor = "multi_thread")]
async fn where_there_are_tenants_a_call_names_one_by_its_path() {
    let rig = rig().await;
    let config = "[webhook.cards]\nsecret = 'new'\n";
    let (running, door) = rig.open_with(orders().capture(&TENANTS, []), config).await.unwrap();
    let body = body("e-1", "o-1");
    let headers = [("X-Signature", &*signed("new", &body))];
    for path in ["/cards", "/cards/", "/cards/a%60b"] {
        let refused = post(door, path, &headers, &body).await;
        assert_eq!((refused.status, refused.code().as_str()), (400, "A-203"), "{path}");
    }
    assert_eq!(post(door, "/cards/berlin/more", &headers, &body).await.status, 404);
    for tenant in ["berlin", "rome"] {
        let accepted = post(door, &format!("/cards/{tenant}"), &headers, &body).await;
        assert_eq!(
            (accepted.status, accepted.json()["id"].as_str()),
            (202, Some(&*format!("cards/webhook/{tenant}/e-1")))
        );
    }
    let events = rig.until("orders_events", 2).await;
    let mut seen: Vec<_> =
        events.iter().map(|event| (event.header("ce_source"), event.key.as_str())).collect();
    seen.sort_unstable();
    assert_eq!(seen, [("/cards/berlin", "berlin\u{1f}o-1"), ("/cards/rome", "rome\u{1f}o-1")]);
    running.stop().await.unwrap();
    rig.end().await;
}
