//! Topics that a service keeps for itself, with records in them that nobody of ours would write: it halts and says so, or
//! goes on where it was, and never begins anew.

use storm_runtime::testing::{Heard, Rig, Script};

use crate::mini::handlers::Handlers;
use crate::mini::messages::raw_order;
use crate::mini::service::{billing, orders};
use crate::{PATIENCE, rig};

const PROGRESS: &str = "priv_orders.shop.progress";
const SHAPES: &str = "priv_orders.shapes";

const BEGUN: &str = "priv_orders.begun";

/// What it is, its topic, its key and body, and the code of the halt; without one, capture goes on.
type Case<'c> = (&'static str, &'static str, &'static str, Option<&'c [u8]>, Option<&'static str>);

/// Runs capture until a further row is captured.
async fn captures(rig: &Rig, script: &Script, rows: &mut usize) {
    let mut running = rig.capture(orders(Handlers::default()), script, "0").await.unwrap();
    running.ready().await;
    let id = format!("test-{rows}");
    script.insert(&[(&id, raw_order(None, (&id, "placed", "1.00")))]);
    *rows += 1;
    assert_eq!(rig.until("priv_orders", *rows).await.len(), *rows);
    running.stop().await.unwrap();
}

/// Runs capture until it halts; the code.
async fn halts(rig: &Rig, script: &Script) -> &'static str {
    let running = rig.capture(orders(Handlers::default()), script, "0").await.unwrap();
    let ended = tokio::time::timeout(PATIENCE, running.ended()).await.expect("capture halts");
    ended.unwrap_err().code
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_among_positions_and_shapes_halts_capture_or_is_passed_over() {
    let rig = rig().await;
    let (script, mut rows) = (Script::default(), 0);
    captures(&rig, &script, &mut rows).await;
    let good = last(&rig).await;
    let cases: [Case<'_>; 10] = [
        ("garbage", PROGRESS, "shop", Some(b"\xff\xff"), Some("C-001")),
        ("empty", PROGRESS, "shop", Some(b""), Some("C-001")),
        ("cut short", PROGRESS, "shop", Some(&good[..good.len() / 2]), Some("C-001")),
        ("another version's", PROGRESS, "shop", Some(b"{\"version\": 9}"), Some("C-001")),
        ("a tombstone", PROGRESS, "shop", None, Some("C-010")),
        ("someone else's", PROGRESS, "stranger", Some(b"\xff"), None),
        ("someone else's tombstone", PROGRESS, "stranger", None, None),
        ("garbage", SHAPES, "hash", Some(b"\xff\xff"), Some("C-008")),
        ("another version's", SHAPES, "hash", Some(b"{\"version\": 9}"), Some("C-008")),
        ("a tombstone", SHAPES, "hash", None, None),
    ];
    for (what, topic, key, body, code) in cases {
        let headers = [("null", None), ("binary", Some(b"\xff\xfe".as_slice()))];
        let good = last(&rig).await;
        rig.write(topic, Some(key), &headers, body).await;
        println!("{what} on {topic}");
        let heard = Heard::from_here();
        let Some(code) = code else {
            captures(&rig, &script, &mut rows).await;
            if topic == PROGRESS && body.is_some() {
                let said = &heard.until("K-126").await[0];
                assert!(said.contains(&format!("topic=\"{PROGRESS}\"")), "{said}");
            }
            continue;
        };
        assert_eq!(halts(&rig, &script).await, code, "{what} on {topic}");
        // The operator's remedy: what was there before.
        let remedy = (topic == PROGRESS).then_some(good.as_slice());
        rig.write(topic, Some(key), &[], remedy).await;
    }
    captures(&rig, &script, &mut rows).await;
    rig.end().await;
}

