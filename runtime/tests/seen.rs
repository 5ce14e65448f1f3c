//! What one sees of a running service: every metric is described, and lag is right in the places where it easily is not.
//! On the Kafka that STORM_KAFKA names, or on the embedded broker. STORM_BLESS=1 writes docs/metrics.md.

mod mini;
#[path = "mini/topics.rs"]
mod topics;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use mini::handlers::Handlers;
use mini::messages::{Charge, raw_order};
use mini::service::{billing, orders};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use storm_runtime::Message;
use storm_runtime::testing::{Described, Rig, Running, Script, described};
use topics::TOPICS;

const PATIENCE: Duration = Duration::from_secs(60);

async fn rig() -> Rig {
    Rig::in_turn(&TOPICS).await
}

/// The value of every series: `name{labels}`, and the number behind it.
fn series(running: &Running) -> BTreeMap<String, f64> {
    let text = running.metrics();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(name, value)| (name.into(), value.parse().unwrap()))
        .collect()
}

/// The sum of a metric's series that hold this.
fn sum(running: &Running, metric: &str, holding: &str) -> f64 {
    let of = |name: &str| name.starts_with(&format!("{metric}{{")) && name.contains(holding);
    series(running).iter().filter(|(name, _)| of(name)).map(|(_, value)| value).sum()
}

