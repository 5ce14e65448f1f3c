//! Topics that are deleted under a running service, on a broker that would make them anew for whoever asks: the service
//! halts, says what is lost and what to do, and makes nothing by itself.

use storm_runtime::testing::{Running, Script};
use storm_runtime::{Fault, Service};

use crate::bed::{self, ROWS, context, each_once};
use crate::mini::handlers::Handlers;
use crate::mini::service::{billing, orders};

/// The fault that says that this topic was deleted.
async fn halted(running: Running, topic: &str) -> Fault {
    let fault = running.ended().await.unwrap_err();
    assert_eq!(fault.code, "K-122", "{fault}");
    assert!(fault.message.contains(&format!("`{topic}` was deleted")), "{fault}");
    fault
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raw_topic_that_is_deleted_halts_capture_and_publish_and_is_not_made_anew() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, name, script) = (bed::rig(&kafka).await, "razed", Script::default());
    let capture = rig.capture(context(name), &script, "0").await.unwrap();
    let publish = rig.publish(context(name), "0").await.unwrap();
    bed::insert(&script, 0);
    each_once(&rig, "razed_events", ROWS).await;
    rig.delete("priv_razed").await;
    // It has something to write meanwhile.
    bed::insert(&script, 1);
    let fault = halted(capture, "priv_razed").await;
    assert!(fault.help.contains("`stormc apply`") && fault.help.contains("--group razed.publish"), "{fault}");
    let address = format!("--bootstrap-server {} ", kafka.address());
    assert!(fault.help.contains(&address) && !fault.help.contains('…'), "{fault}");
    halted(publish, "priv_razed").await;
    assert!(!rig.has("priv_razed").await, "it was made anew");

    // So does a start, however often it is tried.
    for _ in 0..2 {
        let Err(fault) = rig.capture(context(name), &script, "0").await else { panic!("it has started") };
        assert_eq!(fault.code, "K-122", "{fault}");
    }
    assert!(!rig.has("priv_razed").await, "it was made anew");

    // Someone makes it, and capture goes on where it was; publish asks where.
    rig.apply(&context(name)).await;
    let capture = rig.capture(context(name), &script, "0").await.unwrap();
    each_once(&rig, "priv_razed", ROWS).await;
    let publish = rig.publish(context(name), "0").await.unwrap();
    assert_eq!(publish.ended().await.unwrap_err().code, "K-121");
    capture.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_is_deleted_and_made_anew_at_once_is_not_taken_for_the_old_one() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, name, script) = (bed::rig(&kafka).await, "reborn", Script::default());
    let capture = rig.capture(context(name), &script, "0").await.unwrap();
    bed::insert(&script, 0);
    each_once(&rig, "priv_reborn", ROWS).await;
    // Quicker than anyone can be sure that it is gone.
    rig.delete("priv_reborn").await;
    rig.apply(&context(name)).await;
    let fault = halted(capture, "priv_reborn").await;
    assert!(fault.message.contains("made anew"), "{fault}");
    // That was said: it goes on with the new one.
    let mut capture = rig.capture(context(name), &script, "0").await.unwrap();
    capture.ready().await;
    capture.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_is_made_anew_between_two_runs_is_said_once() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, name, script) = (bed::rig(&kafka).await, "swapped", Script::default());
    for run in 0..2 {
        let capture = rig.capture(context(name), &script, "0").await.unwrap();
        bed::insert(&script, run);
        each_once(&rig, "priv_swapped", (run + 1) * ROWS).await;
        capture.stop().await.unwrap();
    }
    for topic in ["swapped_events", "swapped_dead", "priv_swapped"] {
        rig.delete(topic).await;
        rig.apply(&context(name)).await;
        let Err(fault) = rig.capture(context(name), &script, "0").await else { panic!("it has started") };
        assert_eq!(fault.code, "K-122", "{fault}");
        assert!(fault.message.contains(&format!("`{topic}` was deleted and made anew")), "{fault}");
    }
    let capture = rig.capture(context(name), &script, "0").await.unwrap();
    bed::insert(&script, 2);
    each_once(&rig, "priv_swapped", ROWS).await;
    capture.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_of_positions_that_is_deleted_halts_capture_which_asks_for_another_incarnation() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, name, script) = (bed::rig(&kafka).await, "adrift", Script::default());
    let capture = rig.capture(context(name), &script, "0").await.unwrap();
    bed::insert(&script, 0);
    each_once(&rig, "priv_adrift", ROWS).await;
    rig.delete("priv_adrift.shop.progress").await;
    bed::insert(&script, 1);
    let fault = halted(capture, "priv_adrift.shop.progress").await;
    assert!(fault.help.contains("`source.shop.incarnation`"), "{fault}");
    assert!(!rig.has("priv_adrift.shop.progress").await, "it was made anew");
    let capture = rig.capture(context(name), &script, "0").await.unwrap();
    assert_eq!(capture.ended().await.unwrap_err().code, "C-010");
    each_once(&rig, "priv_adrift", ROWS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_topic_that_is_deleted_halts_its_owner_and_who_hears_it() {
    let Some(kafka) = bed::shared() else { return };
    let rig = bed::rig(&kafka).await;
    let services: [fn() -> Service; 2] = [|| billing(Handlers::default()), || orders(Handlers::default())];
    let start = async |service: fn() -> Service| rig.run(service(), &Script::default()).await;
    let mut owner = start(services[0]).await.unwrap();
    let mut hearer = start(services[1]).await.unwrap();
    owner.ready().await;
    hearer.ready().await;
    rig.delete("billing_events").await;
    let fault = halted(owner, "billing_events").await;
    assert!(fault.help.contains("published once more"), "{fault}");
    let fault = halted(hearer, "billing_events").await;
    assert!(fault.help.contains("orders.dispatch"), "{fault}");
    // Who hears it does not wait for it as for one that has never been there.
    halted(start(services[1]).await.unwrap(), "billing_events").await;
    assert_eq!(start(services[0]).await.err().unwrap().code, "K-122");
    assert!(!rig.has("billing_events").await, "it was made anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_of_commands_that_is_deleted_halts_dispatch() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, name) = (bed::rig(&kafka).await, "mute");
    let mut running = rig.run(context(name), &Script::default()).await.unwrap();
    running.ready().await;
    rig.delete("mute_commands").await;
    let fault = halted(running, "mute_commands").await;
    assert!(fault.help.contains("mute.dispatch --topic mute_commands"), "{fault}");
}
