//! Records that nobody of ours would write.

use proptest::prelude::*;
use storm_runtime::Message;
use storm_runtime::cloudevents::{Envelope, Header};
use storm_runtime::lineage::Lineage;
use storm_runtime::testing::Script;

use crate::mini::messages::{Charge, Charged, NoteOrder, OrderNoted, OrderPaid, OrderPlaced};
use crate::mini::service::billing;
use crate::{Bank, rig, send, sum, until};

/// What it is, the value of each header of ours, the body, and the code of its dead letter.
type Case = (&'static str, [Value; 4], Value, &'static str);
type Value = Option<&'static [u8]>;

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_command_is_a_dead_letter_and_the_next_one_is_done() {
    let (rig, _turn) = rig().await;
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
    for (what, [name, id, source, version], body, _) in &cases {
        let headers = [
            ("ce_type", *name),
            ("ce_id", *id),
            ("ce_source", *source),
            ("ce_specversion", *version),
            ("what", Some(what.as_bytes())),
        ];
        rig.write("billing_commands", Some("k"), &headers, *body).await;
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
        let headers: Vec<Header> = headers.into_iter().map(|(key, value)| Header { key, value }).collect();
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
