//! What befalls Kafka itself, and what is lost of it: nothing of ours, or a loop halts with a code that says what to do.

use std::time::Duration;

use storm_runtime::testing::Script;
use storm_servers::Kafka;

use crate::bed::{self, ROWS, Writer, context, each_once};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a loop takes its own earlier client for a rival at times"]
async fn nothing_is_lost_or_doubled_when_kafka_dies_and_stalls() {
    let Some(mut kafka) = bed::kafka() else { return };
    let (rig, name) = (bed::rig(&kafka).await, "outage");
    let writer = Writer::start(Duration::from_millis(10));
    let capture = rig.capture(context(name), writer.script(), "0").await.unwrap();
    let publish = rig.publish(context(name), "0").await.unwrap();
    bed::holding(&rig, "outage_events", 200).await;
    kafka.kill9().unwrap();
    // One node cannot hand its partitions over to another: one that meets its own old session loses markers.
    Kafka::end_session(&kafka).unwrap();
    kafka.restart().unwrap();
    let before = bed::holding(&rig, "outage_events", 200).await.len();
    bed::holding(&rig, "outage_events", before + 200).await;
    // Longer than every session and transaction.
    kafka.freeze().unwrap();
    tokio::time::sleep(Duration::from_millis(4_000)).await;
    kafka.thaw().unwrap();
    let before = bed::holding(&rig, "outage_events", 200).await.len();
    bed::holding(&rig, "outage_events", before + 200).await;
    let expected = writer.end().await;
    bed::wrote_its_markers(&kafka);
    each_once(&rig, "priv_outage", expected).await;
    each_once(&rig, "outage_events", expected).await;
    publish.stop().await.unwrap();
    capture.stop().await.unwrap();
}

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
