//! A source transaction that is larger than a Kafka transaction: each row once, and behind the last one how many there are.

use storm_runtime::testing::Script;

use crate::bed::{self, END, context, each_once};
use crate::mini::messages::raw_order;

const ROWS: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_cut_ends_with_one_marker() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, name, script) = (bed::rig(&kafka).await, "cuts", Script::default());
    let rows: Vec<(String, Vec<u8>)> = (0..ROWS)
        .map(|n| format!("o-{n}"))
        .map(|id| (id.clone(), raw_order(None, (&id, "placed", "1.00"))))
        .collect();
    script.insert(&rows.iter().map(|(id, body)| (id.as_str(), body.clone())).collect::<Vec<_>>());
    // Each row is a Kafka transaction, and so is the end: a capture that is fenced anywhere goes on between them.
    let start = || rig.replica(context(name), &script, "0", "[capture]\ncommit_bytes = 1");
    let mut running = start().await.unwrap();
    for part in [3, 2] {
        bed::holding(&rig, "priv_cuts", ROWS / part).await;
        rig.take_over("cuts.capture.shop").await;
        // Fenced: it ends, or it has found a new beginning by itself.
        let _ = running.stop().await;
        running = start().await.unwrap();
    }
    each_once(&rig, "cuts_events", ROWS).await;
    each_once(&rig, "priv_cuts", ROWS).await;
    let raw = bed::holding(&rig, "priv_cuts", ROWS + 1).await;
    let ends: Vec<_> = raw.iter().filter(|seen| seen.header("ce_type") == END).collect();
    assert_eq!((raw.len(), ends.len()), (ROWS + 1, 1), "each row once, and one end");
    let end = String::from_utf8_lossy(ends[0].body.as_deref().unwrap()).into_owned();
    assert_eq!(
        end,
        format!(r#"{{"transaction":"0-1-1","rows":{{"orders":{ROWS}}},"refused":0,"recorded":0}}"#)
    );
    assert_eq!(rig.read("cuts_dead").await.len(), 0);
    // Each transaction has its position twice, where it begins and where it ends: none goes back behind one before.
    let stored = rig.read("priv_cuts.shop.progress").await;
    let places = stored.iter().filter_map(|seen| seen.body.as_deref());
    let done: Vec<u64> = places
        .map(|body| serde_json::from_slice::<serde_json::Value>(body).unwrap())
        .filter_map(|place| place["cut"]["rows_done"].as_u64())
        .collect();
    assert!(done.is_sorted() && done.last() == Some(&(ROWS as u64)), "{done:?}");
    running.stop().await.unwrap();
}
