//! The whole way of a record through hand-written contexts: on the Kafka that STORM_KAFKA names, or on the embedded broker.

mod mini;
#[path = "mini/topics.rs"]
mod topics;

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use mini::handlers::Handlers;
use mini::messages::{Charge, Charged, OrderPlaced, raw_order};
use mini::service::{billing, orders};
use storm_runtime::testing::{Heard, Rig, Running, Script, Seen};
use storm_runtime::{Decimal, Message, lineage::Lineage};
use topics::TOPICS;

async fn rig() -> Rig {
    Rig::in_turn(&TOPICS).await
}

fn placed(id: &str, total: &str) -> Vec<u8> {
    raw_order(None, (id, "placed", total))
}

/// How many records of `orders` went through a stage.
fn counted(running: &Running, stage: &str) -> u64 {
    let line = format!("storm_stage_records_total{{context=\"orders\",stage=\"{stage}\"}} ");
    running.metrics().lines().find_map(|l| l.strip_prefix(&line)?.parse().ok()).unwrap()
}

fn ids(seen: &[Seen]) -> HashSet<String> {
    seen.iter().map(|seen| seen.header("ce_id").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_goes_the_whole_way() {
    let rig = rig().await;
    let script = Script::default();
    let billing = rig.run(billing(Handlers::default()), &Script::default()).await.unwrap();
    let orders = rig.run(orders(Handlers::default()), &script).await.unwrap();
    script.insert(&[("o-1", placed("o-1", "20.00")), ("test-2", placed("test-2", "20.00"))]);

    let noted = rig.until("orders_events", 3).await;
    let event =
        noted.iter().find(|e| e.key == "o-1" && e.header("ce_type").ends_with("OrderPlaced")).unwrap();
    assert_eq!(event.header("ce_id"), "shop.1/0-1-1/shop.orders/0/OrderPlaced");
    assert_eq!(event.header("ce_source"), "/shop");
    assert_eq!(event.header("ce_time"), "2023-11-14T22:13:20.000000Z");
    assert_eq!(event.header("content-type"), "application/protobuf");
    assert_eq!(OrderPlaced::decode(event.body.as_deref().unwrap()).unwrap().total, Decimal::new(2000, 2));

    let commands = rig.read("billing_commands").await;
    assert_eq!(commands.len(), 1, "an order that starts with `test` is skipped");
    let lineage = Lineage::unpack(commands[0].header("lineage")).unwrap();
    assert_eq!(lineage.causation, event.header("ce_id"));
    assert_eq!((lineage.correlation.as_str(), lineage.hop), ("shop.1/0-1-1", 1));

    let noted = noted.iter().find(|event| event.header("ce_type").ends_with("OrderNoted")).unwrap();
    let lineage = Lineage::unpack(noted.header("lineage")).unwrap();
    assert_eq!(
        (lineage.correlation.as_str(), lineage.hop),
        ("shop.1/0-1-1", 2),
        "one chain over two contexts"
    );
    for stage in ["raw_pushed", "raw_transformed", "public_pushed", "retrieved", "processed"] {
        assert_ne!(counted(&orders, stage), 0, "nothing was counted at {stage}");
    }
    orders.stop().await.unwrap();
    billing.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_through_restarts_and_lost_connections() {
    let rig = rig().await;
    let script = Script::default();
    let mut written = 0;
    for round in 0..3 {
        let running = rig.run(orders(Handlers::default()), &script).await.unwrap();
        for _ in 0..20 {
            let rows: Vec<(String, Vec<u8>)> = (0..10)
                .map(|n| format!("test-{}", written + n))
                .map(|id| (id.clone(), placed(&id, "1.00")))
                .collect();
            script.insert(&rows.iter().map(|(id, body)| (id.as_str(), body.clone())).collect::<Vec<_>>());
            written += 10;
            if round == 1 {
                script.disconnect();
            }
        }
        // Stopped in the middle of its work, but for the last time.
        if round == 2 {
            rig.until("orders_events", written).await;
        }
        running.stop().await.unwrap();
    }
    let raw = rig.read("priv_orders").await;
    assert_eq!((raw.len(), ids(&raw).len()), (written, written), "raw records, and how many different ones");
    let events = rig.read("orders_events").await;
    assert_eq!((events.len(), ids(&events).len()), (written, written), "events, and how many different ones");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_transaction_is_cut_and_resumed() {
    let rig = rig().await;
    let script = Script::default();
    // 3,000 rows of 1 kB: some three Kafka transactions for one of the source.
    let long = "x".repeat(1_000);
    let rows: Vec<(String, Vec<u8>)> = (0..3_000)
        .map(|n| format!("test-{n}"))
        .map(|id| (id.clone(), raw_order(None, (&id, &long, "1.00"))))
        .collect();
    script.insert(&rows.iter().map(|(id, body)| (id.as_str(), body.clone())).collect::<Vec<_>>());
    let commit = "[capture]\ncommit_bytes = \"1MiB\"";
    let running = rig.replica(orders(Handlers::default()), &script, "0", commit).await.unwrap();
    rig.until("priv_orders", 500).await;
    script.disconnect();
    // And its end, which says how many there are.
    let raw = rig.until("priv_orders", 3_001).await;
    assert_eq!((raw.len(), ids(&raw).len()), (3_001, 3_001));
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_while_partitions_move() {
    let rig = rig().await;
    let script = Script::default();
    let first = rig.run(orders(Handlers::default()), &script).await.unwrap();
    let (mut written, mut others) = (0, Vec::new());
    for round in 0..60 {
        // Each newcomer takes a partition away from whoever is in the middle of a transaction with it.
        if round == 15 || round == 30 {
            others.push(rig.publish(orders(Handlers::default()), &format!("{round}")).await.unwrap());
        }
        let rows: Vec<String> = (0..20).map(|n| format!("test-{}", written + n)).collect();
        let rows: Vec<(&str, Vec<u8>)> = rows.iter().map(|id| (id.as_str(), placed(id, "1.00"))).collect();
        script.insert(&rows);
        written += rows.len();
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let events = rig.until("orders_events", written).await;
    assert_eq!((events.len(), ids(&events).len()), (written, written), "events, and how many different ones");
    for running in others {
        assert_ne!(
            counted(&running, "raw_transformed"),
            0,
            "the newcomer has published nothing: no partition has moved"
        );
        running.stop().await.unwrap();
    }
    first.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fenced_capture_goes_on_and_a_rival_that_lives_is_named() {
    let rig = rig().await;
    let script = Script::default();
    let heard = Heard::from_here();
    let running = rig.run(orders(Handlers::default()), &script).await.unwrap();
    // Fenced once, as by a broker that ended its transaction: nothing is lost, nothing comes twice.
    for round in 1..=6 {
        let id = format!("test-{round}");
        script.insert(&[(&id, placed(&id, "1.00"))]);
        let raw = rig.until("priv_orders", round).await;
        assert_eq!(raw.len(), ids(&raw).len());
        rig.take_over("orders.capture.shop").await;
    }
    script.insert(&[("test-7", placed("test-7", "1.00"))]);
    let fault = running.ended().await.unwrap_err();
    assert_eq!(fault.code, "C-004", "{fault}");
    // Before, it said that it starts anew.
    let said = heard.says("K-120");
    assert!(!said.is_empty() && said.iter().all(|line| line.contains("starts anew")), "{said:?}");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_retried_then_dead_lettered_and_the_partition_goes_on() {
    let rig = rig().await;
    let handlers = Handlers::default();
    let running = rig.run(billing(handlers.clone()), &Script::default()).await.unwrap();
    for (id, total) in [("c-13", "13.00"), ("c-14", "14.00"), ("c-1", "1.00")] {
        send_charge(&rig, id, total).await;
    }
    let dead = rig.until("billing_dead", 2).await;
    let of = |id: &str| dead.iter().find(|letter| letter.header("ce_id") == id).unwrap();
    assert_eq!(of("c-13").header("dead-attempts"), "6", "five tries after the first one");
    assert_eq!(of("c-13").header("dead-cause"), "H-101: the card's bank does not answer");
    assert_eq!(of("c-14").header("dead-attempts"), "1");
    assert_eq!(of("c-14").header("dead-topic"), "billing_commands");
    assert_eq!(of("c-14").header("dead-at"), "Charge");
    assert_eq!(of("c-14").header("dead-return"), "billing_commands");
    assert!(Charge::decode(of("c-14").body.as_deref().unwrap()).is_ok(), "the original's bytes are kept");
    assert_eq!(rig.until("billing_events", 1).await[0].header("ce_type"), Charged::NAME);
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_contained_and_an_outage_burns_no_attempt() {
    let rig = rig().await;
    let handlers = Handlers::default();
    handlers.outage.store(20, Ordering::SeqCst);
    let running = rig.run(billing(handlers.clone()), &Script::default()).await.unwrap();
    send_charge(&rig, "c-15", "15.00").await;
    rig.until("billing_events", 1).await;
    send_charge(&rig, "c-16", "16.00").await;
    rig.until("billing_events", 2).await;
    assert_eq!(handlers.outage.load(Ordering::SeqCst), 0);
    assert!(rig.read("billing_dead").await.is_empty());
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_does_not_begin_says_what_it_waits_for() {
    let rig = rig().await;
    // Nobody makes the topics of billing.
    let mut orders = rig.run(orders(Handlers::default()), &Script::default()).await.unwrap();
    let waiting = tokio::spawn(async move { orders.ready_within(Duration::from_secs(1)).await });
    let said = waiting.await.unwrap_err().into_panic();
    let said = said.downcast_ref::<String>().unwrap();
    assert!(said.contains("have not begun: [Dispatch]"), "{said}");
    assert!(said.contains("storm_ready{context=\"orders\"} 0"), "{said}");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_comes_twice_acts_once() {
    let rig = rig().await;
    let handlers = Handlers::default();
    let running = rig.run(billing(handlers.clone()), &Script::default()).await.unwrap();
    for _ in 0..3 {
        send_charge(&rig, "c-1", "1.00").await;
    }
    send_charge(&rig, "c-2", "2.00").await;
    rig.until("billing_events", 2).await;
    running.stop().await.unwrap();
    assert_eq!(handlers.attempts.load(Ordering::SeqCst), 2);
    assert_eq!(rig.read("billing_events").await.len(), 2);
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_never_stops_a_partition() {
    let rig = rig().await;
    let script = Script::default();
    let billing = rig.run(billing(Handlers::default()), &Script::default()).await.unwrap();
    let running = rig.run(orders(Handlers::default()), &script).await.unwrap();
    let good = placed("test-1", "1.00");
    let headers = |name: &'static str| {
        let text = |text: &'static str| Some(text.as_bytes());
        [
            ("ce_type", text(name)),
            ("ce_id", text("x/1")),
            ("ce_source", text("/shop")),
            ("ce_specversion", text("1.0")),
        ]
    };
    let raw = "mini.orders.v1.OrdersChange";
    rig.write("priv_orders", Some("a"), &headers(raw), Some(b"\xff\xff garbage")).await;
    rig.write("priv_orders", Some("b"), &[("ce_type", None)], Some(&good)).await;
    rig.write("priv_orders", None, &[("\u{fffd}", Some(b"\xff"))], None).await;
    rig.write("priv_orders", Some("c"), &headers(raw), None).await;
    rig.write("priv_orders", Some("d"), &headers("someone.elses.v1.Thing"), Some(&good)).await;
    rig.write("priv_orders", Some("e"), &headers(raw), Some(&good)).await;
    assert_eq!(rig.until("orders_events", 1).await.len(), 1);
    let dead = rig.until("orders_dead", 5).await;
    let mut causes: Vec<&str> =
        dead.iter().map(|letter| letter.header("dead-cause").split(':').next().unwrap()).collect();
    causes.sort_unstable();
    assert_eq!(causes, ["P-002", "P-002", "P-003", "P-004", "V-105"]);

    // The same on the dispatcher's side: an event that is garbage, one without an id, and a command nobody knows.
    rig.write("orders_events", Some("f"), &headers(OrderPlaced::NAME), Some(b"\xff\xff")).await;
    rig.write("orders_events", Some("g"), &headers(OrderPlaced::NAME)[..1], Some(b"")).await;
    rig.write("orders_events", Some("h"), &headers(OrderPlaced::NAME), None).await;
    rig.write("orders_commands", Some("i"), &headers("mini.orders.v1.Unknown"), Some(b"")).await;
    let dead = rig.until("orders_dead", 8).await;
    let causes: HashSet<&str> =
        dead.iter().map(|letter| letter.header("dead-cause").split(':').next().unwrap()).collect();
    assert!(causes.contains("D-001") && causes.contains("H-105"), "{causes:?}");
    running.stop().await.unwrap();
    billing.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_ours_that_this_version_does_not_know_halts_publishing() {
    let rig = rig().await;
    let running = rig.run(orders(Handlers::default()), &Script::default()).await.unwrap();
    let text = |text: &'static str| Some(text.as_bytes());
    let headers = [
        ("ce_type", text("mini.orders.v1.NewerChange")),
        ("ce_id", text("x/1")),
        ("ce_source", text("/shop")),
        ("ce_specversion", text("1.0")),
    ];
    rig.write("priv_orders", Some("a"), &headers, Some(b"")).await;
    assert_eq!(running.ended().await.unwrap_err().code, "P-001");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_larger_than_its_topic_takes_halts_capture() {
    // Its transaction is committed at once, before anyone has heard of it; or takes more records after that.
    for commit in
        ["commit_bytes = \"1KiB\"", "commit_bytes = \"64MiB\"\ncommit_every = \"5s\"\ncommit_lull = \"5s\""]
    {
        let rig = rig().await;
        let script = Script::default();
        let commit = format!("[capture]\n{commit}");
        let running = rig.replica(orders(Handlers::default()), &script, "0", &commit).await.unwrap();
        // Two megabytes that no codec makes smaller, into a topic with Kafka's usual limit of one.
        let bytes = std::iter::repeat_with(uuid::Uuid::new_v4).flat_map(uuid::Uuid::into_bytes).take(2 << 20);
        let (cause, bytes) = (Lineage::default().pack(), bytes.collect());
        script.record("command-1", &cause, "mini.orders.v1.OrderNoted", "o-1", bytes);
        let goes_on = async {
            for n in 0..6_000 {
                script.insert(&[("test-1", placed(&format!("test-{n}"), "1.00"))]);
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        };
        tokio::select! {
            ended = running.ended() => assert_eq!(ended.unwrap_err().code, "K-114", "{commit}"),
            () = goes_on => panic!("no halt: {commit}"),
        }
        rig.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outbox_row_keeps_its_cause_and_another_context_s_is_passed_over() {
    let rig = rig().await;
    let script = Script::default();
    let running = rig.run(billing(Handlers::default()), &script).await.unwrap();
    let cause =
        Lineage { correlation: "began".into(), causation: "an-event".into(), hop: 3, ..Lineage::default() };
    script.record("command-1", &cause.pack(), "mini.orders.v1.OrderNoted", "o-1", vec![]);
    let charged = Charged { order_id: "o-1".into(), total: Decimal::new(100, 2) };
    script.record("command-2", &cause.pack(), Charged::NAME, "o-1", charged.encode());
    let events = rig.until("billing_events", 1).await;
    assert_eq!(events[0].header("ce_id"), "shop.1/0-1-2/shop.storm_outbox/0/outbox");
    let lineage = Lineage::unpack(events[0].header("lineage")).unwrap();
    assert_eq!(
        (lineage.correlation.as_str(), lineage.causation.as_str(), lineage.hop),
        ("began", "command-2", 3)
    );
    assert_eq!(rig.read("priv_billing").await.len(), 1);
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redriven_event_goes_to_the_policy_that_gave_up_on_it_and_to_no_other() {
    let rig = rig().await;
    let handlers = Handlers::default();
    let billing = rig.run(billing(handlers.clone()), &Script::default()).await.unwrap();
    let running = rig.run(orders(Handlers::default()), &Script::default()).await.unwrap();
    let headers = |event: &'static str| {
        [
            ("ce_type", Some(event.as_bytes())),
            ("ce_id", Some(b"shop.1/0-1-1/shop.orders/0/X".as_slice())),
            ("ce_source", Some(b"/shop".as_slice())),
            ("ce_specversion", Some(b"1.0".as_slice())),
        ]
    };
    rig.write("orders_events", Some("o-1"), &headers(OrderPlaced::NAME), Some(b"\xff\xff")).await;
    let dead = rig.until("orders_dead", 1).await;
    let policy = dead[0].header("dead-policy").to_owned();
    assert_eq!((dead[0].header("dead-at"), dead[0].header("dead-return")), (&*policy, "orders_commands"));

    // As `stormc dlq redrive` sends it, with the body mended; then one for a policy that is gone.
    let placed = OrderPlaced { order_id: "o-1".into(), total: Decimal::new(2000, 2) };
    let to = |policy: &'static [u8]| {
        [headers(OrderPlaced::NAME).as_slice(), &[("redrive-policy", Some(policy))]].concat()
    };
    let known: &'static [u8] = policy.into_bytes().leak();
    rig.write("orders_commands", Some("o-1"), &to(known), Some(&placed.encode())).await;
    rig.write("orders_commands", Some("o-2"), &to(b"GoneByNow"), Some(&placed.encode())).await;
    let commands = rig.until("billing_commands", 1).await;
    assert_eq!(commands[0].header("ce_type"), Charge::NAME);
    rig.until("billing_events", 1).await;
    let dead = rig.until("orders_dead", 2).await;
    assert!(dead[1].header("dead-cause").starts_with("D-004"), "{:?}", dead[1]);
    assert_eq!(
        (dead[1].header("dead-policy"), dead[1].header("dead-return")),
        ("GoneByNow", "orders_commands")
    );
    assert!(!dead[1].headers.contains_key("redrive-policy"));
    running.stop().await.unwrap();
    billing.stop().await.unwrap();
    assert_eq!(rig.read("billing_commands").await.len(), 1, "asked for once");
    rig.end().await;
}

/// A command as another context's dispatcher sends it.
async fn send_charge(rig: &Rig, id: &str, total: &str) {
    let charge = Charge { order_id: id.into(), total: total.parse().unwrap() };
    let headers = [
        ("ce_type", Some(Charge::NAME.as_bytes())),
        ("ce_id", Some(id.as_bytes())),
        ("ce_source", Some(b"/orders".as_slice())),
        ("ce_specversion", Some(b"1.0".as_slice())),
    ];
    rig.write("billing_commands", Some(id), &headers, Some(&charge.encode())).await;
}
