//! A Kafka of this suite's own, contexts with topics of their own on it, and what a reader must find there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use storm_runtime::spec::{ContextSpec, TopicSpec, TopicsSpec};
use storm_runtime::testing::{Rig, Running, Script, Seen};
use storm_runtime::{Fault, Service, row};
use storm_servers::{Kafka, Kind, Options, Server, private};
use tokio::task::JoinHandle;

use crate::mini::messages::raw_order;
use crate::mini::service::{SHOP, order_paid, order_placed};

/// Members are missed and transactions ended sooner than in a deployment: tests wait for it.
pub const SETTINGS: &[(&str, &str)] =
    &[("session.timeout.ms", "2000"), ("heartbeat.interval.ms", "100"), ("transaction.timeout.ms", "2000")];

/// Long enough that a rebalance finds most transactions open.
pub const PUBLISH_EVERY: Duration = Duration::from_millis(100);

const PARTITIONS: i32 = 6;

/// The type of a raw record that is no row.
pub const END: &str = "storm.raw.v1.TransactionEnd";

/// What Kafka writes when it closes a transaction without its markers because a partition has no leader (KAFKA-20734).
const SKIPPED: &str = "are likely deleted already and hence can be skipped";

/// False for a node that closed transactions without markers: what was aborted shows then, whatever its clients did.
pub fn wrote_its_markers(server: &Server) -> bool {
    !std::fs::read_to_string(server.log()).unwrap().contains(SKIPPED)
}

/// Plays a scenario on a node of its own, which says in the end whether the node did its part; where it did not there is
/// nothing to be learned of ours, and it is played once more on another one.
pub async fn on_a_sound_node(scenario: impl AsyncFn(&mut Server) -> bool) {
    for _ in 0..3 {
        let Some(mut kafka) = kafka() else { return };
        if scenario(&mut kafka).await {
            return;
        }
        println!("Kafka lost the markers of transactions (KAFKA-20734): once more on another node");
    }
    panic!("three nodes in a row lost the markers of their transactions");
}

