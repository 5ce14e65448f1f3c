//! A key is parked, and its service is killed again and again under load: the key's events wait on through all of it, the
//! others go on, and once the cause is mended each event is done once and in order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use prost_reflect::prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use serde_json::json;
use storm_servers::Kind;
use storm_soak::{Connection, Launch, Random, Service, Shop};

use crate::seed;

/// Long enough for a loaded machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);
const KILLS: usize = 4;
pub(super) const KEYS: u64 = 10;
const NAME: &str = "shop.payments.v1.PaymentReceived";
const POLICY: &str = "name=\"ConfirmPaidOrder\"";

/// Few attempts, and short pauses, so that a key is parked soon; offsets that are rarely committed, so that a kill meets
/// records that are done and not yet known to be.
const CONFIG: &str = "[policy.ConfirmPaidOrder.retry]\ntimes = 1\nfrom = '10ms'\nto = '20ms'\n\
    [dispatch]\ncommit_every = '500ms'\n[dispatch.park]\nretry = '100ms'\n";

/// Whoever handles a command leaves a line in this order, in the same transaction. The order of the parked key cannot be
/// paid while the desk is closed.
const TABLES: [&str; 5] = [
    "CREATE DATABASE ledger",
    "CREATE TABLE ledger.desk (closed INT NOT NULL) ENGINE=InnoDB",
    "CREATE TABLE ledger.done (seq BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, command VARCHAR(255) NOT NULL, \
     lineage TEXT NOT NULL) ENGINE=InnoDB",
    "CREATE TRIGGER ledger_done AFTER INSERT ON storm_inbox FOR EACH ROW \
     INSERT INTO ledger.done (command, lineage) VALUES (NEW.command_id, NEW.lineage)",
    "CREATE TRIGGER ledger_desk BEFORE UPDATE ON orders FOR EACH ROW \
     IF (SELECT closed FROM ledger.desk) = 1 THEN SIGNAL SQLSTATE '45000'; END IF",
];

/// Events as payments publishes them.
pub(super) struct Payments {
    producer: ThreadedProducer<DefaultProducerContext>,
    pool: DescriptorPool,
}

impl Payments {
    pub(super) fn open(brokers: &str) -> Self {
        let file = storm_tests::root().join("generated-example/proto/descriptors.binpb");
        let pool = DescriptorPool::decode(std::fs::read(file).unwrap().as_slice()).unwrap();
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", brokers).set("partitioner", "murmur2_random");
        Self { producer: client.set("enable.idempotence", "true").create().unwrap(), pool }
    }

    /// All of them are there.
    pub(super) fn flush(&self) {
        self.producer.flush(PATIENCE).unwrap();
    }

    /// The n-th event of a key.
    pub(super) fn received(&self, key: &str, n: usize) {
        let body = json!({ "order_id": key, "receipt": "PP-1", "total": "5.00" });
        let descriptor = self.pool.get_message_by_name(NAME).unwrap();
        let body = DynamicMessage::deserialize(descriptor, body).unwrap().encode_to_vec();
        let id = event(key, n);
        let headers =
            [("ce_type", NAME), ("ce_id", &id), ("ce_source", "/payments"), ("ce_specversion", "1.0")]
                .into_iter()
                .fold(OwnedHeaders::new(), |all, (key, value)| {
                    all.insert(Header { key, value: Some(value) })
                });
        let record = BaseRecord::to("payments_events").key(key).payload(&body).headers(headers);
        self.producer.send(record).map_err(|(error, _)| error).unwrap();
    }
}

pub(super) fn event(key: &str, n: usize) -> String {
    format!("paid/{key}/{n}")
}

pub(super) fn key(n: u64) -> String {
    format!("{n:08x}-0000-4000-8000-000000000000")
}

