//! Publishers whose group is in a rebalance all the time: whatever a transaction was begun under is over soon, and each
//! event is published once all the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use storm_runtime::testing::Running;

use crate::bed::{self, Writer, context, each_once, until};

/// A member that joins a group and leaves it, a turn each 200 ms, and reads nothing for it.
struct Guest {
    end: Arc<AtomicBool>,
    turns: JoinHandle<u32>,
}

impl Guest {
    fn start(address: &str, group: &str, topic: &str) -> Self {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", address)
            .set("group.id", group)
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "error")
            .set("session.timeout.ms", "2000")
            .set("heartbeat.interval.ms", "100")
            .create()
            .unwrap();
        let (end, topic) = (Arc::new(AtomicBool::new(false)), topic.to_owned());
        let ended = end.clone();
        let body = move || {
            let mut turns = 0;
            while !ended.load(Ordering::SeqCst) {
                match turns % 2 {
                    0 => consumer.subscribe(&[&topic]).unwrap(),
                    _ => consumer.unsubscribe(),
                }
                let since = Instant::now();
                while since.elapsed() < Duration::from_millis(200) {
                    let _ = consumer.poll(Duration::from_millis(20));
                }
                turns += 1;
            }
            consumer.unsubscribe();
            turns
        };
        Self { end, turns: std::thread::spawn(body) }
    }

    /// Leaves for good; how many turns there were.
    fn leave(self) -> u32 {
        self.end.store(true, Ordering::SeqCst);
        self.turns.join().unwrap()
    }
}

/// How often partitions have gone from a publisher.
fn lost(running: &Running) -> u64 {
    turns(running, "lost")
}

fn turns(running: &Running, turn: &str) -> u64 {
    let (text, labels) = (running.metrics(), format!("group=\"publish\",turn=\"{turn}\""));
    let is_it = |line: &&str| line.starts_with("storm_rebalances_total{") && line.contains(&labels);
    text.lines().find(is_it).and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_once_through_a_rebalance_every_200_ms() {
    let Some(kafka) = bed::shared() else { return };
    let (rig, name) = (bed::rig(&kafka).await.publish_every(Duration::from_millis(20)), "whirl");
    let writer = Writer::start(Duration::from_millis(10));
    let capture = rig.capture(context(name), writer.script(), "0").await.unwrap();
    let mut publishers = Vec::new();
    for instance in ["first", "second"] {
        publishers.push(rig.publish(context(name), instance).await.unwrap());
    }
    for publisher in &publishers {
        publisher.ready().await;
    }
    let guest = Guest::start(&kafka.address(), "whirl.publish", "priv_whirl");
    // Two of them, then three.
    until("two publishers lose partitions", || publishers.iter().map(lost).sum::<u64>() >= 8).await;
    publishers.push(rig.publish(context(name), "third").await.unwrap());
    until("three publishers lose partitions", || {
        publishers.iter().map(lost).sum::<u64>() >= 12 && turns(&publishers[2], "gained") > 0
    })
    .await;
    let visits = guest.leave();
    let expected = writer.end().await;
    each_once(&rig, "whirl_events", expected).await;
    assert_eq!(rig.read("whirl_dead").await.len(), 0);
    println!(
        "{expected} events through {visits} turns; lost {:?}",
        publishers.iter().map(lost).collect::<Vec<_>>()
    );
    for running in publishers.into_iter().chain([capture]) {
        running.stop().await.unwrap();
    }
}
