//! Every type, good and bad; what is written is read back by a generic reader of protobuf's own JSON mapping.

use proptest::prelude::*;
use prost_reflect::{DescriptorPool, DynamicMessage};
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumValueDescriptorProto, FieldDescriptorProto,
    FileDescriptorProto, FileDescriptorSet, MessageOptions,
};
use serde_json::{Value, json};

use super::super::fuzzed::{ALL, LINE, STATUS};
use super::{Wrong, command};
use crate::spec::{FieldSpec as F, Kind, Shape};

/// The least that is asked for, and these members.
fn with(members: Value) -> Value {
    let mut all = json!({ "lines": {}, "numbers": [], "days": [], "all_lines": [], "name": "n" });
    all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    all
}

fn check(body: &str) -> Result<Vec<u8>, Vec<Wrong>> {
    command(&ALL, body.as_bytes())
}

/// The way and what is wrong, of every fault.
fn faults(body: &str) -> Vec<(String, String)> {
    check(body).unwrap_err().into_iter().map(|wrong| (wrong.field, wrong.what)).collect()
}

/// The descriptor that the compiler would write for these fields.
fn pool() -> DescriptorPool {
    let mut messages = Vec::new();
    message("All", ALL.fields, &mut messages);
    let value = |(name, number): &(&str, i32)| EnumValueDescriptorProto {
        name: Some((*name).into()),
        number: Some(*number),
        options: None,
    };
    let file = FileDescriptorProto {
        name: Some("all.proto".into()),
        syntax: Some("proto3".into()),
        dependency: vec!["google/protobuf/timestamp.proto".into(), "google/protobuf/duration.proto".into()],
        message_type: messages,
        enum_type: vec![EnumDescriptorProto {
            name: Some("Status".into()),
            value: [("none", 0)].iter().chain(STATUS).map(value).collect(),
            ..Default::default()
        }],
        ..Default::default()
    };
    let mut pool = DescriptorPool::global();
    pool.add_file_descriptor_set(FileDescriptorSet { file: vec![file] }).unwrap();
    pool
}

fn message(name: &str, fields: &[F], all: &mut Vec<DescriptorProto>) {
    let mut own = DescriptorProto { name: Some(name.into()), ..Default::default() };
    for field in fields {
        let (mut label, mut kind) =
            (if field.shape == Shape::List { Label::Repeated } else { Label::Optional }, field.kind);
        if let Kind::Map(value) = field.kind {
            let entry = [F::one("key", 1, Kind::String { most: None }), F::one("value", 2, *value)];
            let mut nested = Vec::new();
            message(&format!("{}Entry", camel(field.name)), &entry, &mut nested);
            let mut entry = nested.pop().unwrap();
            entry.options = Some(MessageOptions { map_entry: Some(true), ..Default::default() });
            own.nested_type.push(entry);
            (label, kind) = (Label::Repeated, Kind::Map(value));
        }
        let named = match kind {
            Kind::Timestamp => Some(".google.protobuf.Timestamp".to_owned()),
            Kind::Duration => Some(".google.protobuf.Duration".to_owned()),
            Kind::Record(_) => Some(".Line".to_owned()),
            Kind::Enum(_) => Some(".Status".to_owned()),
            Kind::Map(_) => Some(format!(".{name}.{}Entry", camel(field.name))),
            _ => None,
        };
        let ty = match kind {
            Kind::Bool => Type::Bool,
            Kind::I32 => Type::Int32,
            Kind::I64 => Type::Int64,
            Kind::U32 => Type::Uint32,
            Kind::U64 => Type::Uint64,
            Kind::F32 => Type::Float,
            Kind::F64 => Type::Double,
            Kind::Bytes => Type::Bytes,
            Kind::Enum(_) => Type::Enum,
            Kind::Timestamp | Kind::Duration | Kind::Record(_) | Kind::Map(_) => Type::Message,
            _ => Type::String,
        };
        own.field.push(FieldDescriptorProto {
            name: Some(field.name.into()),
            number: Some(field.number.cast_signed()),
            label: Some(label.into()),
            r#type: Some(ty.into()),
            type_name: named,
            ..Default::default()
        });
    }
    if name == "All" {
        message("Line", LINE, all);
    }
    all.push(own);
}

fn camel(name: &str) -> String {
    name[..1].to_uppercase() + &name[1..]
}

/// What a generic reader makes of the bytes, in protobuf's JSON mapping with the model's names.
fn read(bytes: &[u8]) -> Value {
    let message = DynamicMessage::decode(pool().get_message_by_name("All").unwrap(), bytes).unwrap();
    let options = prost_reflect::SerializeOptions::new().use_proto_field_name(true);
    message.serialize_with_options(serde_json::value::Serializer, &options).unwrap()
}

