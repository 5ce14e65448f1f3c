//! Records that nobody of ours would write.

use std::sync::LazyLock;

use proptest::prelude::*;
use storm_runtime::cloudevents::{Envelope, Header};
use storm_runtime::lineage::Lineage;
use storm_runtime::testing::{Became, Readers, Script};
use storm_runtime::{Message, RawRow};

use crate::mini::handlers::Handlers;
use crate::mini::messages::{
    Charge, Charged, NoteOrder, OrderNoted, OrderPaid, OrderPlaced, Orders, raw_order,
};
use crate::mini::service::{billing, orders};
use crate::{Bank, rig, send, sum, until};

/// What it is, the value of each header of ours, the body, and the code of its dead letter.
type Case = (&'static str, [Value; 4], Value, &'static str);
type Value = Option<&'static [u8]>;

fn headers<'h>([name, id, source, version]: &[Value; 4], what: &'h str) -> [(&'h str, Option<&'h [u8]>); 5] {
    [
        ("ce_type", *name),
        ("ce_id", *id),
        ("ce_source", *source),
        ("ce_specversion", *version),
        ("what", Some(what.as_bytes())),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_command_is_a_dead_letter_and_the_next_one_is_done() {
    let rig = rig().await;
    let config = "[dispatch.dead]\nrun = 0\nwindow = 0";
    let running = rig.replica(billing(Bank::default()), &Script::default(), "0", config).await.unwrap();
    let name: Value = Some(Charge::NAME.as_bytes());
    let [id, source, version]: [Value; 3] = [Some(b"x"), Some(b"/x"), Some(b"1.0")];
    let cases: [Case; 10] = [
        ("a null id", [name, None, source, version], Some(b""), "D-001"),
        ("a null type", [None, id, source, version], Some(b""), "D-001"),
        ("a type that is not UTF-8", [Some(b"\xff\xfe"), id, source, version], Some(b""), "D-001"),
        ("an unknown version of CloudEvents", [name, id, source, Some(b"9.9")], Some(b""), "D-001"),
        ("an empty version", [name, id, source, Some(b"")], Some(b""), "D-001"),
        ("a tombstone", [name, id, source, version], None, "D-002"),
        ("garbage", [name, id, source, version], Some(b"\xff\xff garbage"), "V-105"),
        ("cut short", [name, id, source, version], Some(b"\x0a\x20abc"), "V-105"),
        ("empty", [name, id, source, version], Some(b""), "V-102"),
        ("an unknown type", [Some(b"foreign.v1.Thing"), id, source, version], Some(b""), "H-105"),
    ];
    for (what, values, body, _) in &cases {
        rig.write("billing_commands", Some("k"), &headers(values, what), *body).await;
    }
    rig.write("billing_commands", Some("k"), &[], Some(b"{\"json\": true}")).await;
    send(&rig, "k", "1.00").await;
    assert_eq!(rig.until("billing_events", 1).await.len(), 1, "the one behind them is done");
    let dead = rig.until("billing_dead", cases.len() + 1).await;
    for (what, _, body, code) in cases {
        let letter = dead.iter().find(|letter| letter.header("what") == what).unwrap();
        assert!(letter.header("dead-cause").starts_with(code), "{what}: {}", letter.header("dead-cause"));
        assert_eq!(letter.body.as_deref(), body, "{what}: its bytes are kept");
    }
    until(&running, "what was passed over", || sum(&running, "storm_in_flight_records", "") == 0.0).await;
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_raw_record_is_a_dead_letter_and_the_next_one_is_published() {
    let rig = rig().await;
    let script = Script::default();
    let running = rig.run(orders(Handlers::default()), &script).await.unwrap();
    let name: Value = Some(Orders::NAME.as_bytes());
    let [id, source, version]: [Value; 3] = [Some(b"x"), Some(b"/x"), Some(b"1.0")];
    let cases: [Case; 9] = [
        ("a null type", [None, id, source, version], Some(b""), "P-002"),
        ("a type that is not UTF-8", [Some(b"\xff\xfe"), id, source, version], Some(b""), "P-002"),
        ("a null id", [name, None, source, version], Some(b""), "P-002"),
        ("a null source", [name, id, None, version], Some(b""), "P-002"),
        ("an unknown version of CloudEvents", [name, id, source, Some(b"9.9")], Some(b""), "P-002"),
        ("a tombstone", [name, id, source, version], None, "P-003"),
        ("garbage", [name, id, source, version], Some(b"\xff\xff garbage"), "V-105"),
        ("cut short", [name, id, source, version], Some(b"\x0a\x20abc"), "V-105"),
        ("a foreign type", [Some(b"foreign.v1.Thing"), id, source, version], Some(b""), "P-004"),
    ];
    for (what, values, body, _) in &cases {
        rig.write("priv_orders", Some("k"), &headers(values, what), *body).await;
    }
    rig.write("priv_orders", None, &[], Some(b"{\"json\": true}")).await;
    // Another event than the one that a policy would answer with a charge.
    script.insert(&[("test-1", raw_order(None, ("test-1", "placed", "1.00")))]);
    assert_eq!(rig.until("orders_events", 1).await.len(), 1, "the row behind them is published");
    let dead = rig.until("orders_dead", cases.len() + 1).await;
    assert_eq!(dead.len(), cases.len() + 1);
    for (what, _, body, code) in cases {
        let letter = dead.iter().find(|letter| letter.header("what") == what).unwrap();
        assert!(letter.header("dead-cause").starts_with(code), "{what}: {}", letter.header("dead-cause"));
        assert_eq!(letter.body.as_deref(), body, "{what}: its bytes are kept");
    }
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_event_is_counted_or_a_dead_letter_and_the_next_one_is_heard() {
    let rig = rig().await;
    let bank = rig.run(billing(Bank::default()), &Script::default()).await.unwrap();
    let config = "[dispatch.dead]\nrun = 0\nwindow = 0";
    let mut running =
        rig.replica(orders(Handlers::default()), &Script::default(), "0", config).await.unwrap();
    running.ready().await;
    let name: Value = Some(Charged::NAME.as_bytes());
    let [id, source, version]: [Value; 3] = [Some(b"x"), Some(b"/x"), Some(b"1.0")];
    // What says that nobody here asks for it is passed over, whatever else it holds.
    let cases: [Case; 10] = [
        ("a null type", [None, id, source, version], Some(b""), "no type"),
        (
            "a type that is not UTF-8",
            [Some(b"\xff\xfe"), id, source, version],
            Some(b""),
            "no policy listens",
        ),
        (
            "a newer version's type",
            [Some(b"mini.billing.v2.Charged"), id, source, version],
            Some(b""),
            "no policy listens",
        ),
        ("a tombstone", [name, id, source, version], None, "tombstone"),
        ("a null id", [name, None, source, version], Some(b""), "D-001"),
        ("a source that is not UTF-8", [name, id, Some(b"\xff"), version], Some(b""), "D-001"),
        ("an unknown version of CloudEvents", [name, id, source, Some(b"9.9")], Some(b""), "D-001"),
        ("garbage", [name, id, source, version], Some(b"\xff\xff garbage"), "V-105"),
        ("cut short", [name, id, source, version], Some(b"\x0a\x20abc"), "V-105"),
        ("empty", [name, id, source, version], Some(b""), "V-102"),
    ];
    for (what, values, body, _) in &cases {
        rig.write("billing_events", Some("k"), &headers(values, what), *body).await;
    }
    rig.write("billing_events", None, &[], None).await;
    // A charge leads to an event of billing's that orders hears, and notes.
    send(&rig, "k", "1.00").await;
    let noted = rig.until("orders_events", 1).await;
    assert_eq!(noted[0].header("ce_type"), OrderNoted::NAME, "the one behind them is heard");
    let is_code = |code: &str| code.as_bytes()[1] == b'-';
    let letters = cases.iter().filter(|(.., code)| is_code(code)).count();
    let dead = rig.until("orders_dead", letters).await;
    assert_eq!(dead.len(), letters);
    for (what, _, body, code) in cases {
        let letter = dead.iter().find(|letter| letter.header("what") == what);
        let Some(letter) = letter else {
            assert!(!is_code(code), "{what}: no letter");
            continue;
        };
        assert!(letter.header("dead-cause").starts_with(code), "{what}: {}", letter.header("dead-cause"));
        assert_eq!(letter.body.as_deref(), body, "{what}: its bytes are kept");
    }
    // The event that was noted is orders' own, and no policy of theirs asks for it.
    for (reason, records) in [("no type", 2.0), ("no policy listens", 3.0), ("tombstone", 1.0)] {
        let label = format!("reason=\"{reason}\"");
        until(&running, reason, || sum(&running, "storm_passed_over_total", &label) == records).await;
    }
    running.stop().await.unwrap();
    bank.stop().await.unwrap();
    rig.end().await;
}

fn decodes<M: Message>(bytes: &[u8]) {
    // Whatever it says, it says it without a panic.
    let _ = M::decode(bytes).map(|message| (message.key(), message.encode()));
}

proptest! {
    /// Nothing that stands in a record makes a reader panic; and what it takes for an envelope, it can write again.
    #[test]
    fn no_header_and_no_body_panics(
        headers in prop::collection::vec((
            prop_oneof![
                Just("ce_type".to_owned()), Just("ce_id".to_owned()), Just("ce_source".to_owned()),
                Just("ce_specversion".to_owned()), Just("lineage".to_owned()), ".{0,8}",
            ],
            prop::option::of(prop_oneof![
                Just(b"1.0".to_vec()), Just(b"a|b|c|1".to_vec()), prop::collection::vec(any::<u8>(), 0..40),
            ]),
        ), 0..10),
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let headers: Vec<Header> = headers
            .into_iter()
            .map(|(key, value)| Header { key: key.into(), value: value.map(Into::into) })
            .collect();
        if let Ok(envelope) = Envelope::from_headers(&headers) {
            let again = Envelope::from_headers(&envelope.headers());
            prop_assert_eq!(again.map(|again| (again.name, again.id)), Ok((envelope.name.clone(), envelope.id.clone())));
            let _ = (envelope.tenant(), envelope.to_event(body.clone()));
        }
        let _ = Lineage::unpack(&String::from_utf8_lossy(&body));
        decodes::<Charge>(&body);
        decodes::<Charged>(&body);
        decodes::<NoteOrder>(&body);
        decodes::<OrderNoted>(&body);
        decodes::<OrderPaid>(&body);
        decodes::<OrderPlaced>(&body);
    }
}

static ORDERS: LazyLock<Readers> = LazyLock::new(|| Readers::new(orders(Handlers::default())));

/// A text that is right, or bytes of any kind, or none.
fn value(right: &'static str) -> impl Strategy<Value = Option<Vec<u8>>> {
    prop_oneof![
        6 => Just(Some(right.as_bytes().to_vec())),
        1 => Just(None),
        1 => prop::collection::vec(any::<u8>(), 0..20).prop_map(Some),
    ]
}

/// A type that someone knows, or any.
fn name() -> impl Strategy<Value = Option<Vec<u8>>> {
    const KNOWN: [&str; 8] = [
        Orders::NAME,
        OrderNoted::NAME,
        OrderPlaced::NAME,
        NoteOrder::NAME,
        Charged::NAME,
        "mini.orders.v9.Unknown",
        "foreign.v1.Thing",
        "storm.raw.v1.TransactionEnd",
    ];
    prop_oneof![8 => prop::sample::select(&KNOWN[..]).prop_map(|name| Some(name.as_bytes().to_vec())), 1 => value("")]
}

/// A row or an amount with some bytes turned or cut away, bytes of any kind, or none.
fn body() -> impl Strategy<Value = Option<Vec<u8>>> {
    let row = raw_order(Some(("o-1", "placed", "1.00")), ("o-1", "paid", "1.00"));
    let amount = Charged { order_id: "o-1".into(), total: "1.00".parse().unwrap() }.encode();
    let right = prop_oneof![Just(row), Just(amount)];
    prop_oneof![
        2 => right.clone().prop_map(Some),
        4 => (right, any::<prop::sample::Index>(), any::<u8>(), any::<bool>()).prop_map(|(mut bytes, at, byte, cut)| {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes.truncate(if cut { at } else { bytes.len() });
            Some(bytes)
        }),
        2 => prop::collection::vec(any::<u8>(), 0..100).prop_map(Some),
        1 => Just(None),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// A record on the raw topic is events, a dead letter, counted, or a halt that names a newer version: never nothing.
    #[test]
    fn no_raw_record_goes_unseen(
        name in name(), id in value("x"), source in value("/shop"), version in value("1.0"),
        key in prop::option::of(prop::collection::vec(any::<u8>(), 0..20)), body in body(),
    ) {
        let headers = [("ce_type", &name), ("ce_id", &id), ("ce_source", &source), ("ce_specversion", &version)];
        let headers = headers.map(|(key, value)| Header { key: key.into(), value: value.clone().map(Into::into) });
        let envelope = Envelope::from_headers(&headers);
        let name = envelope.as_ref().map_or("", |envelope| &envelope.name);
        match ORDERS.publish(key.as_deref(), &headers, body.as_deref()) {
            Became::Work(events) => {
                let row = name == Orders::NAME && Orders::decode_change(body.as_deref().unwrap()).is_ok();
                prop_assert!(row || (name == OrderNoted::NAME && events == 1), "{name} became {events} events");
            }
            Became::Dead(code) => prop_assert!(code.starts_with("P-00") || code.starts_with("V-1"), "{code}"),
            Became::Passed => prop_assert_eq!(name, "storm.raw.v1.TransactionEnd"),
            Became::Halt(code) => {
                prop_assert_eq!(code, "P-001");
                prop_assert!(name.starts_with("mini.orders."), "{}", name);
            }
        }
    }

    /// A command is done or a dead letter; an event of a type that a policy asks for too, unless it is a tombstone.
    #[test]
    fn no_command_and_no_event_goes_unseen(
        name in name(), id in value("x"), source in value("/shop"), version in value("1.0"), body in body(),
    ) {
        let headers = [("ce_type", &name), ("ce_id", &id), ("ce_source", &source), ("ce_specversion", &version)];
        let headers = headers.map(|(key, value)| Header { key: key.into(), value: value.clone().map(Into::into) });
        let whole = Envelope::from_headers(&headers).is_ok();
        let command = ORDERS.dispatch("orders_commands", None, &headers, body.as_deref());
        let wanted = if whole && body.is_some() { Became::Work(1) } else { Became::Dead(if whole { "D-002" } else { "D-001" }.into()) };
        prop_assert_eq!(command, wanted);
        let asked_for = name.as_deref() == Some(Charged::NAME.as_bytes());
        let wanted = match (asked_for, whole, &body) {
            (false, ..) | (true, true, None) => Became::Passed,
            (true, false, _) => Became::Dead("D-001".into()),
            (true, true, Some(_)) => Became::Work(1),
        };
        prop_assert_eq!(ORDERS.dispatch("billing_events", None, &headers, body.as_deref()), wanted);
    }
}
