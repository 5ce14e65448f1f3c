//! What a service says with a code that few people ever see: of a topic of dead letters that takes none, of partitions that
//! are added, of topics, sections and databases that are not what they should be.

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, NewPartitions, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use storm_runtime::spec::{ContextSpec, TopicSpec, TopicsSpec};
use storm_runtime::testing::{Heard, Rig, Script};
use storm_runtime::{Message, RawRow, Service};
use storm_servers::ByHand;

use crate::mini::handlers::Handlers;
use crate::mini::messages::{Charge, OrderPlaced, Orders, raw_order};
use crate::mini::service::{NoteOnCharge, ORDERS, billing, orders};
use crate::{rig, send, sum, until};

type Admin = AdminClient<DefaultClientContext>;

fn admin(rig: &Rig) -> Admin {
    ClientConfig::new().set("bootstrap.servers", rig.address()).create().unwrap()
}

/// Sets how large a record a topic takes.
async fn takes(admin: &Admin, topic: &str, bytes: &str) {
    let change = AlterConfig::new(ResourceSpecifier::Topic(topic)).set("max.message.bytes", bytes);
    admin.alter_configs([&change], &AdminOptions::new()).await.unwrap()[0].as_ref().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_takes_no_dead_letter_stops_its_partition_and_nothing_is_lost() {
    let rig = rig().await;
    let (heard, admin) = (Heard::from_here(), admin(&rig));
    rig.apply(&billing(Handlers::default())).await;
    takes(&admin, "billing_dead", "80").await;
    let start = async || rig.run(billing(Handlers::default()), &Script::default()).await.unwrap();
    let running = start().await;
    send(&rig, "o-1", "14.00").await;
    let said = &heard.until("D-003").await[0];
    assert!(said.contains("no dead letter can be written"), "{said}");
    until(&running, "D-003", || sum(&running, "storm_failures_total", "code=\"D-003\"") > 0.0).await;
    running.stop().await.unwrap();
    assert_eq!(rig.read("billing_dead").await.len(), 0);
    // The remedy: it is there at last, whole.
    takes(&admin, "billing_dead", "1048588").await;
    let running = start().await;
    let dead = rig.until("billing_dead", 1).await;
    assert_eq!((dead.len(), dead[0].header("ce_id"), dead[0].header("dead-left-out")), (1, "o-1", ""));
    assert!(Charge::decode(dead[0].body.as_deref().unwrap()).is_ok());
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_that_is_added_is_named_and_read_from_its_first_record() {
    let rig = rig().await;
    let script = Script::default();
    rig.apply(&billing(Handlers::default())).await;
    let running = rig.run(orders(Handlers::default()), &script).await.unwrap();
    script.insert(&[("o-1", raw_order(None, ("o-1", "placed", "1.00")))]);
    rig.until("orders_events", 1).await;
    running.stop().await.unwrap();

    let more = NewPartitions::new("priv_orders", 4);
    admin(&rig).create_partitions([&more], &AdminOptions::new()).await.unwrap()[0].as_ref().unwrap();
    let headers: [(&[u8], Option<&[u8]>); 4] = [
        (b"ce_type", Some(Orders::NAME.as_bytes())),
        (b"ce_id", Some(b"x")),
        (b"ce_source", Some(b"/x")),
        (b"ce_specversion", Some(b"1.0")),
    ];
    let row = raw_order(None, ("o-2", "placed", "1.00"));
    let record = ByHand { key: Some(b"o-2"), headers: &headers, body: Some(&row) };
    record.append(rig.address(), "priv_orders", 3).unwrap();
    let heard = Heard::from_here();
    let running = rig.run(orders(Handlers::default()), &script).await.unwrap();
    let events = rig.until("orders_events", 2).await;
    let placed = events.iter().filter(|event| event.header("ce_type") == OrderPlaced::NAME).count();
    assert_eq!(placed, 2, "it was there before it was seen");
    let said = heard.until("K-124").await;
    assert_eq!(said.len(), 1, "once: {said:?}");
    assert!(said[0].contains("topic=\"priv_orders\"") && said[0].contains("partition=3"), "{}", said[0]);
    let differs = &heard.until("K-110").await[0];
    assert!(differs.contains("there=4 model=3"), "{differs}");
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dispatch_waits_for_another_contexts_topic_and_names_it() {
    let rig = rig().await;
    let (heard, script) = (Heard::from_here(), Script::default());
    let mut running = rig.run(orders(Handlers::default()), &script).await.unwrap();
    let said = &heard.until("K-111").await[0];
    assert!(said.contains("billing_events") && said.contains("another context makes"), "{said}");
    rig.apply(&billing(Handlers::default())).await;
    running.ready().await;
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_does_not_come_about_is_tried_again() {
    let rig = rig().await;
    let heard = Heard::from_here();
    // More than brokers allow.
    let rig = rig.settings(&[("transaction.timeout.ms", "900001")]);
    let running = rig.publish(orders(Handlers::default()), "0").await.unwrap();
    let said = &heard.until("K-103").await[0];
    assert!(said.contains("starts anew"), "{said}");
    until(&running, "K-103", || sum(&running, "storm_failures_total", "code=\"K-103\"") > 1.0).await;
    running.stop().await.unwrap();
    rig.end().await;
}

const fn topic(name: &'static str) -> TopicSpec {
    TopicSpec { name, partitions: 1, replicas: 1, min_insync: 1, settings: &[] }
}

static UNNAMEABLE: ContextSpec = ContextSpec {
    system: "mini",
    name: "Unnameable",
    slug: "unnameable",
    topics: TopicsSpec {
        raw: topic("priv_unnameable"),
        events: topic("no topic has spaces"),
        commands: topic("unnameable_commands"),
        dead: topic("unnameable_dead"),
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_cannot_start_says_why() {
    let rig = rig().await;
    let service = || billing(Handlers::default());
    let unnameable = rig.run(Service::new(&UNNAMEABLE), &Script::default()).await.err().unwrap();
    let unhandled = Service::new(&ORDERS).policy(NoteOnCharge);
    let unhandled = rig.run(unhandled, &Script::default()).await.err().unwrap();
    let section =
        rig.build(|start| start.setting::<u8>("bank").map(|_| service()), "[handlers]\nbank = 'far'");
    let section = section.await.err().unwrap();
    let nowhere = rig.deploy(service(), "").await.err().unwrap();
    for (fault, code, words, help) in [
        (unnameable, "K-109", "`no topic has spaces` cannot be created", "kafka/topics.yaml"),
        (unhandled, "H-106", "the policy `NoteOnCharge` asks for", "write its handler"),
        (section, "F-108", "`handlers.bank`", "correct the section"),
        (nowhere, "F-111", "`database.url` is missing", "source.<name>.url"),
    ] {
        assert_eq!(fault.code, code, "{fault}");
        assert!(fault.message.contains(words) && fault.help.contains(help), "{fault}");
    }
    let rig = rig.settings(&[("no.such.setting", "secret")]);
    let setting = rig.run(service(), &Script::default()).await.err().unwrap();
    assert_eq!((setting.code, setting.configuration), ("K-102", true), "{setting}");
    assert!(
        setting.message.contains("no.such.setting") && setting.help.contains("[kafka.settings]"),
        "{setting}"
    );
    assert!(!format!("{setting}").contains("secret"), "a setting may be a password: {setting}");
    rig.end().await;
}
