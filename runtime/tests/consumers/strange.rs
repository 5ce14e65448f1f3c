//! Keys of headers that are no text, empty, cut by a zero byte, or there twice: no client of ours writes them, and whoever
//! reads them takes them for data.

use std::time::Instant;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use storm_runtime::testing::{Rig, Running, Script, Seen};
use storm_runtime::{Message, RawRow};
use storm_servers::ByHand;

use crate::mini::handlers::Handlers;
use crate::mini::messages::{Charge, Charged, OrderNoted, OrderPlaced, Orders, raw_order};
use crate::mini::service::{billing, orders};
use crate::{PATIENCE, rig, sum, until};

type Header<'h> = (&'h [u8], Option<&'h [u8]>);

/// What becomes of a record.
enum Becomes {
    /// An event of this type on this topic, under its key.
    Event(&'static str, &'static str),
    /// A letter of this code on this topic.
    Dead(&'static str, &'static str),
    /// Nothing, and it is counted for this reason, as so many are in the end.
    Passed(&'static str, f64),
}
use Becomes::{Dead, Event, Passed};

/// The types that it claims to be of, the first one first.
struct Case(&'static str, &'static str, Vec<&'static str>, Body, Becomes);

#[derive(Clone, Copy)]
enum Body {
    Row,
    Amount,
    Garbage,
}

impl Body {
    fn bytes(self, key: &str) -> Vec<u8> {
        match self {
            Body::Row => raw_order(None, (key, "placed", "1.00")),
            Body::Amount => Charge { order_id: key.into(), total: "1.00".parse().unwrap() }.encode(),
            Body::Garbage => b"\xff\xff garbage".to_vec(),
        }
    }
}

const OTHER: &str = "foreign.v1.Thing";

/// Of five orders it is noted that they were charged, and nobody listens to that.
const NOTED: f64 = 5.0;

fn cases() -> Vec<Case> {
    use Body::{Amount, Garbage, Row};
    let (raw, commands, events) = ("priv_orders", "billing_commands", "billing_events");
    let (placed, charged, noted) = (OrderPlaced::NAME, Charged::NAME, OrderNoted::NAME);
    let (row, charge) = (Orders::NAME, Charge::NAME);
    vec![
        Case("row", raw, vec![row], Row, Event("orders_events", placed)),
        Case("row, then foreign", raw, vec![row, OTHER], Row, Event("orders_events", placed)),
        Case("foreign, then row", raw, vec![OTHER, row], Row, Dead("orders_dead", "P-004")),
        Case("raw garbage", raw, vec![row], Garbage, Dead("orders_dead", "V-105")),
        Case("raw, no type", raw, vec![], Row, Dead("orders_dead", "P-002")),
        Case("command", commands, vec![charge], Amount, Event("billing_events", charged)),
        Case(
            "command, then foreign",
            commands,
            vec![charge, OTHER],
            Amount,
            Event("billing_events", charged),
        ),
        Case("foreign, then command", commands, vec![OTHER, charge], Amount, Dead("billing_dead", "H-105")),
        Case("garbage for a command", commands, vec![charge], Garbage, Dead("billing_dead", "V-105")),
        Case("command, no type", commands, vec![], Amount, Dead("billing_dead", "D-001")),
        Case("event", events, vec![charged], Amount, Event("orders_events", noted)),
        Case(
            "foreign, then event",
            events,
            vec![OTHER, charged],
            Amount,
            Passed("no policy listens", NOTED + 1.0),
        ),
        Case("garbage for an event", events, vec![charged], Garbage, Dead("orders_dead", "V-105")),
        Case("event, no type", events, vec![], Amount, Passed("no type", 1.0)),
    ]
}

/// The headers of ours among strange ones, which come before and after; as a reader sees them, they are `seen`.
fn headers<'h>(key: &'h str, types: &[&'h str], seen: bool) -> Vec<Header<'h>> {
    let strange: [Header<'h>; 4] = if seen {
        [
            ("\u{fffd}\u{fffd}key".as_bytes(), Some(b"\xff\0\xfe")),
            (b"", Some(b"empty")),
            (b"cut", Some(b"zero")),
            ("\u{fffd}(".as_bytes(), None),
        ]
    } else {
        [
            (b"\xff\xfekey", Some(b"\xff\0\xfe")),
            (b"", Some(b"empty")),
            (b"cut\0off", Some(b"zero")),
            (b"\xc3(", None),
        ]
    };
    let mut all = vec![strange[0]];
    all.extend(types.iter().map(|name| (b"ce_type".as_slice(), Some(name.as_bytes()))));
    all.extend([(b"ce_id".as_slice(), Some(key.as_bytes())), (b"ce_source", Some(b"/x"))]);
    all.extend([(b"ce_specversion".as_slice(), Some(b"1.0".as_slice()))]);
    all.extend(&strange[1..]);
    all
}

/// A letter: its key, its headers and its body, byte for byte.
type Letter = (Vec<u8>, Vec<(String, Option<Vec<u8>>)>, Option<Vec<u8>>);

/// So many letters from a topic of one partition.
fn letters(rig: &Rig, topic: &str, count: usize) -> Vec<Letter> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", rig.address()).set("group.id", "strange");
    let reader: BaseConsumer = config.set("enable.auto.commit", "false").create().unwrap();
    let mut from = TopicPartitionList::new();
    from.add_partition_offset(topic, 0, Offset::Beginning).unwrap();
    reader.assign(&from).unwrap();
    let (begun, mut all) = (Instant::now(), Vec::new());
    while all.len() < count {
        assert!(begun.elapsed() < PATIENCE, "`{topic}` holds {} of {count} letters", all.len());
        let Some(Ok(message)) = reader.poll(std::time::Duration::from_millis(100)) else { continue };
        let header = |header: rdkafka::message::Header<'_, &[u8]>| {
            (header.key.to_owned(), header.value.map(<[u8]>::to_vec))
        };
        let headers = message.headers().unwrap().iter().map(header).collect();
        all.push((message.key().unwrap().to_vec(), headers, message.payload().map(<[u8]>::to_vec)));
    }
    all
}

/// The event of this type under this key, when it is there.
async fn event(rig: &Rig, topic: &str, name: &str, key: &str) -> Seen {
    let begun = Instant::now();
    loop {
        let events = rig.until(topic, 1).await;
        let found = events.into_iter().find(|event| event.header("ce_type") == name && event.key == key);
        if let Some(event) = found {
            return event;
        }
        assert!(begun.elapsed() < PATIENCE, "{key}: no {name} on `{topic}`");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_headers_that_are_no_text_are_data_on_every_topic() {
    let rig = rig().await;
    let config = "[dispatch.dead]\nrun = 0\nwindow = 0";
    let start = async |service| rig.replica(service, &Script::default(), "0", config).await.unwrap();
    rig.apply(&orders(Handlers::default())).await;
    let billing: Running = start(billing(Handlers::default())).await;
    let mut orders: Running = start(orders(Handlers::default())).await;
    orders.ready().await;
    for Case(what, topic, types, body, _) in cases() {
        let (body, headers) = (body.bytes(what), headers(what, &types, false));
        let record = ByHand { key: Some(what.as_bytes()), headers: &headers, body: Some(&body) };
        record.append(rig.address(), topic, 0).unwrap();
    }
    let dead = |topic| cases().iter().filter(|case| matches!(case.4, Dead(on, _) if on == topic)).count();
    let dead = ["orders_dead", "billing_dead"].map(|topic| (topic, letters(&rig, topic, dead(topic))));
    for Case(what, _, types, body, becomes) in cases() {
        match becomes {
            Event(topic, name) => {
                let event = event(&rig, topic, name, what).await;
                let ours = !event.headers.contains_key("") && !event.headers.contains_key("cut");
                assert!(ours, "{what}: strange headers go no further: {:?}", event.headers);
            }
            Dead(topic, code) => {
                let letters = &dead.iter().find(|(on, _)| *on == topic).unwrap().1;
                let (_, found, bytes) =
                    letters.iter().find(|(key, ..)| key == what.as_bytes()).expect("its letter");
                let was = headers(what, &types, true);
                let kept: Vec<Header<'_>> = found[..was.len()]
                    .iter()
                    .map(|(key, value)| (key.as_bytes(), value.as_deref()))
                    .collect();
                assert_eq!(kept, was, "{what}: its headers, in order");
                let (cause, said) = &found[was.len()];
                assert_eq!(cause, "dead-cause", "{what}");
                let said = String::from_utf8_lossy(said.as_ref().unwrap());
                assert!(said.starts_with(code), "{what}: {said}");
                assert_eq!(*bytes, Some(body.bytes(what)), "{what}: its body");
            }
            Passed(reason, records) => {
                let label = format!("reason=\"{reason}\"");
                let passed = || sum(&orders, "storm_passed_over_total", &label) == records;
                until(&orders, what, passed).await;
            }
        }
    }
    orders.stop().await.unwrap();
    billing.stop().await.unwrap();
    rig.end().await;
}
