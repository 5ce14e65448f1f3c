//! What befalls Kafka itself, and what is lost of it: nothing of ours, or a loop halts with a code that says what to do.

use std::collections::BTreeSet;
use std::time::Duration;

use storm_runtime::testing::Script;
use storm_servers::{Kafka, Server};

use crate::bed::{self, ROWS, Writer, context, each_once};
use crate::mini::handlers::Handlers;
use crate::mini::messages::raw_order;
use crate::mini::service::{billing, orders};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_when_kafka_dies_and_stalls() {
    bed::on_a_sound_node(capture_and_publish).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_and_commands_wait_while_kafka_is_dead_and_stalls_and_go_on_after() {
    bed::on_a_sound_node(policies_and_commands).await;
}

async fn capture_and_publish(kafka: &mut Server) -> bool {
    let (rig, name) = (bed::rig(kafka).await, "outage");
    let writer = Writer::start(Duration::from_millis(10));
    let mut capture = rig.capture(context(name), writer.script(), "0").await.unwrap();
    let mut publish = rig.publish(context(name), "0").await.unwrap();
    let outage = async {
        bed::holding(&rig, "outage_events", 200).await;
        die(kafka);
        kafka.restart().unwrap();
        let before = bed::holding(&rig, "outage_events", 200).await.len();
        bed::holding(&rig, "outage_events", before + 200).await;
        stall(kafka).await;
        let before = bed::holding(&rig, "outage_events", 200).await.len();
        bed::holding(&rig, "outage_events", before + 200).await;
        let expected = writer.end().await;
        if !bed::wrote_its_markers(kafka) {
            return false;
        }
        each_once(&rig, "priv_outage", expected).await;
        each_once(&rig, "outage_events", expected).await;
        true
    };
    let is_sound = capture.outlives(publish.outlives(outage)).await;
    publish.stop().await.unwrap();
    capture.stop().await.unwrap();
    is_sound
}

/// An order is charged in the one context, and that is noted in the other: two policies and two commands.
async fn policies_and_commands(kafka: &mut Server) -> bool {
    let (rig, script) = (bed::rig(kafka).await, Script::default());
    let mut billing = rig.run(billing(Handlers::default()), &Script::default()).await.unwrap();
    let mut orders = rig.run(orders(Handlers::default()), &script).await.unwrap();
    let order = |id: &str| script.insert(&[(id, raw_order(None, (id, "placed", "20.00")))]);
    let ready = [billing.readiness(), orders.readiness()];
    let outage = async {
        bed::until("both are ready", || ready.iter().all(|ready| ready())).await;
        order("o-1");
        bed::holding(&rig, "orders_events", 2).await;
        die(kafka);
        bed::until("neither is ready", || ready.iter().all(|ready| !ready())).await;
        order("o-2");
        kafka.restart().unwrap();
        bed::holding(&rig, "orders_events", 4).await;
        bed::until("both are ready again", || ready.iter().all(|ready| ready())).await;
        tokio::join!(stall(kafka), async { order("o-3") });
        let events = bed::holding(&rig, "orders_events", 6).await;
        if !bed::wrote_its_markers(kafka) {
            return false;
        }
        let ids: BTreeSet<&str> = events.iter().map(|event| event.header("ce_id")).collect();
        assert_eq!((events.len(), ids.len()), (6, 6), "each order is placed once and noted once");
        for dead in ["orders_dead", "billing_dead"] {
            assert_eq!(rig.read(dead).await.len(), 0, "`{dead}`: an outage burns no attempt");
        }
        true
    };
    let is_sound = billing.outlives(orders.outlives(outage)).await;
    orders.stop().await.unwrap();
    billing.stop().await.unwrap();
    is_sound
}

/// One node cannot hand its partitions over to another: one that meets its own old session loses markers.
fn die(kafka: &mut Server) {
    kafka.kill9().unwrap();
    Kafka::end_session(kafka).unwrap();
}

/// Longer than every session and transaction.
async fn stall(kafka: &Server) {
    kafka.freeze().unwrap();
    tokio::time::sleep(Duration::from_millis(4_000)).await;
    kafka.thaw().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_starts_while_kafka_stands_still_waits_for_it() {
    let Some(kafka) = bed::kafka() else { return };
    let (rig, name, script) = (bed::rig(&kafka).await, "late", Script::default());
    bed::insert(&script, 0);
    rig.apply(&context(name)).await;
    kafka.freeze().unwrap();
    let thaw = async {
        // Longer than one question waits for its answer.
        tokio::time::sleep(Duration::from_secs(7)).await;
        kafka.thaw().unwrap();
    };
    let (capture, publish, ()) =
        tokio::join!(rig.capture(context(name), &script, "0"), rig.publish(context(name), "0"), thaw);
    each_once(&rig, "late_events", ROWS).await;
    for running in [capture, publish] {
        running.unwrap().stop().await.unwrap();
    }
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
    let fault = publish.ended().await.unwrap_err();
    assert_eq!(fault.code, "K-121", "{fault}");
    each_once(&rig, "expired_events", ROWS).await;
    // All partitions at once: nobody pastes a command for each.
    bed::does_as_told(&kafka, &fault);
    let publish = rig.publish(context(name), "0").await.unwrap();
    let events = bed::holding(&rig, "expired_events", 2 * ROWS).await;
    let ids: BTreeSet<&str> = events.iter().map(|event| event.header("ce_id")).collect();
    assert_eq!((events.len(), ids.len()), (2 * ROWS, ROWS), "once more, under the same ids");
    publish.stop().await.unwrap();
    capture.stop().await.unwrap();
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
    let fault = capture.ended().await.unwrap_err();
    assert_eq!(fault.code, "C-010", "{fault}");
    assert!(fault.help.contains("set `source.shop.incarnation = 2`"), "{fault}");
    each_once(&rig, "priv_amnesia", ROWS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_its_group_does_not_take_says_why() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, name, script) = (bed::rig(&kafka).await, "refused", Script::default());
    bed::insert(&script, 0);
    let capture = rig.capture(context(name), &script, "0").await.unwrap();
    each_once(&rig, "priv_refused", ROWS).await;
    // Shorter than the brokers allow.
    let hasty = bed::rig(&kafka).await.settings(&[("session.timeout.ms", "200")]);
    let publish = hasty.publish(context(name), "0").await.unwrap();
    let named = || {
        let text = publish.metrics();
        text.lines().any(|line| line.contains("code=\"K-104\"") && !line.ends_with(" 0"))
    };
    bed::until("it says why it does not join", named).await;
    publish.stop().await.unwrap();
    capture.stop().await.unwrap();
}