/// Waits until the metrics are as they should be.
async fn until(running: &Running, what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "never seen: {what}:\n{}", running.metrics());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn send_charge(rig: &Rig, key: &str, id: &str, total: &str) {
    let charge = Charge { order_id: id.into(), total: total.parse().unwrap() };
    let headers = [
        ("ce_type", Some(Charge::NAME.as_bytes())),
        ("ce_id", Some(id.as_bytes())),
        ("ce_source", Some(b"/orders".as_slice())),
        ("ce_specversion", Some(b"1.0".as_slice())),
    ];
    rig.write("billing_commands", Some(key), &headers, Some(&charge.encode())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lag_is_zero_when_all_is_done_though_markers_take_offsets() {
    let rig = rig().await;
    let script = Script::default();
    let billing = rig.run(billing(Handlers::default()), &Script::default()).await.unwrap();
    let orders = rig.run(orders(Handlers::default()), &script).await.unwrap();
    for n in 0..20 {
        let id = format!("o-{n}");
        script.insert(&[(&id, raw_order(None, (&id, "placed", "20.00")))]);
    }
    // Each charge comes back as an event, and is noted as another one.
    let noted = rig.until("orders_events", 40).await;
    let ends = noted.iter().map(|event| event.offset).max().unwrap();
    assert!(ends >= 20 / 3, "records stand between markers: the last one is at {ends}");
    for (running, topics) in
        [(&orders, ["priv_orders", "billing_events"]), (&billing, ["priv_billing", "billing_commands"])]
    {
        for topic in topics {
            let label = format!("topic=\"{topic}\"");
            until(running, &format!("a lag of 0 on {topic}"), || {
                let shown = series(running)
                    .keys()
                    .any(|name| name.starts_with("storm_lag_records{") && name.contains(&label));
                shown
                    && sum(running, "storm_lag_records", &label) == 0.0
                    && sum(running, "storm_lag_seconds", &label) == 0.0
            })
            .await;
            assert!(sum(running, "storm_partition_records_total", &label) >= 20.0, "{}", running.metrics());
        }
    }
    until(&orders, "policies that are level", || sum(&orders, "storm_policy_lag_records", "") == 0.0).await;
    // The rest of what one sees is there.
    for (metric, holding) in [
        ("storm_rebalances_total", "group=\"dispatch\",turn=\"gained\""),
        ("storm_assigned_partitions", "group=\"publish\""),
        ("storm_handling_seconds_count", "name=\"ChargeOnPlacement\""),
        ("storm_retrieval_age_seconds_count", "name=\"NoteOnCharge\""),
        ("storm_kafka_requests_total", "client=\"publish-producer\""),
        ("storm_kafka_round_trip_seconds", "client=\"dispatch-consumer\",quantile=\"0.99\""),
        ("storm_kafka_connected_brokers", "client=\"capture.shop-producer\""),
    ] {
        until(&orders, metric, || sum(&orders, metric, holding) > 0.0).await;
    }
    orders.stop().await.unwrap();
    billing.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lag_is_right_while_a_partition_is_paused_and_when_records_expire() {
    let rig = rig().await;
    let handlers = Handlers::default();
    handlers.outage.store(u32::MAX, Ordering::SeqCst);
    let running = rig.run(billing(handlers.clone()), &Script::default()).await.unwrap();
    // One key, one partition, more than may be in work; and the bank is down.
    for n in 0..300 {
        send_charge(&rig, "same", &format!("c-{n}"), "16.00").await;
    }
    until(&running, "a paused partition", || sum(&running, "storm_paused_partitions", "") == 1.0).await;
    let lag = |of: &str| sum(&running, of, "");
    until(&running, "300 records of lag", || lag("storm_lag_records") == 300.0).await;
    until(&running, "the policy's lag", || lag("storm_policy_lag_records") == 300.0).await;
    until(&running, "an age that grows", || {
        lag("storm_lag_seconds") > 0.5 && lag("storm_policy_lag_seconds") > 0.5
    })
    .await;
    assert_eq!(sum(&running, "storm_in_flight_records", "name=\"Charge\""), 256.0);

    // The log loses what was not read: it is no lag any more, and it is said that it is gone.
    let commands = rig.read("billing_commands").await;
    let (partition, end) = (commands[0].partition, commands.last().unwrap().offset + 1);
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", rig.address()).create().unwrap();
    let mut to = TopicPartitionList::new();
    to.add_partition_offset("billing_commands", partition, Offset::Offset(end - 10)).unwrap();
    admin.delete_records(&to, &AdminOptions::new()).await.unwrap();
    until(&running, "34 records that are gone", || lag("storm_gone_records") == 34.0).await;
    until(&running, "a lag of what is left", || lag("storm_lag_records") == 266.0).await;
    // It would halt at the gap.
    let _ = running.stop().await;
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lag_moves_with_its_partitions() {
    let rig = rig().await;
    let script = Script::default();
    let first = rig.run(orders(Handlers::default()), &script).await.unwrap();
    let raw = |running: &Running| {
        let all = series(running);
        let of = |name: &&String| name.starts_with("storm_lag_records{") && name.contains("priv_orders");
        all.keys().filter(of).count()
    };
    until(&first, "all three partitions", || raw(&first) == 3).await;
    let second = rig.publish(orders(Handlers::default()), "1").await.unwrap();
    until(&first, "partitions that went", || raw(&first) + raw(&second) == 3 && raw(&second) > 0).await;
    assert!(sum(&first, "storm_rebalances_total", "group=\"publish\",turn=\"lost\"") > 0.0);
    assert_eq!(sum(&first, "storm_assigned_partitions", "publish") as usize, raw(&first));
    second.stop().await.unwrap();
    first.stop().await.unwrap();
    rig.end().await;
}

/// The partition that a label names.
fn partition(name: &str) -> i32 {
    let (_, rest) = name.split_once("partition=\"").unwrap();
    rest.split('"').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn lag_is_right_after_a_rebalance_over_both_members() {
    const CHARGES: usize = 90;
    let rig = rig().await;
    let handlers = Handlers::default();
    handlers.outage.store(u32::MAX, Ordering::SeqCst);
    let start = async |instance: &str| {
        rig.replica(billing(handlers.clone()), &Script::default(), instance, "").await.unwrap()
    };
    let first = start("0").await;
    // The bank is down, so what is written is what is behind.
    for n in 0..CHARGES {
        let id = format!("c-{n}");
        send_charge(&rig, &id, &id, "16.00").await;
    }
    let mut written = BTreeMap::new();
    for command in rig.until("billing_commands", CHARGES).await {
        *written.entry(command.partition).or_insert(0.0) += 1.0;
    }
    assert_eq!(written.len(), 3, "each partition has some: {written:?}");
    // What a member says of each of its partitions; seconds as well, each more than nothing.
    let lags = |running: &Running| -> BTreeMap<i32, f64> {
        let all = series(running);
        let of = |metric: &str| -> BTreeMap<i32, f64> {
            let ours = all.iter().filter(|(name, _)| {
                name.starts_with(&format!("{metric}{{")) && name.contains("topic=\"billing_commands\"")
            });
            ours.map(|(name, lag)| (partition(name), *lag)).collect()
        };
        let (records, seconds) = (of("storm_lag_records"), of("storm_lag_seconds"));
        let behind = |place: &i32| seconds.get(place).is_some_and(|lag| *lag > 0.0);
        records.into_iter().filter(|(place, _)| behind(place)).collect()
    };
    until(&first, "all of it behind", || lags(&first) == written).await;

    let second = start("1").await;
    let both = || {
        let (one, other) = (lags(&first), lags(&second));
        let twice = one.keys().any(|place| other.contains_key(place));
        (!twice && !one.is_empty() && !other.is_empty())
            .then(|| [one, other].into_iter().flatten().collect::<BTreeMap<i32, f64>>())
    };
    until(&first, "the same, over both members", || both() == Some(written.clone())).await;
    let share = |running: &Running| sum(running, "storm_policy_lag_records", "name=\"Charge\"");
    until(&first, "the command's lag over both", || share(&first) + share(&second) == CHARGES as f64).await;
    assert!(share(&first) > 0.0 && share(&second) > 0.0);

    // And back: who goes leaves nothing behind.
    second.stop().await.unwrap();
    until(&first, "all of it with the one that stays", || lags(&first) == written).await;
    handlers.outage.store(0, Ordering::SeqCst);
    assert_eq!(rig.until("billing_events", CHARGES).await.len(), CHARGES);
    until(&first, "nothing behind", || sum(&first, "storm_lag_records", "") == 0.0).await;
    first.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lag_that_cannot_be_found_out_is_counted_and_its_loop_goes_on() {
    let rig = Rig::embedded().await;
    let handlers = Handlers::default();
    handlers.outage.store(u32::MAX, Ordering::SeqCst);
    let running = rig.run(billing(handlers), &Script::default()).await.unwrap();
    send_charge(&rig, "c-1", "c-1", "16.00").await;
    until(&running, "a lag", || sum(&running, "storm_lag_records", "") == 1.0).await;
    rig.end().await;
    until(&running, "K-130", || sum(&running, "storm_failures_total", "code=\"K-130\"") > 1.0).await;
    // Its loops wait for their broker.
    drop(running);
}

/// The guide's page, from the table that the code counts by.
fn page(metrics: &[Described]) -> String {
    let mut page = String::from(include_str!("seen/metrics.head.md"));
    for metric in metrics {
        let unit = ["seconds", "bytes", "records", "partitions", "requests", "spans", "keys", "rows"]
            .into_iter()
            .find(|unit| metric.name.trim_end_matches("_total").ends_with(unit))
            .unwrap_or("");
        let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let (name, kind, labels) = (metric.name, metric.kind, labels.join(" "));
        writeln!(page, "| `{name}` | {kind} | {unit} | {labels} | {} |", metric.help).unwrap();
    }
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_is_described_and_nothing_else_is_exposed() {
    let metrics = described();
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/metrics.md");
    if std::env::var_os("STORM_BLESS").is_some() {
        std::fs::write(&guide, page(&metrics)).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&guide).unwrap_or_default(),
        page(&metrics),
        "STORM_BLESS=1 writes it"
    );

    let rig = rig().await;
    let script = Script::default();
    let billing = rig.run(billing(Handlers::default()), &Script::default()).await.unwrap();
    let running = rig.run(orders(Handlers::default()), &script).await.unwrap();
    script.insert(&[("test-1", raw_order(None, ("test-1", "placed", "1.00")))]);
    send_charge(&rig, "c-14", "c-14", "14.00").await;
    rig.until("orders_events", 1).await;
    rig.until("billing_dead", 1).await;
    for running in [&running, &billing] {
        let shown = || series(running).keys().any(|name| name.starts_with("storm_lag_records{"));
        until(running, "a lag", shown).await;
        until(running, "figures", || sum(running, "storm_kafka_requests_total", "dispatch") > 0.0).await;
        let looked = || series(running).keys().any(|name| name.starts_with("storm_handler_running_seconds{"));
        until(running, "a look at the handlers", looked).await;
    }
    let text = running.metrics() + &billing.metrics();
    let declared: BTreeSet<(String, String)> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
        .map(|(name, kind)| {
            (name.to_owned() + if kind == "counter" { "_total" } else { "" }, kind.to_owned())
        })
        .collect();
    let expected: BTreeSet<(String, String)> =
        metrics.iter().map(|metric| (metric.name.to_owned(), metric.kind.to_owned())).collect();
    assert_eq!(declared, expected);
    for name in series(&running).keys().chain(series(&billing).keys()) {
        let (name, labels) = name
            .split_once('{')
            .map_or((name.as_str(), ""), |(name, rest)| (name, rest.trim_end_matches('}')));
        let is_histogram = ["_bucket", "_sum", "_count"].iter().find_map(|part| name.strip_suffix(part));
        let metric =
            metrics.iter().find(|metric| metric.name == name || Some(metric.name) == is_histogram).unwrap();
        let shown: Vec<&str> =
            labels.split(',').filter_map(|label| label.split_once('=')).map(|(label, _)| label).collect();
        let shown: Vec<&str> = shown.into_iter().filter(|label| *label != "le").collect();
        assert_eq!(shown, metric.labels, "the labels of {name}");
    }
    billing.stop().await.unwrap();
    running.stop().await.unwrap();
    rig.end().await;
}
