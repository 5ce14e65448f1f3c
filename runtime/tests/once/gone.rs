//! Topics that are deleted under a running service, on a broker that would make them anew for whoever asks: the service
//! halts, says what is lost and what to do, and makes nothing by itself. One that was made anew is not used before a person
//! has said so of it.

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

/// The word that a halt asks for on a topic that was made anew, as its help has it for the file and the environment.
fn asked_for(fault: &Fault, topic: &str) -> String {
    assert_eq!(fault.code, "K-122", "{fault}");
    assert!(fault.message.contains(&format!("`{topic}` was deleted and made anew")), "{fault}");
    let line = fault.help.split('`').find(|line| line.starts_with("kafka.renewed")).expect("a line to set");
    let list = line.strip_prefix("kafka.renewed = ").unwrap();
    assert!(fault.help.contains(&format!("`STORM_KAFKA__RENEWED={list}`")), "{fault}");
    list.strip_prefix("[\"").and_then(|word| word.strip_suffix("\"]")).expect("a list of one").to_owned()
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

    // Someone makes it, and says so: capture goes on where it was; publish asks where.
    rig.apply(&context(name)).await;
    let Err(fault) = rig.capture(context(name), &script, "0").await else { panic!("it has started") };
    let rig = rig.renewed(&[&asked_for(&fault, "priv_razed")]);
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
    let word = asked_for(&halted(capture, "priv_reborn").await, "priv_reborn");
    // Whoever starts it again and again hears the same.
    for _ in 0..2 {
        let Err(fault) = rig.capture(context(name), &script, "0").await else { panic!("it has started") };
        assert_eq!(asked_for(&fault, "priv_reborn"), word);
    }
    let rig = rig.renewed(&[&word]);
    let mut capture = rig.capture(context(name), &script, "0").await.unwrap();
    capture.ready().await;
    capture.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_is_made_anew_between_two_runs_halts_each_start_until_a_person_says_so() {
    let Some(kafka) = bed::shared() else { return };
    let (mut rig, name, script) = (bed::rig(&kafka).await, "swapped", Script::default());
    for run in 0..2 {
        let capture = rig.capture(context(name), &script, "0").await.unwrap();
        bed::insert(&script, run);
        each_once(&rig, "priv_swapped", (run + 1) * ROWS).await;
        capture.stop().await.unwrap();
    }
    // The last one twice: a word for one renewal says nothing of the next.
    for topic in ["swapped_events", "swapped_dead", "priv_swapped", "priv_swapped"] {
        rig.delete(topic).await;
        rig.apply(&context(name)).await;
        let mut words = Vec::new();
        for _ in 0..2 {
            let Err(fault) = rig.capture(context(name), &script, "0").await else { panic!("it has started") };
            words.push(asked_for(&fault, topic));
        }
        assert!(words[0] == words[1] && words[0].starts_with(&format!("{topic}=")), "{words:?}");
        rig = rig.renewed(&[&words[0]]);
        rig.capture(context(name), &script, "0").await.unwrap().stop().await.unwrap();
    }
    // It is remembered: the word may go.
    let rig = rig.renewed(&[]);
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

    // Someone makes it. A word to its owner is none to who hears it.
    rig.apply(&services[0]()).await;
    let word = asked_for(&rig.run(services[0](), &Script::default()).await.err().unwrap(), "billing_events");
    let rig = rig.renewed(&[&word]);
    let mut owner = rig.run(services[0](), &Script::default()).await.unwrap();
    owner.ready().await;
    let rig = rig.renewed(&[]);
    for _ in 0..2 {
        let fault = rig.run(services[1](), &Script::default()).await.err().unwrap();
        assert_eq!(asked_for(&fault, "billing_events"), word);
    }
    let rig = rig.renewed(&[&word]);
    let hearer = rig.run(services[1](), &Script::default()).await.unwrap();
    assert_eq!(hearer.ended().await.unwrap_err().code, "K-121", "it asks where its group goes on");
    owner.stop().await.unwrap();
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