#[test]
fn good_values_of_every_type_are_what_protobuf_s_own_mapping_says() {
    for (field, sent, read_back) in [
        ("bool", json!(true), json!(true)),
        ("i32", json!(-2_147_483_648), json!(-2_147_483_648)),
        ("i32", json!(5.0), json!(5)),
        ("i64", json!(i64::MIN), json!(i64::MIN.to_string())),
        ("i64", json!("-42"), json!("-42")),
        ("u32", json!(4_294_967_295_u32), json!(4_294_967_295_u32)),
        ("u64", json!(u64::MAX), json!(u64::MAX.to_string())),
        ("u64", json!("18446744073709551615"), json!("18446744073709551615")),
        ("f32", json!(1.5), json!(1.5)),
        ("f64", json!(-0.1), json!(-0.1)),
        ("decimal", json!("12.5"), json!("12.50")),
        ("decimal", json!(12.5), json!("12.50")),
        ("decimal", json!(-9_999_999_999.99), json!("-9999999999.99")),
        ("decimal", json!("-0"), json!("0.00")),
        ("decimal", json!("007.100"), json!("7.10")),
        ("bytes", json!("AQID/w=="), json!("AQID/w==")),
        ("bytes", json!("AQID_w"), json!("AQID/w==")),
        (
            "uuid",
            json!("6A1F7C1E-0000-4000-8000-000000000001"),
            json!("6a1f7c1e-0000-4000-8000-000000000001"),
        ),
        ("date", json!("2028-02-29"), json!("2028-02-29")),
        ("time", json!("06:32:05.25"), json!("06:32:05.250")),
        ("timestamp", json!("2026-11-22T06:32:05.123456+02:00"), json!("2026-11-22T04:32:05.123456Z")),
        ("duration", json!("PT1H30M"), json!("5400s")),
        ("duration", json!("-P1DT0.5S"), json!("-86400.500s")),
        ("duration", json!("3.000000001s"), json!("3.000000001s")),
        ("json", json!({ "a": [1, null] }), json!("{\"a\":[1,null]}")),
        ("json", json!("text"), json!("\"text\"")),
        ("status", json!("paid"), json!("paid")),
        ("line", json!({ "sku": "äöüß", "quantity": 0 }), json!({ "sku": "äöüß" })),
        (
            "lines",
            json!({ "a.b": { "sku": "x", "quantity": 1, "note": "y" } }),
            json!({ "a.b": { "sku": "x", "quantity": 1, "note": "y" } }),
        ),
        ("numbers", json!([1, -1, 1]), json!([1, -1, 1])),
        ("days", json!(["2026-01-01"]), json!(["2026-01-01"])),
        (
            "all_lines",
            json!([{ "sku": "a", "quantity": 2, "note": null }]),
            json!([{ "sku": "a", "quantity": 2 }]),
        ),
        ("name", json!("\u{1f600}abcdefg"), json!("\u{1f600}abcdefg")),
    ] {
        let body = with(json!({ field: sent })).to_string();
        let bytes = check(&body).unwrap_or_else(|wrong| panic!("{body}: {wrong:?}"));
        let read = read(&bytes);
        let value = read.get(field).cloned().unwrap_or_default();
        // What proto3 leaves out is its default.
        let value = if value.is_null() && field == "lines" { json!({}) } else { value };
        assert_eq!(value, read_back, "{field}: {sent}");
    }
}

#[test]
fn numbers_keep_digits_that_a_float_would_lose() {
    let body = with(json!({})).to_string().replacen('{', "{\"wide\": 123456789012345678901234.5678,", 1);
    assert_eq!(read(&check(&body).unwrap())["wide"], "123456789012345678901234.5678");
}

