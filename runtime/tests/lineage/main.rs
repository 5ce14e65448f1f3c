//! Causes survive the database: what a handler writes is captured with its command's lineage, so that one chain can be
//! followed from the first row to the last event. On real MariaDB and MySQL, whose binary logs carry it.

#[path = "../mini/mod.rs"]
#[expect(dead_code, reason = "this suite wires the two contexts itself, on databases of its own")]
mod mini;
#[path = "../mini/topics.rs"]
mod topics;

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mini::handlers::{Handlers, billing_commands, order_commands};
use mini::messages::{Charged, NoteOrder, OrderNoted};
use mini::service::{BILLING, ChargeOnPlacement, NoteOnCharge, ORDERS, SHOP, order_paid, order_placed};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder};
use storm_runtime::lineage::Lineage;
use storm_runtime::spec::SourceSpec;
use storm_runtime::testing::{Rig, Running, Script, Seen};
use storm_runtime::{Decimal, Message, Policy, Service, row};
use storm_servers::Kind;
use topics::TOPICS;

fn source(database: &'static str, tables: bool) -> &'static SourceSpec {
    let tables = if tables { SHOP.tables } else { &[] };
    Box::leak(Box::new(SourceSpec { name: "shop", databases: database, tenant: false, tables }))
}

async fn connect(url: &str) -> Conn {
    let opts = OptsBuilder::from_opts(Opts::from_url(url).expect("a URL")).prefer_socket(false);
    Conn::new(opts).await.expect("the server answers")
}

/// The shop's table in a new database of its own.
async fn create(url: &str, database: &str) -> Conn {
    let mut conn = connect(url).await;
    for statement in [
        format!("DROP DATABASE IF EXISTS {database}"),
        format!("CREATE DATABASE {database} CHARACTER SET utf8mb4"),
        format!("USE {database}"),
        "CREATE TABLE orders (id VARCHAR(36) PRIMARY KEY, status ENUM('placed', 'paid') NOT NULL, \
         total DECIMAL(10, 2) NOT NULL, noted TINYINT NOT NULL DEFAULT 0)"
            .to_owned(),
    ] {
        conn.query_drop(&statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    for statement in storm_runtime::source::mysql::BOOKKEEPING_TABLES {
        conn.query_drop(statement).await.expect("the bookkeeping");
    }
    conn
}

struct Shop {
    rig: Rig,
    orders: Running,
    billing: Running,
    conn: Conn,
    url: String,
}

impl Shop {
    /// Both contexts on one database; nothing if there is no such server.
    async fn open(kind: Kind, database: &'static str) -> Option<Self> {
        let url = storm_servers::shared(kind)?;
        let conn = create(&url, database).await;
        let rig = Rig::in_turn(&TOPICS).await;
        let url = format!("{}/{database}", url.trim_end_matches('/'));
        // Tests run at the same time: each reader of the server has an id of its own.
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let config = || {
            let id = 3_000_000 + std::process::id() % 10_000 * 10 + NEXT.fetch_add(1, Ordering::Relaxed);
            format!("[source.shop]\nurl = '{url}'\nserver_id = {id}\n[database]\nurl = '{url}'\n")
        };
        let orders = Service::new(&ORDERS)
            .capture(source(database, true), [row(order_placed), row(order_paid)])
            .records::<OrderNoted>()
            .policy(ChargeOnPlacement)
            .policy(NoteOnCharge)
            .commands(order_commands(Handlers::default()));
        let billing = Service::new(&BILLING)
            .capture(source(database, false), [])
            .records::<Charged>()
            .commands(billing_commands(Handlers::default()));
        let mut billing = rig.deploy(billing, &config()).await.expect("billing starts");
        let mut orders = rig.deploy(orders, &config()).await.expect("orders starts");
        let ready = async { tokio::join!(orders.ready(), billing.ready()) };
        tokio::time::timeout(Duration::from_secs(60), ready).await.expect("both begin");
        Some(Self { rig, orders, billing, conn, url })
    }

    async fn end(self) {
        self.orders.stop().await.expect("it drains");
        self.billing.stop().await.expect("it drains");
        self.conn.disconnect().await.expect("an end");
        self.rig.end().await;
    }
}

fn lineage(seen: &Seen) -> Lineage {
    Lineage::unpack(seen.header("lineage")).unwrap_or_else(|| panic!("{seen:?} has a lineage"))
}

fn find<'s>(all: &'s [Seen], name: &str, key: &str) -> &'s Seen {
    let found = all.iter().find(|seen| seen.header("ce_type").ends_with(name) && seen.key == key);
    found.unwrap_or_else(|| panic!("no {name} of {key} in {all:#?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn one_chain_goes_through_mariadb_from_the_first_row_to_the_last_event() {
    chain(Kind::Mariadb).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_chain_goes_through_mysql_from_the_first_row_to_the_last_event() {
    chain(Kind::Mysql).await;
}

async fn chain(kind: Kind) {
    let Some(mut shop) = Shop::open(kind, "t_chain").await else { return };
    // Placed by hand, outside of any handler; another one at the same time, so that chains could mix.
    let placed = "INSERT INTO orders (id, status, total) VALUES ('o-1', 'placed', 20), ('o-2', 'placed', 30)";
    shop.conn.query_drop(placed).await.expect("two orders");
    shop.conn
        .query_drop("INSERT INTO orders (id, status, total) VALUES ('o-3', 'placed', 5)")
        .await
        .expect("one");
    let events = shop.rig.until("orders_events", 6).await;
    let charged = shop.rig.until("billing_events", 3).await;
    let commands = shop.rig.until("billing_commands", 3).await;
    // Three inserted, three noted, and the three events that say so.
    let raw = shop.rig.until("priv_orders", 9).await;
    // A command of the same context travels through no topic: its inbox row tells what it came with.
    let inbox = "SELECT command_id, lineage FROM storm_inbox";
    let inbox: Vec<(String, String)> = shop.conn.query(inbox).await.expect("the inbox");
    let billed = shop.rig.until("priv_billing", 3).await;

    for key in ["o-1", "o-2", "o-3"] {
        let place = find(&events, "OrderPlaced", key);
        let row =
            raw.iter().find(|seen| place.header("ce_id") == format!("{}/OrderPlaced", seen.header("ce_id")));
        let row = row.expect("the row of the event");
        let charge = find(&commands, "Charge", key);
        let charged_row = find(&billed, "Charged", key);
        let charged = find(&charged, "Charged", key);
        let update = raw.iter().find(|seen| {
            seen.key == key
                && seen.header("ce_type").ends_with("OrdersChange")
                && seen.header("ce_id") != row.header("ce_id")
        });
        let update = update.expect("the row that was noted");
        let note = lineage(update).causation;
        let came = inbox.iter().find(|(id, _)| *id == note).expect("the inbox row of the command");
        let came = Lineage::unpack(&came.1).expect("a lineage");
        assert_eq!((came.causation.as_str(), came.hop), (charged.header("ce_id"), 2));
        let noted_row = find(&raw, "OrderNoted", key);
        let noted = find(&events, "OrderNoted", key);

        // Each step: the record, what caused it, and how many commands lie before it.
        let event = place.header("ce_id");
        let steps = [
            (row, "", 0),
            (place, "", 0),
            (charge, event, 1),
            (charged_row, charge.header("ce_id"), 1),
            (charged, charge.header("ce_id"), 1),
            (update, &note, 2),
            (noted_row, &note, 2),
            (noted, &note, 2),
        ];
        let beginning = row.header("ce_id").rsplit_once("/t_chain.orders/").expect("a row's id").0;
        let trace = lineage(row).traceparent[..36].to_owned();
        assert!(trace.starts_with("00-") && trace.ends_with('-'), "{trace}");
        assert_eq!((&came.traceparent[..36], came.correlation.as_str()), (&*trace, beginning));
        let mut spans = HashSet::from([came.traceparent[36..52].to_owned()]);
        for (step, (seen, cause, hop)) in steps.into_iter().enumerate() {
            let lineage = lineage(seen);
            let is = (lineage.correlation.as_str(), lineage.causation.as_str(), lineage.hop);
            assert_eq!(is, (beginning, cause, hop), "step {step} of {key} on {kind}");
            assert_eq!(lineage.traceparent[..36], trace, "step {step} of {key}: one trace");
            assert_eq!(lineage.traceparent.len(), 55, "{}", lineage.traceparent);
            spans.insert(lineage.traceparent[36..52].to_owned());
        }
        assert_eq!(spans.len(), 9, "each step has a span of its own");
        assert_eq!(lineage(noted_row).correlation, lineage(charge).correlation);
    }
    let begun: HashSet<String> = raw.iter().map(|seen| lineage(seen).correlation).collect();
    assert_eq!(begun.len(), 2, "two transactions by hand are two beginnings");
    shop.end().await;
}

/// Whenever `OrderNoted` then `NoteOrder`: a model that nobody should draw.
struct NoteForEver;

impl Policy for NoteForEver {
    type Event = OrderNoted;
    type Command = NoteOrder;

    const NAME: &'static str = "NoteForEver";
    const SENTENCE: &'static str = "whenever an order is noted, note it";

    fn react(event: &OrderNoted) -> impl IntoIterator<Item = NoteOrder> {
        [NoteOrder { order_id: event.order_id.clone(), total: event.total }]
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_in_a_loop_end_in_a_dead_letter() {
    let rig = Rig::in_turn(&TOPICS).await;
    let service = Service::new(&ORDERS)
        .capture(source("shop", false), [])
        .records::<OrderNoted>()
        .policy(NoteForEver)
        .commands(order_commands(Handlers::default()));
    let running = rig.run(service, &Script::default()).await.expect("it starts");
    let body = NoteOrder { order_id: "o-1".into(), total: Decimal::ONE }.encode();
    let headers = [
        ("ce_type", NoteOrder::NAME),
        ("ce_id", "by-hand"),
        ("ce_source", "/hand"),
        ("ce_specversion", "1.0"),
    ]
    .map(|(name, value)| (name, Some(value.as_bytes())));
    rig.write("orders_commands", Some("o-1"), &headers, Some(&body)).await;
    let dead = rig.until("orders_dead", 1).await;
    assert!(dead[0].header("dead-cause").starts_with("D-010"), "{:?}", dead[0]);
    assert_eq!((dead[0].header("dead-at"), lineage(&dead[0]).hop), ("NoteForEver", 64));
    let events = rig.read("orders_events").await;
    let hops: Vec<u32> = events.iter().map(|seen| lineage(seen).hop).collect();
    assert_eq!(hops, (0..=64).collect::<Vec<_>>(), "one more each time, and no more after that");
    running.stop().await.expect("it drains");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn interleaved_transactions_do_not_mix_on_mariadb() {
    interleaved(Kind::Mariadb).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn interleaved_transactions_do_not_mix_on_mysql() {
    interleaved(Kind::Mysql).await;
}

/// Three sessions at once, two of them as handlers do it: the inbox row first, rows and a recorded event after it.
async fn interleaved(kind: Kind) {
    let Some(shop) = Shop::open(kind, "t_mixed").await else { return };
    let (mut one, mut two, mut hand) =
        (connect(&shop.url).await, connect(&shop.url).await, connect(&shop.url).await);
    let of =
        |command: &str| Lineage::beginning(&format!("chain of {command}")).following("an event", command, 3);
    let inbox = "INSERT INTO storm_inbox (command_id, lineage) VALUES (?, ?)";
    let order =
        |id: &str| format!("INSERT INTO orders (id, status, total) VALUES ('test-{id}', 'placed', 1)");
    let outbox =
        "INSERT INTO storm_outbox (message, record_key, body) VALUES ('mini.orders.v1.OrderNoted', ?, '')";
    one.query_drop("BEGIN").await.expect("a transaction");
    two.query_drop("BEGIN").await.expect("a transaction");
    hand.query_drop("BEGIN").await.expect("a transaction");
    one.exec_drop(inbox, ("c-1", of("c-1").pack())).await.expect("its inbox row");
    two.exec_drop(inbox, ("c-2", of("c-2").pack())).await.expect("its inbox row");
    one.query_drop(order("1a")).await.expect("an order");
    two.query_drop(order("2a")).await.expect("an order");
    hand.query_drop(order("ha")).await.expect("an order");
    one.query_drop(order("1b")).await.expect("an order");
    two.query_drop(order("2b")).await.expect("an order");
    one.exec_drop(outbox, ("test-1a",)).await.expect("an event");
    two.exec_drop(outbox, ("test-2a",)).await.expect("an event");
    two.query_drop("COMMIT").await.expect("committed");
    hand.query_drop("COMMIT").await.expect("committed");
    one.query_drop("COMMIT").await.expect("committed");
    // After a handler's transaction on the same connection: by hand again.
    one.query_drop(order("1c")).await.expect("an order");

    let raw = shop.rig.until("priv_orders", 8).await;
    assert_eq!(raw.len(), 8);
    for seen in &raw {
        let lineage = lineage(seen);
        let is = (lineage.correlation.as_str(), lineage.causation.as_str(), lineage.hop);
        match seen.key.as_str() {
            "test-1a" | "test-1b" => assert_eq!(is, ("chain of c-1", "c-1", 3), "{kind} {seen:?}"),
            "test-2a" | "test-2b" => assert_eq!(is, ("chain of c-2", "c-2", 3), "{kind} {seen:?}"),
            _ => {
                let own = seen.header("ce_id").rsplit_once("/t_mixed.orders/").expect("a row's id").0;
                assert_eq!(is, (own, "", 0), "{kind} {seen:?}");
            }
        }
    }
    let recorded = raw.iter().filter(|seen| seen.header("ce_type").ends_with("OrderNoted")).count();
    assert_eq!(recorded, 2, "recorded events are stamped like rows");
    for conn in [one, two, hand] {
        conn.disconnect().await.expect("an end");
    }
    shop.end().await;
}
