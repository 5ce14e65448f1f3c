//! Every type of the language, to bytes and back; and what is refused on the way in. Compiled and run against the
//! generated crate by `tests/compiled.rs`.

use std::collections::BTreeMap;

use lab_service::model::events::{SampleMaybe, SampleTaken};
use lab_service::model::types::{Grade, Part};
use prost::Message as _;
use storm_runtime::{Date, Decimal, Duration, Json, Message, Time, Timestamp, Uuid};

fn part(tag: Option<&str>) -> Part {
    Part { name: "lid".into(), weight: Decimal::new(-1_250, 3), grade: Grade::InBetween, tag: tag.map(str::to_owned) }
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

fn taken() -> SampleTaken {
    SampleTaken {
        sample_id: Uuid::from_u128(0x0190_d3c8_7f5e_7c3a_9b1d_2f6f_4c1a_8e55),
        number: u32::MAX,
        is_cold: true,
        small: i32::MIN,
        large: i64::MIN,
        count: u64::MAX,
        ratio: 0.1,
        exact_ratio: f64::MIN_POSITIVE,
        weight: Decimal::new(9_999_999_999, 3),
        label: "größer 한국".into(),
        picture: vec![0, 255, 10],
        taken_on: "2028-02-29".parse::<Date>().expect("a date"),
        taken_at: "23:59:59.999999".parse::<Time>().expect("a time"),
        noted_at: at("2026-11-22T06:32:05.123456Z"),
        cooled_for: Duration::microseconds(-3_020_399_000_001),
        origin: serde_json::json!({ "a": [1, null, "x"] }),
        grade: Grade::First,
        main_part: part(None),
        parts: vec![part(Some("a")), part(None)],
        tags: vec![String::new(), "x".into()],
        grades: vec![Grade::Second, Grade::InBetween],
        prices: BTreeMap::from([("one".into(), Decimal::new(1_000, 3))]),
        notes: BTreeMap::from([("k".into(), "v".into())]),
        more_parts: BTreeMap::from([("p".into(), part(Some("t")))]),
        r#type: "fn".into(),
        old_label: Some("old".into()),
        taker: Some("Ada Lovelace".into()),
    }
}

fn maybe(there: bool) -> SampleMaybe {
    let taken = taken();
    let text = |text: &str| there.then(|| text.to_owned());
    SampleMaybe {
        sample_id: taken.sample_id,
        number: 0,
        is_cold: there.then_some(false),
        small: there.then_some(0),
        large: there.then_some(i64::MAX),
        count: there.then_some(0),
        ratio: there.then_some(-0.5),
        weight: there.then_some(Decimal::new(0, 3)),
        label: text(""),
        picture: there.then(Vec::new),
        twin_id: there.then_some(Uuid::nil()),
        taken_on: there.then_some(taken.taken_on),
        taken_at: there.then_some(taken.taken_at),
        noted_at: there.then_some(at("0001-01-01T00:00:00Z")),
        cooled_for: there.then_some(Duration::zero()),
        origin: there.then_some(Json::Null),
        grade: there.then_some(Grade::Second),
        main_part: there.then(|| part(None)),
        moments: if there { vec![taken.noted_at] } else { Vec::new() },
        spans: if there { vec![taken.cooled_for] } else { Vec::new() },
        twins: if there { vec![taken.sample_id] } else { Vec::new() },
        days: if there { vec![taken.taken_on] } else { Vec::new() },
    }
}

#[test]
fn every_type_comes_back_as_it_was() {
    assert_eq!(SampleTaken::decode(&taken().encode()), Ok(taken()));
    for there in [true, false] {
        assert_eq!(SampleMaybe::decode(&maybe(there).encode()), Ok(maybe(there)));
    }
}

#[test]
fn a_decimal_has_exactly_its_places_on_the_way_back() {
    let mut sample = taken();
    sample.weight = Decimal::new(5, 1);
    let back = SampleTaken::decode(&sample.encode()).expect("a message");
    assert_eq!(back.weight.to_string(), "0.500");
}

#[test]
fn the_key_is_both_fields_texts() {
    assert_eq!(taken().key(), "0190d3c8-7f5e-7c3a-9b1d-2f6f4c1a8e55\u{1f}4294967295");
    assert_eq!(SampleTaken::NAME, "types.lab.v1.SampleTaken");
}

#[test]
fn personal_data_is_masked_wherever_a_message_is_shown() {
    let shown = format!("{:?}", taken());
    assert!(shown.contains("taker: (masked)") && !shown.contains("Ada"), "{shown}");
}

/// Only the fields that a test needs, under the numbers of the lock: the first ones in the model's order.
#[derive(Clone, PartialEq, prost::Message)]
struct Sent {
    #[prost(string, tag = "1")]
    sample_id: String,
    #[prost(int32, optional, tag = "17")]
    grade: Option<i32>,
}

#[test]
fn what_does_not_convert_is_refused_by_its_field() {
    let refused = |sent: Sent| {
        let refusal = SampleMaybe::decode(&sent.encode_to_vec()).expect_err("a refusal");
        (refusal.code, refusal.field)
    };
    let right = taken().sample_id.to_string();
    let sent = |sample_id: &str, grade| Sent { sample_id: sample_id.into(), grade };
    assert_eq!(refused(sent("no uuid", None)), ("V-102", "sample_id".into()));
    assert_eq!(refused(sent(&right, Some(0))), ("V-104", "grade".into()));
    assert_eq!(refused(sent(&right, Some(9))), ("V-103", "grade".into()));
    assert!(SampleMaybe::decode(&sent(&right, Some(3)).encode_to_vec()).is_ok());
    assert_eq!(SampleMaybe::decode(&[0xff, 0xff]).expect_err("a refusal").code, "V-105");
}