/// Runs the whole service until a further row is published, and holds it to have begun nothing anew.
async fn publishes(rig: &Rig, script: &Script, rows: &mut usize) {
    let mut running = rig.run(orders(Handlers::default()), script).await.unwrap();
    running.ready().await;
    let id = format!("test-{rows}");
    script.insert(&[(&id, raw_order(None, (&id, "placed", "1.00")))]);
    *rows += 1;
    rig.until("orders_events", *rows).await;
    running.stop().await.unwrap();
    for topic in ["priv_orders", "orders_events"] {
        assert_eq!(rig.read(topic).await.len(), *rows, "`{topic}`");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_among_what_has_begun_is_passed_over_and_nothing_begins_anew() {
    let rig = rig().await;
    // Whose events orders hears.
    rig.apply(&billing(Handlers::default())).await;
    let (script, mut rows) = (Script::default(), 0);
    publishes(&rig, &script, &mut rows).await;
    let ours = [
        "orders.publish/priv_orders/0",
        "orders.dispatch/orders_events/0",
        "capture/shop",
        "claim/orders.publish.0",
        "topic/priv_orders",
        "id/priv_orders",
    ];
    let there: Vec<String> = rig.read(BEGUN).await.into_iter().map(|seen| seen.key).collect();
    for ours in ours {
        assert!(there.iter().any(|key| key == ours), "`{ours}` is no key of ours: {there:?}");
    }
    let headers = [("null", None), ("binary", Some(b"\xff\xfe".as_slice()))];
    let bodies: [(&str, Option<&[u8]>); 4] = [
        ("garbage", Some(b"\xff\xff garbage")),
        ("empty", Some(b"")),
        ("a number that is too large", Some(b"99999999999999999999")),
        ("a tombstone", None),
    ];
    for (what, body) in bodies {
        println!("{what}");
        for key in ["stranger", "orders.publish/", "/", "id/"].into_iter().chain(ours) {
            // Any text may be an id: that case is below.
            if body.is_none_or(|body| key != "id/priv_orders" || !body.starts_with(b"9")) {
                rig.write(BEGUN, Some(key), &headers, body).await;
            }
        }
        publishes(&rig, &script, &mut rows).await;
    }
    // An id that is not the topic's is one that was made anew, as far as anyone can tell.
    rig.write(BEGUN, Some("id/priv_orders"), &headers, Some(b"nobody's")).await;
    for _ in 0..2 {
        let Err(fault) = rig.run(orders(Handlers::default()), &script).await else {
            panic!("it has started")
        };
        assert_eq!(fault.code, "K-122", "{fault}");
    }
    rig.write(BEGUN, Some("id/priv_orders"), &[], None).await;
    publishes(&rig, &script, &mut rows).await;
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_another_one_than_was_written_in_part_halts_capture() {
    const ROWS: usize = 2_000;
    let rig = rig().await;
    // Under one GTID, the same orders with this total.
    let history = |total: &str| {
        let ids: Vec<String> = (0..ROWS).map(|n| format!("o-{n}")).collect();
        let rows: Vec<_> =
            ids.iter().map(|id| (id.as_str(), raw_order(None, (id, "placed", total)))).collect();
        let script = Script::default();
        script.insert(&rows);
        script
    };
    let start = async |script: &Script| {
        let config = "[capture]\ncommit_bytes = 1";
        rig.replica(orders(Handlers::default()), script, "0", config).await.unwrap()
    };
    let running = start(&history("1.00")).await;
    rig.until("priv_orders", 1).await;
    running.stop().await.unwrap();
    let written = rig.read("priv_orders").await.len();
    assert!(written < ROWS, "it was stopped in the middle");
    let ended = tokio::time::timeout(PATIENCE, start(&history("2.00")).await.ended()).await;
    let fault = ended.expect("capture halts").unwrap_err();
    assert_eq!(fault.code, "C-005", "{fault}");
    assert!(fault.message.contains("`0-1-1`") && !fault.help.is_empty(), "{fault}");
    assert_eq!(rig.read("priv_orders").await.len(), written, "nothing of it is written twice, or guessed at");
    rig.end().await;
}

/// The last position that capture itself has stored.
async fn last(rig: &Rig) -> Vec<u8> {
    let stored = rig.read(PROGRESS).await.into_iter().rev();
    stored.filter(|seen| seen.key == "shop").find_map(|seen| seen.body).unwrap()
}
