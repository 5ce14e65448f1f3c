//! What Kafka has lost: offsets that expired, topics that were deleted. A loop halts with a code that says what to do, and
//! never begins anew in silence.

use storm_runtime::testing::Script;

use crate::bed::{self, ROWS, context, each_once};

#[tokio::test(flavor = "multi_thread")]
async fn a_group_whose_offsets_are_gone_says_so_and_publishes_nothing_twice() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, name, script) = (bed::rig(&kafka).await, "expired", Script::default());
    bed::insert(&script, 0);
    let capture = rig.capture(context(name), &script, "0").await.unwrap();
    let publish = rig.publish(context(name), "0").await.unwrap();
    rig.until("expired_events", ROWS).await;
    publish.stop().await.unwrap();
    rig.forget(&format!("{name}.publish")).await;
    let publish = rig.publish(context(name), "0").await.unwrap();
    assert_eq!(publish.ended().await.unwrap_err().code, "K-121");
    each_once(&rig, "expired_events", ROWS).await;
    capture.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raw_topic_that_was_deleted_is_a_gap_that_publish_names() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, name, script) = (bed::rig(&kafka).await, "razed", Script::default());
    bed::insert(&script, 0);
    let capture = rig.capture(context(name), &script, "0").await.unwrap();
    let publish = rig.publish(context(name), "0").await.unwrap();
    rig.until("razed_events", ROWS).await;
    publish.stop().await.unwrap();
    capture.stop().await.unwrap();
    rig.delete("priv_razed").await;
    // It starts with its topics, the raw one among them: made anew, empty.
    let publish = rig.publish(context(name), "0").await.unwrap();
    assert_eq!(publish.ended().await.unwrap_err().code, "K-121");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_whose_position_is_gone_does_not_begin_anew_in_silence() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, name, script) = (bed::rig(&kafka).await, "amnesia", Script::default());
    bed::insert(&script, 0);
    let capture = rig.capture(context(name), &script, "0").await.unwrap();
    rig.until("priv_amnesia", ROWS).await;
    capture.stop().await.unwrap();
    rig.delete("priv_amnesia.shop.progress").await;
    let capture = rig.capture(context(name), &script, "0").await.unwrap();
    assert_eq!(capture.ended().await.unwrap_err().code, "C-010");
    each_once(&rig, "priv_amnesia", ROWS).await;
}
