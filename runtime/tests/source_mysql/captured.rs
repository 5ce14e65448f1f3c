//! The shop captured into a broker: what the tests of faults share. Nothing may be lost and nothing may come twice, as a
//! reader of committed records sees it.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder};
use storm_runtime::spec::{ContextSpec, TopicSpec, TopicsSpec};
use storm_runtime::testing::{Rig, Running, Seen};
use storm_runtime::{Fault, Service};
use storm_servers::{Kind, Options, Server};
use tokio::sync::RwLockReadGuard;

use crate::shop::spec;
use crate::support::SETTINGS;

/// The raw topic of the context that captures the shop.
pub const RAW: &str = "priv_desk";
/// The type of a raw record that ends a transaction which was cut.
pub const END: &str = "storm.raw.v1.TransactionEnd";
/// Its dead letters.
pub const DEAD: &str = "desk_dead";
const TOPICS: [&str; 6] =
    [RAW, "desk_events", "desk_commands", DEAD, "priv_desk.shop.progress", "priv_desk.shapes"];

const fn topic(name: &'static str, partitions: i32) -> TopicSpec {
    TopicSpec { name, partitions, replicas: 1, min_insync: 1, settings: &[] }
}

/// The context.
pub static DESK: ContextSpec = ContextSpec {
    system: "shop",
    name: "Desk",
    slug: "desk",
    topics: TopicsSpec {
        raw: topic(RAW, 2),
        events: topic("desk_events", 1),
        commands: topic("desk_commands", 1),
        dead: topic(DEAD, 1),
    },
};

/// A server of a test's own, and what speaks to it.
pub struct Own {
    pub server: Server,
}

impl Own {
    pub fn start(kind: Kind) -> Option<Self> {
        Some(Self { server: storm_servers::private(kind, Options::new())? })
    }

    pub async fn connect(&self) -> Conn {
        connect(&self.server.url()).await
    }

    /// Commits orders with these numbers, each a transaction.
    pub async fn place(&self, numbers: std::ops::Range<u32>) {
        let mut conn = self.connect().await;
        conn.query_drop("USE shop").await.expect("the shop");
        for number in numbers {
            let order = format!("INSERT INTO orders VALUES ({number}, 'order')");
            conn.query_drop(order).await.expect("an order");
        }
        conn.disconnect().await.expect("an end");
    }
}

pub async fn connect(url: &str) -> Conn {
    let opts = OptsBuilder::from_opts(Opts::from_url(url).expect("a URL")).prefer_socket(false);
    Conn::new(opts).await.expect("the server answers")
}

/// The shared server of a kind, whose settings stay and whose log is not purged meanwhile: its address, lines of
/// `[source.shop]` with an id of this reader's own, and the right to rely on it. Ask for it before a [`rig`].
pub async fn shared(kind: Kind) -> Option<(String, String, RwLockReadGuard<'static, ()>)> {
    let url = storm_servers::shared(kind)?;
    let address = url.rsplit('@').next()?.trim_end_matches('/').to_owned();
    Some((address, format!("server_id = {}", 90_000 + std::process::id() % 10_000), SETTINGS.read().await))
}

/// A broker, for as long as it is this test's turn.
pub async fn rig() -> Rig {
    Rig::in_turn(&TOPICS).await
}

/// Captures the database `shop` of the server at an address; `more` are further lines of `[source.shop]`.
pub async fn capture(rig: &Rig, address: &str, more: &str) -> Running {
    let more = format!("{more}\n[capture]\nretry_to = '200ms'");
    begun(try_capture(rig, "shop", address, &more).await.expect("the service starts")).await
}

/// Waits until it has begun.
pub async fn begun(mut running: Running) -> Running {
    let ready = tokio::time::timeout(Duration::from_secs(60), running.ready());
    ready.await.expect("capture begins");
    running
}

/// As [`capture`], without waiting: it may halt.
pub async fn try_capture(
    rig: &Rig,
    databases: &'static str,
    address: &str,
    more: &str,
) -> Result<Running, Fault> {
    let config = format!("[source.shop]\nurl = 'mysql://root@{address}/'\nheartbeat = '1s'\n{more}\n");
    rig.deploy(Service::new(&DESK).capture(spec(databases), []), &config).await
}

/// How it halted.
pub async fn halted(running: Running) -> Fault {
    let ended = tokio::time::timeout(Duration::from_secs(60), running.ended());
    ended.await.expect("it halts").expect_err("it halts with a fault")
}

/// Waits until so many orders are captured; then checks that they are these, each once and in order.
pub async fn each_once(rig: &Rig, numbers: std::ops::Range<u32>) -> Vec<Seen> {
    let raw = rows(rig, numbers.len()).await;
    let ids: HashSet<&str> = raw.iter().map(|seen| seen.header("ce_id")).collect();
    assert_eq!(ids.len(), raw.len(), "each record has an id of its own");
    let keys: Vec<u32> = raw.iter().map(|seen| seen.key.parse().expect("a number")).collect();
    let ordered = |pair: &[Seen]| pair[0].partition != pair[1].partition || key(&pair[0]) < key(&pair[1]);
    assert!(raw.windows(2).all(ordered), "each partition is in commit order: {keys:?}");
    let mut sorted = keys;
    sorted.sort_unstable();
    assert_eq!(sorted, numbers.collect::<Vec<_>>(), "each order once");
    raw
}

/// The rows on the raw topic, as soon as there are so many; end markers are none.
pub async fn rows(rig: &Rig, expected: usize) -> Vec<Seen> {
    let mut records = expected;
    loop {
        let seen = rig.until(RAW, records).await;
        let (total, rows): (usize, Vec<Seen>) =
            (seen.len(), seen.into_iter().filter(|seen| seen.header("ce_type") != END).collect());
        if rows.len() >= expected {
            return rows;
        }
        records = total + expected - rows.len();
    }
}

fn key(seen: &Seen) -> u32 {
    seen.key.parse().expect("a number")
}

/// How often capture started anew for this reason.
pub fn errors(running: &Running, code: &str) -> u64 {
    let labels = [format!("code=\"{code}\""), "at=\"capture\"".to_owned()];
    let text = running.metrics();
    let line = text.lines().find(|line| {
        line.starts_with("storm_failures_total{") && labels.iter().all(|label| line.contains(label.as_str()))
    });
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0)
}

/// Waits for a condition; the machine may be slow.
pub async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what} does not come about");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
