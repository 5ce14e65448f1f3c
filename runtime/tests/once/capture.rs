//! Replicas of a capture: one at a time, whatever becomes of it, and each row once.

use std::time::Duration;

use storm_runtime::testing::{Running, Script};

use crate::bed::{self, ROWS, Writer, context, each_once, until};
use crate::replica::{Replica, SCRIPTED};

/// True while it is this replica's turn.
fn owns(running: &Running) -> bool {
    running.metrics().lines().any(|line| line.starts_with("storm_capture_owner{") && line.ends_with(" 1.0"))
}

/// All that a replica in a process of its own gets bit by bit.
fn whole_script() -> Script {
    let script = Script::default();
    (0..SCRIPTED).for_each(|transaction| bed::insert(&script, transaction));
    script
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_takes_over_from_an_owner_that_is_killed() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, name) = (bed::rig(&kafka).await, "heirs");
    let owner = Replica::start("capture", &kafka.address(), name, "owner");
    assert_eq!(owner.says(), "ready");
    let mut standby = rig.capture(context(name), &whole_script(), "standby").await.unwrap();
    // It stands by, and is ready: the position that the owner has stored is good for both.
    standby.ready().await;
    assert!(!owns(&standby));
    owner.kill9();
    until("the standby takes over", || owns(&standby)).await;
    each_once(&rig, "priv_heirs", SCRIPTED * ROWS).await;
    standby.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zombie_of_a_capture_writes_nothing_more_and_stands_by() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, name) = (bed::rig(&kafka).await, "undead");
    let zombie = Replica::start("capture", &kafka.address(), name, "zombie");
    assert_eq!(zombie.says(), "ready");
    let mut heir = rig.capture(context(name), &whole_script(), "heir").await.unwrap();
    heir.ready().await;
    rig.until("priv_undead", ROWS).await;
    zombie.freeze();
    until("the heir takes over", || owns(&heir)).await;
    // It goes on where it was: in the middle of a script whose rest the heir has written meanwhile.
    zombie.thaw();
    let said = zombie.comes_to("standby");
    assert!(!said.iter().any(|word| word == "owner"), "the zombie has its turn again: {said:?}");
    each_once(&rig, "priv_undead", SCRIPTED * ROWS).await;
    assert!(owns(&heir), "the zombie has its turn again");
    // Nobody is left who could write one more.
    drop(zombie);
    heir.stop().await.unwrap();
    each_once(&rig, "priv_undead", SCRIPTED * ROWS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_within_the_session_moves_nothing() {
    let Some(kafka) = bed::shared() else { return };
    // Long enough that a restart is within it on any machine.
    let rig = bed::rig(&kafka).await.settings(&[("session.timeout.ms", "60000")]);
    let name = "static";
    let writer = Writer::start(Duration::from_millis(10));
    let mut owner = rig.capture(context(name), writer.script(), "a").await.unwrap();
    until("the first one captures", || owns(&owner)).await;
    let mut standby = rig.capture(context(name), writer.script(), "b").await.unwrap();
    standby.ready().await;
    for _ in 0..3 {
        owner.stop().await.unwrap();
        owner = rig.capture(context(name), writer.script(), "a").await.unwrap();
        until("the restarted one captures again", || owns(&owner)).await;
        assert!(!owns(&standby));
    }
    let expected = writer.end().await;
    each_once(&rig, "priv_static", expected).await;
    owner.stop().await.unwrap();
    standby.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_captures_with_one_name_the_older_halts_with_a_code() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, name) = (bed::rig(&kafka).await, "namesake");
    let writer = Writer::start(Duration::from_millis(10));
    let older = rig.capture(context(name), writer.script(), "same").await.unwrap();
    until("the older one captures", || owns(&older)).await;
    let newer = rig.capture(context(name), writer.script(), "same").await.unwrap();
    assert_eq!(older.ended().await.unwrap_err().code, "K-106");
    until("the newer one captures", || owns(&newer)).await;
    let expected = writer.end().await;
    each_once(&rig, "priv_namesake", expected).await;
    newer.stop().await.unwrap();
}
