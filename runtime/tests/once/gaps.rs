//! Records that expire before they are read: a gap that is reported, never a silent jump.

use storm_runtime::testing::Script;

use crate::bed::{self, ROWS, context, each_once};

#[tokio::test(flavor = "multi_thread")]
async fn raw_records_that_expired_unpublished_are_a_gap_that_publish_reports() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, name, script) = (bed::rig(&kafka).await, "lapsed", Script::default());
    bed::insert(&script, 0);
    let capture = rig.capture(context(name), &script, "0").await.unwrap();
    let publish = rig.publish(context(name), "0").await.unwrap();
    rig.until("lapsed_events", ROWS).await;
    publish.stop().await.unwrap();
    let published = rig.read("priv_lapsed").await;
    bed::insert(&script, 1);
    rig.until("priv_lapsed", 2 * ROWS).await;
    capture.stop().await.unwrap();
    // Of one partition everything goes that was written while nobody published.
    let unread = rig.read("priv_lapsed").await.into_iter().filter(|record| {
        !published.iter().any(|seen| (seen.partition, seen.offset) == (record.partition, record.offset))
    });
    let unread: Vec<_> = unread.collect();
    let last = unread.iter().max_by_key(|record| (record.partition, record.offset)).unwrap();
    let gone = unread.iter().filter(|record| record.partition == last.partition).count();
    rig.expire("priv_lapsed", last.partition, last.offset + 1).await;
    let publish = rig.publish(context(name), "0").await.unwrap();
    let fault = publish.ended().await.unwrap_err();
    assert_eq!(fault.code, "K-105", "{fault}");
    let named = format!("`priv_lapsed`/{} offsets ", last.partition);
    assert!(fault.message.contains(&named), "{}", fault.message);
    assert!(fault.message.contains(&format!(" to {} (", last.offset)), "{}", fault.message);
    assert!(fault.help.contains(&format!(" --topic priv_lapsed:{} ", last.partition)), "{}", fault.help);
    bed::does_as_told(&kafka, &fault);
    let publish = rig.publish(context(name), "0").await.unwrap();
    each_once(&rig, "lapsed_events", 2 * ROWS - gone).await;
    publish.stop().await.unwrap();
}
