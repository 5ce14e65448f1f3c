//! The crate of public types, as another team uses it: any event of the example is decoded from its bytes alone, and
//! nothing of a service comes along.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use prost_reflect::prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Value, json};

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../generated-example")
}

fn cargo(arguments: &[&str]) -> String {
    cargo_in(&example(), arguments)
}

fn cargo_in(folder: &Path, arguments: &[&str]) -> String {
    let target = storm_tests::example_programs().parent().unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(arguments).current_dir(folder).env("CARGO_TARGET_DIR", target);
    let ended = cargo.output().unwrap();
    assert!(ended.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).unwrap()
}

fn described() -> DescriptorPool {
    let descriptors = std::fs::read(example().join("proto/descriptors.binpb")).unwrap();
    DescriptorPool::decode(descriptors.as_slice()).unwrap()
}

/// Every event of the shop.
fn events() -> Vec<MessageDescriptor> {
    let is_event = |message: &MessageDescriptor| message.parent_file().name().ends_with("/events.proto");
    described()
        .all_messages()
        .filter(|message| message.parent_message().is_none() && is_event(message))
        .collect()
}

/// A message of this kind with something in every field, as JSON.
fn filled(message: &MessageDescriptor) -> Value {
    let value = |field: &FieldDescriptor| match field.kind() {
        Kind::Message(of) if of.full_name() == "google.protobuf.Timestamp" => json!("2026-11-22T06:32:05Z"),
        Kind::Message(of) => filled(&of),
        Kind::String if field.name().ends_with("_id") => json!("0190d3c8-7f5e-7c3a-9b1d-2f6f4c1a8e55"),
        Kind::String if ["total", "price"].contains(&field.name()) => json!("34.50"),
        Kind::String => json!("something"),
        Kind::Bool => json!(true),
        Kind::Uint32 => json!(7),
        other => panic!("{} is {other:?}: say here what a value of it looks like", field.full_name()),
    };
    let field = |field: FieldDescriptor| {
        let one = value(&field);
        (field.name().to_owned(), if field.is_list() { json!([one]) } else { one })
    };
    Value::Object(message.fields().map(field).collect())
}

/// The bytes of an event, as any writer makes them from the descriptors.
fn bytes(name: &str, fields: &Value) -> Vec<u8> {
    let message = described().get_message_by_name(name).unwrap_or_else(|| panic!("`{name}` is described"));
    DynamicMessage::deserialize(message, fields).unwrap().encode_to_vec()
}

/// What the crate's own example says of a record, and whether it could read it.
fn read(ce_type: &str, body: &[u8]) -> (String, bool) {
    let program = storm_tests::example_programs().join("examples/read");
    let mut reader = Command::new(program);
    let mut reader = reader
        .arg(ce_type)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    reader.stdin.take().unwrap().write_all(body).unwrap();
    let ended = reader.wait_with_output().unwrap();
    let said = [ended.stdout, ended.stderr].concat();
    (String::from_utf8(said).unwrap(), ended.status.success())
}

#[test]
fn a_reader_of_another_team_decodes_any_event() {
    cargo(&["build", "--quiet", "--package", "shop-events", "--example", "read"]);
    let id = "0190d3c8-7f5e-7c3a-9b1d-2f6f4c1a8e55";
    let placed = json!({
        "order_id": id, "customer_id": id, "email": "ada@example.org", "total": "34.50",
        "placed_at": "2026-11-22T06:32:05.123456Z",
        "lines": [{ "sku": "teapot-blue", "quantity": 1, "price": "34.50" }],
    });
    let (said, could) = read("shop.ordering.v1.OrderPlaced", &bytes("shop.ordering.v1.OrderPlaced", &placed));
    assert!(could, "{said}");
    for part in
        ["Ordering(", "OrderPlaced(", id, "total: 34.50", "2026-11-22T06:32:05.123456Z", "teapot-blue"]
    {
        assert!(said.contains(part), "`{part}` is missing in {said}");
    }
    assert!(said.contains("email: (masked)") && !said.contains("ada@"), "personal data is masked: {said}");

    let events = events();
    assert!(events.len() > 10, "{events:?}");
    for event in events {
        let (said, could) = read(event.full_name(), &bytes(event.full_name(), &filled(&event)));
        assert!(could && said.contains(&format!("{}(", event.name())), "{}: {said}", event.full_name());
        for field in event.fields() {
            let shown = [format!("{}: ", field.name()), format!("{}_: ", field.name())];
            assert!(shown.iter().any(|shown| said.contains(shown)), "{} is lost: {said}", field.full_name());
        }
    }

    let (said, could) = read("shop.ordering.v1.OrderGiftWrapped", &[]);
    assert!(could && said.contains("none of this version's events"), "a newer event is passed over: {said}");
    let (said, could) = read("shop.ordering.v1.OrderPlaced", &[0xff, 0xff]);
    assert!(!could && said.contains("V-105"), "garbage is refused: {said}");
}

/// The sample of the crate's README is a program beside a Kafka client, in a workspace of its own.
#[test]
fn the_sample_of_the_readme_takes_a_record_of_a_kafka_client() {
    let readme = std::fs::read_to_string(example().join("shop-events/README.md")).unwrap();
    let (_, sample) = readme.split_once("```rust\n").expect("a sample");
    let (sample, _) = sample.split_once("```").unwrap();
    let table = |path: &Path| std::fs::read_to_string(path).unwrap().parse::<toml::Table>().unwrap();
    let root = storm_tests::root();
    let client = &table(&root.join("Cargo.toml"))["workspace"]["dependencies"]["rdkafka"];
    let profile = &table(&example().join("Cargo.toml"))["profile"];
    let mut manifest: toml::Table =
        "workspace = {}\npackage = { name = 'reader', edition = '2024' }".parse().unwrap();
    let types: toml::Table =
        [("path".to_owned(), example().join("shop-events").to_str().unwrap().into())].into_iter().collect();
    let needed = [("rdkafka".to_owned(), client.clone()), ("shop-events".to_owned(), types.into())];
    manifest.insert("dependencies".into(), toml::Table::from_iter(needed).into());
    // With the same settings, what the example has compiled is taken from there.
    manifest.insert("profile".into(), profile.clone());
    let reader = tempfile::tempdir().unwrap();
    std::fs::create_dir(reader.path().join("src")).unwrap();
    std::fs::write(reader.path().join("Cargo.toml"), toml::to_string(&manifest).unwrap()).unwrap();
    std::fs::write(reader.path().join("src/lib.rs"), sample.replace("\nfn ", "\npub fn ")).unwrap();
    std::fs::copy(example().join("Cargo.lock"), reader.path().join("Cargo.lock")).unwrap();
    cargo_in(reader.path(), &["build", "--quiet", "--offline"]);
}

#[test]
fn the_public_types_bring_no_runtime_along() {
    let tree = cargo(&["tree", "--package", "shop-events", "--edges", "normal", "--prefix", "none"]);
    assert!(tree.contains("storm-contract"), "{tree}");
    for unwanted in ["storm-runtime", "storm-broker", "tokio", "rdkafka", "mysql_async"] {
        assert!(!tree.contains(unwanted), "{unwanted} comes along:\n{tree}");
    }
}
