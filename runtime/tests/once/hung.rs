//! A producer that hangs in its transaction holds up everybody behind it: that is measured, and ends when it does.

use storm_runtime::testing::{Running, Script};

use crate::bed::{self, ROWS, context, each_once, until};

/// The sum of a metric's series for a topic.
fn of_topic(running: &Running, metric: &str, topic: &str) -> Option<f64> {
    let text = running.metrics();
    let is_it = |name: &str| name.starts_with(&format!("{metric}{{")) && name.contains(topic);
    let series = text.lines().filter_map(|line| line.rsplit_once(' ')).filter(|(name, _)| is_it(name));
    series.filter_map(|(_, value)| value.parse::<f64>().ok()).reduce(|sum, value| sum + value)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_hangs_is_measured_until_it_ends() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, name, script) = (bed::rig(&kafka).await, "hung", Script::default());
    let capture = rig.capture(context(name), &script, "0").await.unwrap();
    let mut publish = rig.publish(context(name), "0").await.unwrap();
    publish.ready().await;
    bed::insert(&script, 0);
    each_once(&rig, "hung_events", ROWS).await;
    let shown = |metric: &str| of_topic(&publish, metric, "topic=\"priv_hung\"");
    let [records, seconds] = ["storm_open_transaction_records", "storm_open_transaction_seconds"];
    until("nothing is held up", || (shown(records), shown(seconds)) == (Some(0.0), Some(0.0))).await;

    let hung = rig.hang("priv_hung").await;
    bed::insert(&script, 1);
    until("it is seen to hang", || shown(records) >= Some(1.0) && shown(seconds) > Some(0.5)).await;
    let before = shown(seconds);
    until("it is seen to hang for longer", || shown(seconds) > before.map(|time| time + 0.5)).await;

    hung.end().await;
    until("nothing is held up", || (shown(records), shown(seconds)) == (Some(0.0), Some(0.0))).await;
    each_once(&rig, "hung_events", 2 * ROWS).await;
    publish.stop().await.unwrap();
    capture.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn offsets_that_an_open_transaction_keeps_back_are_named_and_waited_for() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, name, script) = (bed::rig(&kafka).await, "kept", Script::default());
    let capture = rig.capture(context(name), &script, "0").await.unwrap();
    bed::insert(&script, 0);
    each_once(&rig, "priv_kept", ROWS).await;
    let hung = rig.hang_offsets("kept.publish", "priv_kept").await;
    let publish = rig.publish(context(name), "0").await.unwrap();
    let named = || {
        let text = publish.metrics();
        text.lines().any(|line| line.contains("code=\"K-127\"") && !line.ends_with(" 0"))
    };
    until("it is said what is waited for", named).await;
    hung.end().await;
    each_once(&rig, "kept_events", ROWS).await;
    publish.stop().await.unwrap();
    capture.stop().await.unwrap();
}
