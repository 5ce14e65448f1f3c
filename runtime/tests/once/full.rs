//! A Kafka whose disk is full: what is written there fails, and the broker gives up. Once it has room again, nothing is lost
//! and nothing is there twice.

use std::time::Duration;

use storm_servers::{Kafka, Server};

use crate::bed::{self, Writer, context, each_once};

/// So much fits into a file of the broker's, its segments among them.
const FULL: u64 = 32 << 10;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing_and_doubles_nothing() {
    bed::on_a_sound_node(fills).await;
}

/// Whether Kafka has kept its own part of the promise.
async fn fills(kafka: &mut Server) -> bool {
    let (rig, name) = (bed::rig(kafka).await, "full");
    let writer = Writer::start(Duration::from_millis(10));
    let capture = rig.capture(context(name), writer.script(), "0").await.unwrap();
    let publish = rig.publish(context(name), "0").await.unwrap();
    bed::holding(&rig, "full_events", 200).await;
    kafka.fill_disk(FULL).unwrap();
    let ended = kafka.ends_within(Duration::from_secs(60)).unwrap();
    assert!(ended, "the broker goes on though its files cannot grow: {}", kafka.log().display());
    // Rows come in while nobody takes them, and after.
    kafka.kill9().unwrap();
    Kafka::end_session(kafka).unwrap();
    kafka.restart().unwrap();
    let expected = writer.end().await;
    bed::holding(&rig, "full_events", expected).await;
    if !bed::wrote_its_markers(kafka) {
        return false;
    }
    each_once(&rig, "priv_full", expected).await;
    each_once(&rig, "full_events", expected).await;
    assert_eq!(rig.read("full_dead").await.len(), 0);
    for running in [publish, capture] {
        running.stop().await.unwrap();
    }
    true
}
