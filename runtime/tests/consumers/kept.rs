//! Topics that capture keeps for itself, with records in them that nobody of ours would write: it halts and says so, or
//! goes on where it was, and never begins anew.

use storm_runtime::testing::{Rig, Script};

use crate::mini::handlers::Handlers;
use crate::mini::messages::raw_order;
use crate::mini::service::orders;
use crate::{PATIENCE, rig};

const PROGRESS: &str = "priv_orders.shop.progress";
const SHAPES: &str = "priv_orders.shapes";

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
        let Some(code) = code else {
            captures(&rig, &script, &mut rows).await;
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

/// The last position that capture itself has stored.
async fn last(rig: &Rig) -> Vec<u8> {
    let stored = rig.read(PROGRESS).await.into_iter().rev();
    stored.filter(|seen| seen.key == "shop").find_map(|seen| seen.body).unwrap()
}
