//! Keys of headers that are no text, empty, cut by a zero byte, or there twice: whoever looks at such a record sees it, and
//! a redrive sends it like any other.

use rdkafka::message::{Headers as _, Message as _, OwnedMessage};
use serde_json::json;
use storm_servers::ByHand;

use crate::bed::{Bed, Headers, body, fresh, head, on_each};

const PLACED: &str = "shop.ordering.v1.OrderPlaced";

/// Among these headers of ours, which are not the first ones; the last one is a second `ce_type`.
fn write(bed: &Bed, topic: &str, ours: Headers<'_>) {
    let mut headers: Vec<(&[u8], Option<&[u8]>)> = vec![(b"\xff\xfekey", Some(b"\xff\0\xfe"))];
    headers.extend(ours.iter().map(|(key, value)| (key.as_bytes(), Some(value.as_bytes()))));
    headers.extend([
        (b"".as_slice(), Some(b"empty".as_slice())),
        (b"cut\0off", Some(b"zero")),
        (b"\xc3(", None),
        (b"ce_type", Some(b"foreign.v1.Thing")),
    ]);
    let body = body(PLACED, &json!({ "order_id": "o-1", "email": "ada@example.org" }));
    let record = ByHand { key: Some(b"o-1"), headers: &headers, body: Some(&body) };
    record.append(&bed.address, topic, 0).unwrap();
}

/// All headers as they are, and there is no other.
fn headers(message: &OwnedMessage) -> Vec<(&str, Option<&[u8]>)> {
    message.headers().unwrap().iter().map(|header| (header.key, header.value)).collect()
}

#[test]
fn keys_of_headers_that_are_no_text_are_shown_and_redriven() {
    on_each(|bed| {
        let context = fresh("strange").to_lowercase();
        let [events, dead, commands] =
            ["events", "dead", "commands"].map(|stream| format!("{context}_{stream}"));
        [&events, &dead, &commands].iter().for_each(|topic| bed.topic(topic, 1));
        let own = head(PLACED, "e-1", "/shop");
        write(bed, &events, &own);
        let death = [("dead-cause", "H-102: no"), ("dead-at", "Pay"), ("dead-return", commands.as_str())];
        write(bed, &dead, &[own.as_slice(), &death].concat());

        for topic in [&events, &dead] {
            let line = &bed.ends(&["tail", topic], 0).lines()[0];
            assert_eq!((&line["type"], &line["id"]), (&json!(PLACED), &json!("e-1")), "the first one counts");
            assert_eq!(line["data"]["order_id"], "o-1");
        }
        let of = ["--format", "json", "--context", context.as_str()];
        let listed = bed.ends(&[&["dlq", "list"][..], &of].concat(), 0).json();
        assert_eq!((&listed["total"], &listed["letters"][0]["type"]), (&json!(1), &json!(PLACED)));

        let shown = bed.ends(&[&["dlq", "show", "e-1"][..], &of].concat(), 0).json();
        let shown: Vec<_> = shown["headers"].as_array().unwrap().iter().collect();
        let strange = [
            (0, json!({ "name": "\u{fffd}\u{fffd}key", "value": { "bytes": 3 } })),
            (shown.len() - 4, json!({ "name": "", "value": "empty" })),
            (shown.len() - 3, json!({ "name": "cut", "value": "zero" })),
            (shown.len() - 2, json!({ "name": "\u{fffd}(", "value": null })),
        ];
        strange.iter().for_each(|(at, header)| assert_eq!(shown[*at], header));
        let text = bed.ends(&["dlq", "show", "e-1", "--context", &context], 0).out;
        assert!(text.contains("\u{fffd}\u{fffd}key"), "{text}");

        let redrive = ["dlq", "redrive", "--yes"];
        assert_eq!(bed.ends(&[&redrive[..], &of].concat(), 0).json()["redriven"], 1);
        let again = bed.read(&commands);
        let headers = headers(&again[0]);
        assert_eq!(headers[0], ("\u{fffd}\u{fffd}key", Some(b"\xff\0\xfe".as_slice())));
        let behind = &headers[1 + own.len()..];
        let strange = [("", Some(b"empty".as_slice())), ("cut", Some(b"zero")), ("\u{fffd}(", None)];
        assert_eq!(behind[..3], strange);
        assert_eq!(behind[3], ("ce_type", Some(b"foreign.v1.Thing".as_slice())));
        assert_eq!((behind[4].0, behind.len()), ("redrive-of", 5));
        assert_eq!((again.len(), again[0].key()), (1, Some(b"o-1".as_slice())));
    });
}
