//! Publishers come, go, die and stall; each event is published once and in order of its key.

use std::time::Duration;

use storm_runtime::testing::Running;

use crate::bed::{self, Writer, context, each_once, turns, until};
use crate::replica::Replica;

/// How many records a publisher has made events of.
fn published(running: &Running, name: &str) -> u64 {
    let line = format!("storm_stage_records_total{{context=\"{name}\",stage=\"raw_transformed\"}} ");
    running.metrics().lines().find_map(|l| l.strip_prefix(&line)?.parse().ok()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_once_while_rebalances_follow_each_other() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, name) = (bed::rig(&kafka).await, "churn");
    let writer = Writer::start(Duration::from_millis(10));
    let capture = rig.capture(context(name), writer.script(), "0").await.unwrap();
    let mut steady = rig.publish(context(name), "steady").await.unwrap();
    let mut second = rig.publish(context(name), "second").await.unwrap();
    steady.ready().await;
    second.ready().await;
    // A guest takes partitions in two rebalances and gives them back in two more, as soon as it has published something.
    let passing = bed::rig(&kafka).await.settings(&[("group.instance.id", "")]);
    let mut by_guests = 0;
    for round in 0..4 {
        let guest = passing.publish(context(name), &format!("guest-{round}")).await.unwrap();
        until("the guest publishes", || published(&guest, name) > 0).await;
        by_guests += published(&guest, name);
        guest.stop().await.unwrap();
    }
    let expected = writer.end().await;
    each_once(&rig, "churn_events", expected).await;
    let members = [published(&steady, name), published(&second, name), by_guests];
    println!("{expected} events, by members: {members:?}");
    assert!(!members.contains(&0), "no partition has moved: {members:?}");
    for running in [steady, second, capture] {
        running.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_open_when_partitions_go_is_aborted_first() {
    let Some(kafka) = bed::shared() else { return };
    // It would still be open, and could be committed under the new generation, long after the guest has its partitions.
    let patient = bed::rig(&kafka)
        .await
        .settings(&[("transaction.timeout.ms", "60000")])
        .publish_every(Duration::from_secs(5));
    let (rig, name) = (bed::rig(&kafka).await, "revoke");
    let writer = Writer::start(Duration::from_millis(5));
    let capture = rig.capture(context(name), writer.script(), "0").await.unwrap();
    let steady = patient.publish(context(name), "steady").await.unwrap();
    rig.until("revoke_events", 1).await;
    let guest = rig.publish(context(name), "guest").await.unwrap();
    until("the guest publishes", || published(&guest, name) > 0).await;
    let expected = writer.end().await;
    each_once(&rig, "revoke_events", expected).await;
    for running in [steady, guest, capture] {
        running.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_once_through_kills_and_a_zombie() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, name, address) = (bed::rig(&kafka).await, "deaths", kafka.address());
    let writer = Writer::start(Duration::from_millis(10));
    let capture = rig.capture(context(name), writer.script(), "0").await.unwrap();
    let publisher = |instance: &str| Replica::start("publish", &address, name, instance);
    let (mut killed, zombie) = (publisher("killed"), publisher("zombie"));
    assert_eq!((killed.says(), zombie.says()), ("ready".into(), "ready".into()));
    let mut steady = rig.publish(context(name), "steady").await.unwrap();
    steady.ready().await;
    let (mut seen, mut rebalances) = (400, 0);
    for round in 0..4 {
        rig.until("deaths_events", seen).await;
        seen += 800;
        match round {
            1 => {
                rebalances = turns(&steady, "gained");
                zombie.freeze();
            }
            // Its place and its records are others' by now. It finds that out, gives up what it had, and is a member once more.
            3 => {
                until("the group goes on without it", || turns(&steady, "gained") > rebalances).await;
                zombie.thaw();
                let said = zombie.comes_to("joined");
                assert!(
                    said.iter().any(|word| word == "lost" || word == "anew"),
                    "it was never out: {said:?}"
                );
            }
            _ => {
                killed.kill9();
                killed = publisher("killed");
                assert_eq!(killed.says(), "ready");
            }
        }
    }
    let expected = writer.end().await;
    each_once(&rig, "deaths_events", expected).await;
    assert_eq!(rig.read("deaths_dead").await.len(), 0);
    steady.stop().await.unwrap();
    capture.stop().await.unwrap();
    // Nobody is left who could write one more.
    drop((killed, zombie));
    each_once(&rig, "deaths_events", expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stall_longer_than_its_transaction_halts_no_publisher() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, name) = (bed::rig(&kafka).await, "stall");
    let writer = Writer::start(Duration::from_millis(5));
    let capture = rig.capture(context(name), writer.script(), "0").await.unwrap();
    let alone = Replica::start("publish", &kafka.address(), name, "alone");
    assert_eq!(alone.says(), "ready");
    for _ in 0..2 {
        rig.until("stall_events", 200).await;
        alone.freeze();
        // The broker ends the open transaction after 2 s and takes the member out of its group.
        tokio::time::sleep(Duration::from_millis(3_500)).await;
        alone.thaw();
    }
    let expected = writer.end().await;
    each_once(&rig, "stall_events", expected).await;
    capture.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_publishers_with_one_name_the_older_halts_with_a_code() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, name) = (bed::rig(&kafka).await, "twins");
    let writer = Writer::start(Duration::from_millis(10));
    let capture = rig.capture(context(name), writer.script(), "0").await.unwrap();
    let mut older = rig.publish(context(name), "same").await.unwrap();
    older.ready().await;
    rig.until("twins_events", 50).await;
    let newer = rig.publish(context(name), "same").await.unwrap();
    assert_eq!(older.ended().await.unwrap_err().code, "K-106");
    let expected = writer.end().await;
    each_once(&rig, "twins_events", expected).await;
    newer.stop().await.unwrap();
    capture.stop().await.unwrap();
}
