//! One order goes the whole way on real servers: command, row, raw record, public event, policy, the next command, until
//! the parcel is on its way. The services are the committed example's, as processes; nothing of ours is linked here.

mod services;
mod topics;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use services::Deployment;
use storm_servers::Kind;
use storm_soak::Outcome;

/// Long enough for a loaded machine; a passing run waits for conditions and takes a few seconds.
const PATIENCE: Duration = Duration::from_secs(90);

#[test]
fn an_order_goes_the_whole_way_on_mariadb_and_kafka() {
    whole_way(Kind::Mariadb);
}

#[test]
fn an_order_goes_the_whole_way_on_mysql_and_kafka() {
    whole_way(Kind::Mysql);
}

fn whole_way(database: Kind) {
    let Some(mut shop) = Deployment::start(database) else { return };
    assert_eq!(
        shop.topics(),
        planned_topics(),
        "services make the topics of `kafka/topics.yaml`, and no others"
    );
    let (ada, ada_key) =
        order(1, "ada@example.org", &[("teapot-blue", 1, "34.50"), ("cup-white", 6, "4.20")]);
    shop.command("ordering", "PlaceOrder", &ada_key, &ada);

    // The row's event, its fan-out, PayPal's answer, and what follows from each.
    let placed = shop.event("OrderPlaced", &ada_key, PATIENCE);
    assert_eq!(placed["total"], "59.70");
    assert_eq!(placed["lines"].as_array().unwrap().len(), 2);
    shop.event("StockReserved", "teapot-blue", PATIENCE);
    shop.event("StockReserved", "cup-white", PATIENCE);
    assert_eq!(shop.event("PaymentReceived", &ada_key, PATIENCE)["total"], "59.70");
    shop.event("OrderPaid", &ada_key, PATIENCE);
    shop.event("ParcelPacked", &ada_key, PATIENCE);

    // A person at the packing table.
    let dispatch = json!({ "order_id": ada_key, "tracking_code": "VAN-1" });
    shop.command("shipping", "DispatchParcel", &ada_key, &dispatch);
    shop.event("ParcelDispatched", &ada_key, PATIENCE);
    assert_eq!(shop.event("OrderShipped", &ada_key, PATIENCE)["tracking_code"], "VAN-1");
    assert_eq!(shop.status_of(&ada_key), "shipped");

    // A rejection leaves no row; a refused card cancels the order again.
    let (empty, empty_key) = order(2, "grace@example.org", &[]);
    shop.command("ordering", "PlaceOrder", &empty_key, &empty);
    assert_eq!(shop.event("OrderRejected", &empty_key, PATIENCE)["reason"], "no lines");
    let (dear, dear_key) = order(3, "alan@example.org", &[("kettle-steel", 20, "79.00")]);
    // At the door, twice under one key: one id, and it acts once.
    let asked = [0; 2].map(|_| shop.post("ordering", "PlaceOrder", "dear-kettles", &dear));
    assert_eq!(asked[0], asked[1]);
    shop.event("PaymentFailed", &dear_key, PATIENCE);
    assert_eq!(shop.event("OrderCancelled", &dear_key, PATIENCE)["paid"], false);

    // Asked for anew, and the row is there: the database refuses it, and quotes its key.
    shop.post("ordering", "PlaceOrder", "ada-once-more", &ada);
    shop.until("ordering", "storm_dead_letters_total", "name=\"PlaceOrder\"", 1.0, PATIENCE);

    // The five stages were counted, and SIGTERM drains.
    let metrics = shop.metrics("ordering");
    for stage in ["raw_pushed", "raw_transformed", "public_pushed", "retrieved", "processed"] {
        let counter = format!("storm_stage_records_total{{context=\"ordering\",stage=\"{stage}\"}} ");
        let count = metrics.split(&counter).nth(1).and_then(|rest| rest.lines().next()?.parse::<u64>().ok());
        assert!(count.is_some_and(|count| count > 0), "`{stage}`: {count:?} in:\n{metrics}");
    }
    assert_eq!(shop.terminate(), [Outcome::Drained; 4]);

    // The same command twice acts once, across a restart too; what happened meanwhile is caught up.
    shop.command("ordering", "PlaceOrder", &ada_key, &ada);
    let (late, late_key) = order(4, "edsger@example.org", &[("tea-assam-250", 2, "8.90")]);
    shop.command("ordering", "PlaceOrder", &late_key, &late);
    shop.restart();
    shop.event("ParcelPacked", &late_key, PATIENCE);
    shop.terminate();

    nothing_that_a_row_holds_is_logged(&shop, &[&ada_key, &empty_key, &dear_key, &late_key]);

    let seen = shop.all_events();
    for (name, key, times) in [
        ("OrderPlaced", &ada_key, 1),
        ("PaymentReceived", &ada_key, 1),
        ("OrderPaid", &ada_key, 1),
        ("ParcelPacked", &ada_key, 1),
        ("OrderShipped", &ada_key, 1),
        ("OrderPlaced", &late_key, 1),
        ("OrderPlaced", &dear_key, 1),
        ("OrderCancelled", &dear_key, 1),
    ] {
        let count = seen.iter().filter(|event| event.name == name && event.key == *key).count();
        assert_eq!(count, times, "{name} of {key}");
    }
    let mut ids: Vec<_> = seen.iter().map(|event| &event.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), seen.len(), "each event has an id of its own");
}

/// The services had said that they say everything: what, where and how it ended, and no key, no name, no amount.
fn nothing_that_a_row_holds_is_logged(shop: &Deployment, keys: &[&str]) {
    let values = ["example.org", "VAN-1", "59.70", "6a1f7c1e-0000-4000-9000", "teapot-blue", "kettle-steel"];
    let logs = shop.logs();
    assert!(logs.iter().any(|log| log.contains("H-201")), "the database's refusal is told by its code");
    for log in logs {
        assert!(log.contains("storm::hop"), "it says everything");
        for value in values.iter().chain(keys) {
            let leak = log.lines().find(|line| line.contains(value));
            assert_eq!(leak, None, "`{value}` is what a row holds");
        }
    }
}

/// The names in the generated plan.
fn planned_topics() -> BTreeSet<String> {
    let plan = storm_tests::root().join("generated-example/kafka/topics.yaml");
    let text = std::fs::read_to_string(plan).unwrap();
    text.lines().filter_map(|line| line.strip_prefix("  - name: ")).map(str::to_owned).collect()
}

/// An order as its command has it, and its key.
fn order(number: u32, email: &str, lines: &[(&str, u32, &str)]) -> (serde_json::Value, String) {
    let key = format!("6a1f7c1e-0000-4000-8000-{number:012}");
    let lines: Vec<_> = lines
        .iter()
        .map(|(sku, quantity, price)| json!({ "sku": sku, "quantity": quantity, "price": price }))
        .collect();
    let customer = format!("6a1f7c1e-0000-4000-9000-{number:012}");
    (json!({ "order_id": key, "customer_id": customer, "email": email, "lines": lines }), key)
}