pub(super) fn eventually(what: &str, service: &mut Service, mut holds: impl FnMut(&mut Service) -> bool) {
    let start = Instant::now();
    while !holds(service) {
        assert!(start.elapsed() < PATIENCE, "never seen: {what}\n{}", service.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub(super) fn parked(service: &mut Service, metric: &str) -> usize {
    service.metric(metric, POLICY) as usize
}

/// The events that were handled, by key, in the order in which that was committed.
pub(super) fn done(database: &mut Connection) -> BTreeMap<String, Vec<usize>> {
    let mut done: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let lines = database.rows::<String>("SELECT lineage FROM ledger.done ORDER BY seq").unwrap();
    for lineage in lines {
        let (_, rest) = lineage.split_once("paid/").expect("a command that follows from a payment");
        let event = rest.split('|').next().unwrap();
        let (key, n) = event.rsplit_once('/').unwrap();
        done.entry(key.to_owned()).or_default().push(n.parse().unwrap());
    }
    done
}

pub(super) fn start(launch: &Launch) -> Service {
    let mut service = launch.start();
    service.await_ready(PATIENCE);
    service
}

/// Tables that tell what was handled in which order, and an order whose payments fail while the desk is closed; it is closed.
/// The order's key.
pub(super) fn prepare(database: &mut Connection, service: &mut Service, payments: &Payments) -> String {
    // The first command makes the inbox.
    payments.received(&key(KEYS), 0);
    let inbox = |database: &mut Connection| database.rows::<String>("SELECT command_id FROM storm_inbox");
    eventually("an inbox", service, |_| inbox(database).is_ok_and(|commands| commands.len() == 1));
    TABLES.iter().for_each(|statement| database.run(statement).unwrap());
    database.run("INSERT INTO ledger.desk VALUES (1)").unwrap();
    let bad = key(u64::from(u32::MAX));
    database
        .run(&format!(
            "INSERT INTO orders (id, customer_id, email, `lines`, total, placed_at, updated_at) VALUES \
             ('{bad}', '{bad}', 'ada@example.test', '[]', 5.00, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))"
        ))
        .unwrap();
    bad
}

#[test]
fn a_parked_keys_events_are_done_once_and_in_order_through_kills() {
    let Some(shop) = Shop::start(Kind::Mariadb, &[]) else { return };
    let mut random = Random::new(seed());
    let mut database = Connection::open(&shop.url()).unwrap();
    std::fs::write(shop.logs.path().join("ordering.toml"), CONFIG).unwrap();
    // Each hears the others' topics.
    let mut others = ["inventory", "payments", "shipping"].map(|context| shop.launch(context).start());
    let launch = shop.launch("ordering").only("dispatch").set("STORM_LOG__LEVEL", "info,storm::hop=debug");
    let mut first = start(&shop.launch("ordering"));
    others.iter_mut().for_each(|service| service.await_ready(PATIENCE));
    let payments = Payments::open(&shop.brokers());
    let bad = prepare(&mut database, &mut first, &payments);
    payments.received(&bad, 0);
    payments.received(&bad, 1);
    eventually("a parked key", &mut first, |service| parked(service, "storm_parked_records") == 2);
    first.kill9();

    let stop = AtomicBool::new(false);
    let (mut service, sent) = std::thread::scope(|scope| {
        let load = scope.spawn(|| {
            let mut sent = 0;
            while !stop.load(Ordering::SeqCst) {
                (0..KEYS).for_each(|of| payments.received(&key(of), sent));
                sent += 1;
                std::thread::sleep(Duration::from_millis(200));
            }
            sent
        });
        let mut service = start(&launch);
        for kill in 0..KILLS {
            if kill % 2 == 0 {
                eventually("the parked key", &mut service, |service| {
                    parked(service, "storm_parked_keys") == 1
                });
                payments.received(&bad, 2 + kill / 2);
            }
            std::thread::sleep(random.between(Duration::ZERO, Duration::from_millis(1_500)));
            service.kill9();
            service = start(&launch);
        }
        stop.store(true, Ordering::SeqCst);
        (service, load.join().unwrap())
    });
    payments.flush();

    let all: Vec<usize> = (0..sent).collect();
    let others_of = |done: &BTreeMap<String, Vec<usize>>| {
        (0..KEYS).all(|n| done.get(&key(n)).is_some_and(|done| done.len() >= sent))
    };
    eventually("the others' events", &mut service, |_| others_of(&done(&mut database)));
    let waits = 2 + KILLS / 2;
    eventually("what waits", &mut service, |service| parked(service, "storm_parked_records") == waits);
    assert_eq!(done(&mut database).get(&bad), None, "it waits");

    database.run("UPDATE ledger.desk SET closed = 0").unwrap();
    eventually("nothing parked", &mut service, |service| parked(service, "storm_parked_keys") == 0);
    let done = done(&mut database);
    assert_eq!(done[&bad], (0..waits).collect::<Vec<_>>());
    for n in 0..KEYS {
        assert_eq!(done[&key(n)], all, "each once and in order");
    }
    let status =
        database.rows::<String>(&format!("SELECT CAST(status AS CHAR) FROM orders WHERE id = '{bad}'"));
    assert_eq!(status.unwrap(), ["paid"]);
    assert_eq!(service.metric("storm_dead_letters_total", ""), 0.0);
    let known = service.metric("storm_passed_over_total", "reason=\"done before\"");
    assert!(known > 0.0, "what is known to be done behind the parked key is not done again");
    let log = std::fs::read_to_string(shop.logs.path().join("ordering-dispatch.log")).unwrap();
    assert!(log.contains("already done"), "the inbox was not asked to take a duplicate");
    assert!(!log.contains("storm::dispatch: dead letter"));
    drop(others);
}
