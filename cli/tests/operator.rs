//! An operator's afternoon on real servers: the shop's services run, a policy cannot do its work, its letter is found,
//! the cause is mended, the letter goes back; what plan wants is what the services have made.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use storm_servers::Kind;
use storm_soak::{CONTEXTS, Connection, Outcome, Shop, root};

/// Long enough for a loaded machine; a passing run waits for conditions.
const PATIENCE: Duration = Duration::from_secs(90);
const ORDER: &str = "6a1f7c1e-0000-4000-8000-000000000001";

struct Operator {
    brokers: String,
}

impl Operator {
    /// What stormc says to these arguments; it must end well.
    #[track_caller]
    fn asks(&self, arguments: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_stormc"))
            .args(["--color", "never"])
            .args(arguments)
            .env("STORM_KAFKA__BROKERS", &self.brokers)
            .env("STORM_KAFKA__REPLICAS", "1")
            .current_dir(Path::new(&root()).join("models/shop"))
            .output()
            .unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{arguments:?}: {:?}\n{out}\n{err}", output.status);
        out.into_owned()
    }

    fn tail(&self, arguments: &[&str]) -> Vec<Value> {
        let lines = self.asks(&[&["tail"], arguments].concat());
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Waits until the order has an event of this name.
    #[track_caller]
    fn waits_for(&self, context: &str, event: &str) {
        let (topic, begun) = (format!("{context}_events"), Instant::now());
        while self.tail(&[&topic, "--type", event, "--key", ORDER]).is_empty() {
            assert!(begun.elapsed() < PATIENCE, "no {event} came");
        }
    }

    fn letters(&self) -> Vec<Value> {
        let list = self.asks(&["dlq", "list", "--context", "Shipping", "--format", "json"]);
        serde_json::from_str::<Value>(&list).unwrap()["letters"].as_array().unwrap().clone()
    }
}

#[test]
fn a_letter_is_found_its_cause_mended_and_it_goes_back_to_its_policy_alone() {
    let Some(shop) = Shop::start(Kind::Mariadb, &[("cup-white", 100)]) else { return };
    let mut services = CONTEXTS.map(|context| shop.launch(context).start());
    services.iter_mut().for_each(|service| service.await_ready(PATIENCE));
    let operator = Operator { brokers: shop.brokers() };
    operator.asks(&["plan"]);

    let mut database = Connection::open(&shop.url()).unwrap();
    database.run("ALTER TABLE parcels ADD CONSTRAINT closed CHECK (status = 'dispatched')").unwrap();
    let lines = r#"[{"sku": "cup-white", "quantity": 6, "price": "4.20"}]"#;
    let customer = "6a1f7c1e-0000-4000-9000-000000000001";
    database
        .exec(
            "INSERT INTO orders (id, customer_id, email, status, `lines`, total, note, placed_at, updated_at) VALUES \
             (?, ?, 'ada@example.org', 'placed', ?, 25.20, NULL, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
            (ORDER, customer, lines),
        )
        .unwrap();
    operator.waits_for("ordering", "OrderPaid");
    let begun = Instant::now();
    let letter = loop {
        if let Some(letter) = operator.letters().pop() {
            break letter;
        }
        assert!(begun.elapsed() < PATIENCE, "no letter came");
    };
    assert_eq!((&letter["at"], &letter["code"]), (&"PackPaidOrder".into(), &"H-201".into()), "{letter}");
    let shown = operator.asks(&["dlq", "show", letter["letter"].as_str().unwrap()]);
    assert!(shown.contains("to the policy `PackPaidOrder` alone") && shown.contains("25.20"), "{shown}");

    database.run("ALTER TABLE parcels DROP CONSTRAINT closed").unwrap();
    operator.asks(&["dlq", "redrive", "--context", "Shipping", "--yes"]);
    operator.waits_for("shipping", "ParcelPacked");
    assert!(operator.letters().is_empty(), "what was redriven is done with");
    let paid = operator.tail(&["ordering_events", "--type", "OrderPaid"]);
    assert_eq!(paid.len(), 1, "the public topic was left in peace: {paid:#?}");

    // Everything that the services have written is read by the descriptor set and the headers alone.
    let mut kinds = std::collections::BTreeSet::new();
    for context in CONTEXTS {
        for topic in [format!("priv_{context}"), format!("{context}_events"), format!("{context}_commands")] {
            for line in operator.tail(&[&topic]) {
                assert!(line["data"].is_object() && line["undecoded"].is_null(), "{line}");
                assert!(!line.to_string().contains("ada@example.org"), "{line}");
                kinds.insert(line["type"].as_str().unwrap().to_owned());
            }
        }
    }
    assert!(kinds.len() >= 8, "{kinds:?}");
    operator.asks(&["plan"]);
    for service in services {
        assert_eq!(service.terminate(PATIENCE), Outcome::Drained);
    }
}