#[test]
fn bad_values_of_every_type_are_named() {
    for (field, sent, what) in [
        ("bool", json!("true"), "is text"),
        ("bool", json!(1), "is a number"),
        ("i32", json!(2_147_483_648_i64), "is out of range"),
        ("i32", json!("1"), "is text"),
        ("i32", json!(1.5), "is no whole number"),
        ("i64", json!("9223372036854775808"), "is out of range"),
        ("i64", json!("1e3"), "is text of another form"),
        ("u32", json!(-1), "is out of range"),
        ("u64", json!("-"), "is text of another form"),
        ("u64", json!(1e300), "is out of range"),
        ("f32", json!(1e39), "is out of range"),
        ("f64", json!("NaN"), "is text"),
        ("decimal", json!(12.505), "has too many digits after the point"),
        ("decimal", json!("12,5"), "is text of another form"),
        ("decimal", json!("1e2"), "is text of another form"),
        ("decimal", json!("10000000000"), "is out of range"),
        ("decimal", json!("1".repeat(100)), "is out of range"),
        ("decimal", json!([1]), "is a list"),
        ("bytes", json!("AQI*"), "is text of another form"),
        ("uuid", json!("{6a1f7c1e-0000-4000-8000-000000000001}"), "is text of another form"),
        ("uuid", json!("6a1f7c1e00004000800000000000000001"), "is text of another form"),
        ("date", json!("2026-02-29"), "is text of another form"),
        ("date", json!("2026-1-1"), "is text of another form"),
        ("time", json!("24:00:00"), "is text of another form"),
        ("time", json!("23:59:60"), "is text of another form"),
        ("timestamp", json!("2026-11-22T06:32:05"), "is text of another form"),
        ("timestamp", json!("2016-12-31T23:59:60Z"), "is text of another form"),
        ("timestamp", json!(1_700_000_000), "is a number"),
        ("duration", json!("P1Y"), "is text of another form"),
        ("duration", json!("PT"), "is text of another form"),
        ("duration", json!("P1.5D"), "is text of another form"),
        ("duration", json!("PT5M1H"), "is text of another form"),
        ("status", json!("PAID"), "is none of the values"),
        ("status", json!(7), "is a number"),
        ("line", json!(null), "is null"),
        ("line", json!("x"), "is text"),
        ("lines", json!([]), "is a list"),
        ("numbers", json!({}), "is an object"),
        ("name", json!(null), "is null"),
        ("name", json!("123456789"), "is too long"),
        ("name", json!(""), "cannot be a key"),
        ("name", json!("a\u{1f}b"), "cannot be a key"),
    ] {
        // A null is nothing where nothing may stand.
        if field == "line" && sent.is_null() {
            assert!(check(&with(json!({ field: sent })).to_string()).is_ok());
            continue;
        }
        let body = with(json!({ field: sent })).to_string();
        assert_eq!(faults(&body), [(field.to_owned(), what.to_owned())], "{body}");
        let expected = &check(&body).unwrap_err()[0].expected;
        assert!(!expected.is_empty(), "{field} does not say what it should be");
    }
}

#[test]
fn every_fault_is_told_with_the_way_to_it() {
    let body = r#"{"lnies": 1, "lines": {"a": {"sku": 5}}, "numbers": [1, "2"], "all_lines": [{"quantity": -1, "sku": "toolong",
                   "colour": "red"}], "name": "n", "name": "m"}"#;
    let told: Vec<String> = faults(body).into_iter().map(|(field, what)| format!("{field} {what}")).collect();
    assert_eq!(
        told,
        [
            "lnies is not a field of this command",
            "lines.a.sku is a number",
            "lines.a.quantity is missing",
            "numbers[1] is text",
            "all_lines[0].quantity is out of range",
            "all_lines[0].sku is too long",
            "all_lines[0].colour is not a field of this command",
            "name is there twice",
            "days is missing",
        ]
    );
    let help = |at: usize| check(body).unwrap_err()[at].help.clone().unwrap();
    assert_eq!(help(0), "did you mean `lines`?");
    assert_eq!(help(6), "the fields are `sku`, `quantity`, `note`");
}

#[test]
fn what_is_no_json_or_too_much_of_it_is_refused_at_once() {
    for (body, what) in [
        ("", "is no JSON from line 1, column 0 on"),
        ("{\"name\": \n x}", "is no JSON from line 2, column 2 on"),
        ("{} {}", "is no JSON from line 1, column 4 on"),
        ("[]", "is a list"),
        ("null", "is null"),
        (r#"{"\ud800": 1}"#, "has a name with half of a character"),
    ] {
        assert_eq!(faults(body), [(String::new(), what.to_owned())], "{body}");
    }
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let body = with(json!({})).to_string().replacen('{', &format!("{{\"json\": {deep},"), 1);
    assert_eq!(faults(&body), [("json".to_owned(), "is nested too deeply or is no text".to_owned())]);
    let many: Vec<Value> = (0..1_000).map(|_| json!("x")).collect();
    assert_eq!(faults(&with(json!({ "numbers": many })).to_string()).len(), super::MOST);
    assert_eq!(check("\u{ff}").unwrap_err().len(), 1);
    assert_eq!(command(&ALL, &[0xff, 0xfe]).unwrap_err().len(), 1);
}

/// JSON of any shape, with the fields' own names among its names, so that values reach their checks.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        "-?[0-9]{1,40}(\\.[0-9]{0,40})?(e[0-9]{1,5})?".prop_map(Value::from),
        "-?P[0-9]{0,14}[YMWD]?T?[0-9.]{0,14}[HMS]?".prop_map(Value::from),
        "[0-9]{1,6}-[0-9]{2}-[0-9]{2}(T[0-9:.]{1,20}(Z|[+-][0-9:]{1,6})?)?".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 12, |inner| {
        let own: Vec<String> = ALL.fields.iter().chain(LINE).map(|field| field.name.to_owned()).collect();
        let name = prop_oneof![proptest::sample::select(own), ".*"];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            proptest::collection::btree_map(name, inner, 0..24)
                .prop_map(|all| Value::Object(all.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_panics_and_what_passes_is_read_by_anyone(json in any_json()) {
        for body in [json.clone(), if json.is_object() { with(json) } else { Value::Null }] {
            if let Ok(bytes) = check(&body.to_string()) {
                read(&bytes);
            }
        }
    }

    #[test]
    fn no_bytes_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = command(&ALL, &body);
    }
}
