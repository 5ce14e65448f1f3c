//! The crate of public types, as another team uses it: any event of the example is decoded from its bytes alone, and
//! nothing of a service comes along.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use prost_reflect::prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};
use serde_json::{Value, json};

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../generated-example")
}

fn cargo(arguments: &[&str]) -> String {
    let target = storm_tests::example_programs().parent().unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(arguments).current_dir(example()).env("CARGO_TARGET_DIR", target);
    let ended = cargo.output().unwrap();
    assert!(ended.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).unwrap()
}

/// The bytes of an event, as any writer makes them from the descriptors.
fn bytes(name: &str, fields: &Value) -> Vec<u8> {
    let descriptors = std::fs::read(example().join("proto/descriptors.binpb")).unwrap();
    let pool = DescriptorPool::decode(descriptors.as_slice()).unwrap();
    let message = pool.get_message_by_name(name).unwrap_or_else(|| panic!("`{name}` is described"));
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

    let low = json!({ "sku": "cup", "on_hand": 2, "reorder_quantity": 40 });
    let (said, could) =
        read("shop.inventory.v1.StockFellLow", &bytes("shop.inventory.v1.StockFellLow", &low));
    assert!(could && said.contains("Inventory(") && said.contains("reorder_quantity: 40"), "{said}");

    let (said, could) = read("shop.ordering.v1.OrderGiftWrapped", &[]);
    assert!(could && said.contains("none of this version's events"), "a newer event is passed over: {said}");
    let (said, could) = read("shop.ordering.v1.OrderPlaced", &[0xff, 0xff]);
    assert!(!could && said.contains("V-105"), "garbage is refused: {said}");
}

#[test]
fn the_public_types_bring_no_runtime_along() {
    let tree = cargo(&["tree", "--package", "shop-events", "--edges", "normal", "--prefix", "none"]);
    assert!(tree.contains("storm-contract"), "{tree}");
    for unwanted in ["storm-runtime", "storm-broker", "tokio", "rdkafka", "mysql_async"] {
        assert!(!tree.contains(unwanted), "{unwanted} comes along:\n{tree}");
    }
}