/// Pastes the command with which a help ends: nothing in it is left to be filled in. As often as the group still has the
/// member that has stopped, which is until its session ends.
#[track_caller]
pub fn does_as_told(server: &Server, fault: &Fault) {
    let (_, command) = fault.help.split_once("kafka-consumer-groups.sh ").expect("a command");
    let brokers = format!("--bootstrap-server {} ", server.address());
    assert!(command.starts_with(&brokers) && !command.contains('…'), "{fault}");
    let words: Vec<&str> = command[brokers.len()..].split(' ').collect();
    let start = Instant::now();
    loop {
        let printed = Kafka::tool(server, "consumer.group.ConsumerGroupCommand", &words).unwrap();
        if !printed.contains("is inactive") {
            assert!(printed.contains("NEW-OFFSET") && !printed.contains("Error"), "{printed}");
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{printed}");
    }
}

/// A node that allows [`SETTINGS`].
pub fn kafka() -> Option<Server> {
    let allow = |options: Options, line: &str| options.argument(line);
    let lines = [
        "group.min.session.timeout.ms=500",
        "transaction.abort.timed.out.transaction.cleanup.interval.ms=200",
        "log.initial.task.delay.ms=500",
        // Its controller is not to take a node for dead that stands still, as it does itself.
        "broker.session.timeout.ms=30000",
        // As it comes: whoever asks for a topic that is not there makes it.
        "auto.create.topics.enable=true",
    ];
    private(Kind::Kafka, lines.into_iter().fold(Options::new(), allow))
}

/// The node that tests share which leave it whole. The last one to end takes it along.
pub fn shared() -> Option<std::sync::Arc<Server>> {
    static SHARED: LazyLock<Mutex<std::sync::Weak<Server>>> = LazyLock::new(Mutex::default);
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = shared.upgrade() {
        return Some(server);
    }
    let server = std::sync::Arc::new(kafka()?);
    *shared = std::sync::Arc::downgrade(&server);
    Some(server)
}

pub async fn rig(server: &Server) -> Rig {
    rig_at(&server.address()).await
}

pub async fn rig_at(address: &str) -> Rig {
    Rig::at(address, &[]).await.settings(SETTINGS).publish_every(PUBLISH_EVERY)
}

/// A context that captures and publishes orders, with topics of its own: `priv_<name>`, `<name>_events`.
pub fn context(name: &str) -> Service {
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let topic = |name: String, partitions| TopicSpec {
        name: leak(name),
        partitions,
        replicas: 1,
        min_insync: 1,
        settings: &[("retention.ms", "86400000")],
    };
    let topics = TopicsSpec {
        raw: topic(format!("priv_{name}"), PARTITIONS),
        events: topic(format!("{name}_events"), PARTITIONS),
        commands: topic(format!("{name}_commands"), 1),
        dead: topic(format!("{name}_dead"), 1),
    };
    let slug = leak(name.to_owned());
    let spec = Box::leak(Box::new(ContextSpec { system: "mini", name: slug, slug, topics }));
    Service::new(spec).capture(&SHOP, [row(order_placed), row(order_paid)])
}

/// The rows of a transaction, always the same for the same number: eight orders of a hundred.
pub fn rows(transaction: usize) -> Vec<(String, Vec<u8>)> {
    let row = |n: usize| {
        let id = format!("o-{}", (transaction * 7 + n * 13) % 100);
        let body = raw_order(None, (&id, "placed", "1.00"));
        (id, body)
    };
    (0..ROWS).map(row).collect()
}

/// Rows, and so events, of a transaction.
pub const ROWS: usize = 8;

/// Commits transactions one after the other, each so much later, until told to end; then says how many.
pub struct Writer {
    script: Script,
    end: tokio::sync::watch::Sender<bool>,
    writing: JoinHandle<usize>,
}

impl Writer {
    pub fn start(pause: Duration) -> Self {
        let (end, mut ended) = tokio::sync::watch::channel(false);
        let script = Script::default();
        let to = script.clone();
        let writing = tokio::spawn(async move {
            let mut written = 0;
            while tokio::time::timeout(pause, ended.wait_for(|end| *end)).await.is_err() {
                insert(&to, written);
                written += 1;
            }
            written
        });
        Self { script, end, writing }
    }

    pub fn script(&self) -> &Script {
        &self.script
    }

    /// Events that must be there in the end.
    pub async fn end(self) -> usize {
        self.end.send_replace(true);
        self.writing.await.unwrap() * ROWS
    }
}

pub fn insert(script: &Script, transaction: usize) {
    let rows = rows(transaction);
    script.insert(&rows.iter().map(|(id, body)| (id.as_str(), body.clone())).collect::<Vec<_>>());
}

/// Waits until `topic` holds so many records: a broker that has died or stalled takes its time on a loaded machine.
pub async fn holding(rig: &Rig, topic: &str, records: usize) -> Vec<Seen> {
    holding_of(rig, topic, records, |_| true).await
}

/// Waits until `topic` holds so many records of a kind, and returns these.
async fn holding_of(rig: &Rig, topic: &str, records: usize, kind: impl Fn(&Seen) -> bool) -> Vec<Seen> {
    let start = Instant::now();
    loop {
        let seen: Vec<Seen> = rig.read(topic).await.into_iter().filter(&kind).collect();
        if seen.len() >= records {
            return seen;
        }
        assert!(start.elapsed() < Duration::from_secs(180), "`{topic}` holds {} of {records}", seen.len());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Waits until `topic` holds `expected` rows or events, then holds it to the promise: each once, in order of its key. The
/// end markers of transactions that a stop or a handover happened to cut are none.
pub async fn each_once(rig: &Rig, topic: &str, expected: usize) {
    let seen = holding_of(rig, topic, expected, |record| record.header("ce_type") != END).await;
    let mut first: BTreeMap<&str, (i32, i64)> = BTreeMap::new();
    for record in &seen {
        let place = (record.partition, record.offset);
        if let Some(before) = first.insert(record.header("ce_id"), place) {
            println!("twice on `{topic}`: {} at {before:?} and {place:?}", record.header("ce_id"));
        }
    }
    let ids: BTreeSet<&str> = seen.iter().map(|seen| seen.header("ce_id")).collect();
    assert_eq!((seen.len(), ids.len()), (expected, expected), "records on `{topic}`, and different ones");
    in_order(&seen);
}

/// A key's records stand in one partition, in the order of their transactions and rows.
fn in_order(seen: &[Seen]) {
    let mut last: BTreeMap<&str, (i32, (usize, usize))> = BTreeMap::new();
    for record in seen {
        // `shop.1/0-1-<transaction>/shop.orders/<row>[/<capture>]`
        let mut parts = record.header("ce_id").split('/');
        let transaction = parts.nth(1).and_then(|gtid| gtid.rsplit('-').next()).unwrap().parse().unwrap();
        let place = (transaction, parts.nth(1).unwrap().parse().unwrap());
        if let Some((partition, before)) = last.insert(&record.key, (record.partition, place)) {
            assert_eq!(partition, record.partition, "`{}` is in two partitions", record.key);
            assert!(before < place, "`{}`: {place:?} after {before:?}", record.key);
        }
    }
}

/// How often partitions have gone from a publisher (`lost`), or a rebalance has ended (`gained`).
pub fn turns(running: &Running, turn: &str) -> u64 {
    let (text, labels) = (running.metrics(), format!("group=\"publish\",turn=\"{turn}\""));
    let is_it = |line: &&str| line.starts_with("storm_rebalances_total{") && line.contains(&labels);
    text.lines().find(is_it).and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0)
}

/// What is left to chance: the same again for the same seed.
pub struct Dice(u64);

impl Dice {
    /// Begins with `STORM_SEED`, or the clock. The seed is printed, so that a failure can be looked for again.
    pub fn thrown() -> Self {
        let given =
            std::env::var("STORM_SEED").ok().map(|text| text.parse().expect("STORM_SEED is a number"));
        let clock = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let seed = given.unwrap_or_else(clock);
        println!("STORM_SEED={seed}");
        Self(seed)
    }

    /// 0 to `most` - 1 (SplitMix64).
    pub fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }
}

/// Waits for what a condition says, at most a minute.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(60), "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
