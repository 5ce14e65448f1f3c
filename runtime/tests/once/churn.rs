//! Publishers whose group is in a rebalance all the time: guests ask for one each 200 ms, partitions go and come back, and
//! publishers are killed and stalled meanwhile. Whatever a transaction was begun under is over soon; each event is
//! published once all the same, and what was held up comes as soon as the group is left in peace.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use storm_broker::{Broker, Options};
use storm_runtime::testing::Rig;

use crate::bed::{self, Dice, Writer, context, each_once, turns, until};
use crate::replica::Replica;

/// How often a rebalance is asked for. A member of the library's takes part in one a second, unless it has just given
/// partitions up: the group is hardly ever out of one.
const EACH: Duration = Duration::from_millis(200);

/// A member that joins a group and leaves it again and again, and reads nothing.
struct Guest {
    end: Arc<AtomicBool>,
    visits: Option<JoinHandle<u32>>,
}

impl Guest {
    /// Stays and stays away for 200 ms each; or, when it is `greedy`, stays until it has partitions, and away until the
    /// others have them back.
    fn start(address: &str, name: &str, greedy: bool) -> Self {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", address)
            .set("group.id", format!("{name}.publish"))
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "error")
            .set("session.timeout.ms", "2000")
            .set("heartbeat.interval.ms", "100")
            // The client looks after its group when something wakes it, else once a second.
            .set("statistics.interval.ms", "50")
            .create()
            .unwrap();
        let (end, topic) = (Arc::new(AtomicBool::new(false)), format!("priv_{name}"));
        let ended = end.clone();
        let turn = move |stays: bool| {
            if stays {
                consumer.subscribe(&[&topic]).unwrap()
            } else {
                consumer.unsubscribe()
            }
            let (since, long) = (Instant::now(), if greedy { 12 * EACH } else { EACH });
            let has = || consumer.assignment().unwrap().count() > 0;
            while since.elapsed() < long && !(greedy && stays && has()) && !ended.load(Ordering::SeqCst) {
                let _ = consumer.poll(Duration::from_millis(10));
            }
            !ended.load(Ordering::SeqCst)
        };
        let body = move || {
            let mut visits = 0;
            while turn(true) && turn(false) {
                visits += 1;
            }
            turn(false);
            visits
        };
        Self { end, visits: Some(std::thread::spawn(body)) }
    }

    /// Leaves for good; how often it has been there.
    fn leave(mut self) -> u32 {
        self.end.store(true, Ordering::SeqCst);
        self.visits.take().unwrap().join().unwrap()
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.end.store(true, Ordering::SeqCst);
    }
}

/// Two publishers, then four: one is killed at any moment and comes back, one stalls and comes back as a zombie.
async fn whirl(rig: Rig) {
    let (address, rig, name) = (rig.address().to_owned(), rig.publish_every(EACH / 10), "whirl");
    let writer = Writer::start(Duration::from_millis(10));
    let capture = rig.capture(context(name), writer.script(), "0").await.unwrap();
    let mut steady = [
        rig.publish(context(name), "first").await.unwrap(),
        rig.publish(context(name), "second").await.unwrap(),
    ];
    for publisher in &mut steady {
        publisher.ready().await;
    }
    let all = |turn| steady.iter().map(|publisher| turns(publisher, turn)).sum::<u64>();
    let guests = [false, false, true].map(|greedy| Guest::start(&address, name, greedy));
    let (before, rebalances) = (rig.read("whirl_events").await.len(), all("gained"));
    until("two publishers lose partitions", || all("lost") >= 2 && all("gained") >= rebalances + 6).await;
    let after = rig.read("whirl_events").await.len();
    assert!(after > before, "nothing was published through {} rebalances", all("gained") - rebalances);
    let publisher = |instance: &str| Replica::start("publish", &address, name, instance);
    let mut dice = Dice::thrown();
    let (mut killed, zombie) = (publisher("killed"), publisher("zombie"));
    assert_eq!((killed.says(), zombie.says()), ("ready".into(), "ready".into()));
    zombie.freeze();
    for _ in 0..3 {
        let (long, rebalances) = (Duration::from_millis(dice.below(800)), all("gained"));
        tokio::time::sleep(long).await;
        killed.kill9();
        killed = publisher("killed");
        until("there is one more rebalance", || all("gained") > rebalances).await;
    }
    // The group has gone on without it: to be given anything, it has to find that out and join once more.
    zombie.thaw();
    let said = zombie.comes_to("joined");
    assert_eq!(killed.says(), "ready");
    let visits = guests.map(Guest::leave);
    let (held, expected) = (rig.read("whirl_events").await.len(), writer.end().await);
    each_once(&rig, "whirl_events", expected).await;
    assert_eq!(rig.read("whirl_dead").await.len(), 0);
    let (rebalances, lost) = (all("gained"), all("lost"));
    println!(
        "{before}, {after}, {held} of {expected} events; {rebalances} rebalances, {lost} losses, {visits:?} visits; the zombie: {said:?}"
    );
    for running in steady.into_iter().chain([capture]) {
        running.stop().await.unwrap();
    }
    // Nobody is left who could write one more.
    drop((killed, zombie));
    each_once(&rig, "whirl_events", expected).await;
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_once_through_a_rebalance_every_200_ms() {
    let Some(kafka) = bed::shared() else { return };
    whirl(bed::rig(&kafka).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_once_through_a_rebalance_every_200_ms_on_the_embedded_broker() {
    let options = Options { min_session_timeout: Duration::from_millis(500), ..Options::default() };
    let broker = Broker::start(options).await.unwrap();
    whirl(bed::rig_at(&broker.bootstrap()).await).await;
    broker.shutdown().await;
}
