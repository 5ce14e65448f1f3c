//! Scheduled commands on a broker: once a due time however many replicas run, through a killed one; what was missed
//! follows its rule.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use storm_runtime::spec::{ContextSpec, TopicSpec, TopicsSpec};
use storm_runtime::testing::{Heard, Rig, Running, Script, Seen};
use storm_runtime::{Message, Refusal, Service, Timestamp};
use storm_servers::Kind;
use tokio::sync::Mutex;

/// Names a replica's process.
const REPLICA: &str = "STORM_TEST_REPLICA";
/// Where its broker is.
const BROKER: &str = "STORM_TEST_BROKER";
/// Generous: the machine may be slow.
const PATIENCE: Duration = Duration::from_secs(60);

const fn topic(name: &'static str, partitions: i32) -> TopicSpec {
    TopicSpec { name, partitions, replicas: 1, min_insync: 1, settings: &[] }
}

static TICKING: ContextSpec = ContextSpec {
    system: "mini",
    name: "Ticking",
    slug: "ticking",
    topics: TopicsSpec {
        raw: topic("priv_ticking", 1),
        events: topic("ticking_events", 1),
        commands: topic("ticking_commands", 1),
        dead: topic("ticking_dead", 1),
    },
};

const TOPICS: [&str; 5] =
    ["priv_ticking", "ticking_events", "ticking_commands", "ticking_dead", "priv_ticking.schedule"];

/// The scheduled command: it says which replica has issued it.
#[derive(Debug, Clone, PartialEq)]
struct Tick(String);

impl Message for Tick {
    const NAME: &'static str = "mini.ticking.v1.Tick";

    fn key(&self) -> String {
        self.0.clone()
    }

    fn encode(&self) -> Vec<u8> {
        self.0.clone().into_bytes()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        String::from_utf8(bytes.to_vec()).map(Self).map_err(|_| Refusal::garbled(Self::NAME))
    }
}

impl storm_runtime::Command for Tick {
    const CONTEXT: &'static str = "ticking";
    const TOPIC: &'static str = "ticking_commands";
}

/// On a broker of several tests, they share their topics.
static TURN: Mutex<()> = Mutex::const_new(());

/// A context that only issues commands; their key says which replica did.
fn ticking(cron: &'static str, replica: &str) -> Service {
    let replica = replica.to_owned();
    Service::new(&TICKING).schedule::<Tick>(cron, move |_| Tick(replica.clone()))
}

fn due(seen: &Seen) -> Timestamp {
    seen.header("storm-due").parse().unwrap()
}

/// One replica, as a process of its own: only where a test below has started this program again.
#[tokio::test(flavor = "multi_thread")]
async fn replica() {
    let (Ok(name), Ok(address)) = (std::env::var(REPLICA), std::env::var(BROKER)) else { return };
    let rig = Rig::at(&address, &[]).await;
    let service = ticking("* * * * * *", &name);
    let running = rig.replica(service, &Script::default(), &name, "").await.unwrap();
    running.ended().await.unwrap();
}

/// Ends with the test, whatever becomes of it.
struct Replica(String, Child);

impl Replica {
    fn start(name: &str, address: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "replica", "--nocapture"]).env(REPLICA, name).env(BROKER, address);
        Self(name.into(), command.stdout(Stdio::null()).spawn().unwrap())
    }

    fn kill(&mut self) {
        self.1.kill().unwrap();
        self.1.wait().unwrap();
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        let _ = self.1.kill();
        let _ = self.1.wait();
    }
}

/// Reads the command topic until it is as asked.
async fn until(rig: &Rig, done: impl Fn(&[Seen]) -> bool) -> Vec<Seen> {
    let start = Instant::now();
    loop {
        let seen = rig.read("ticking_commands").await;
        if done(&seen) {
            return seen;
        }
        assert!(start.elapsed() < PATIENCE, "{} commands were issued", seen.len());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_replicas_issue_each_due_time_once_and_a_killed_one_takes_nothing_along() {
    let _turn = TURN.lock().await;
    let Some(address) = storm_servers::shared(Kind::Kafka) else { return };
    let rig = Rig::at(&address, &TOPICS).await;
    // The topics are made once, before the replicas ask for them.
    let first = rig.replica(ticking("0 0 1 1 *", "none"), &Script::default(), "none", "").await.unwrap();
    first.stop().await.unwrap();
    let mut replicas = ["a", "b", "c"].map(|name| Replica::start(name, &address));
    let seen = until(&rig, |seen| seen.len() >= 3).await;
    let issuer = seen[0].key.clone();
    replicas.iter_mut().find(|replica| replica.0 == issuer).unwrap().kill();
    let seen = until(&rig, |seen| seen.iter().filter(|seen| seen.key != issuer).count() >= 9).await;
    drop(replicas);
    let times: Vec<Timestamp> = seen.iter().map(due).collect();
    for pair in times.windows(2) {
        assert_eq!((pair[1] - pair[0]).num_seconds(), 1, "{} follows {}", pair[1], pair[0]);
    }
    let issuers: BTreeSet<&str> = seen.iter().map(|seen| seen.key.as_str()).collect();
    assert_eq!(issuers.len(), 2, "one after the other, never two at a time: {issuers:?}");
    let ids: BTreeSet<&str> = seen.iter().map(|seen| seen.header("ce_id")).collect();
    assert_eq!(ids.len(), seen.len(), "a due time's id is its own");
    rig.end().await;
}

/// How many due times had this outcome.
fn counted(running: &Running, outcome: &str) -> u64 {
    let line = format!("storm_scheduled_total{{context=\"ticking\",name=\"Tick\",outcome=\"{outcome}\"}} ");
    running.metrics().lines().find_map(|l| l.strip_prefix(&line)?.parse().ok()).unwrap_or(0)
}

/// A replica that starts hours after the last one has stopped, and all it issues.
async fn after_a_gap(rule: &str) -> (Running, Rig, Timestamp) {
    let rig = Rig::in_turn(&TOPICS).await;
    let hourly = || ticking("0 * * * *", "a");
    let first = rig.replica(hourly(), &Script::default(), "a", "").await.unwrap();
    let stored = |seen: &[Seen]| seen.last().map(|seen| seen.body.clone().unwrap());
    let start = Instant::now();
    while stored(&rig.read("priv_ticking.schedule").await).is_none() {
        assert!(start.elapsed() < PATIENCE, "the first due time is never stored");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    first.stop().await.unwrap();
    assert!(rig.read("ticking_commands").await.is_empty(), "a new schedule begins now");

    // What a process would have left that stopped some hours ago, right after a due time.
    let now = full_hour();
    let last = now - storm_runtime::Duration::hours(5);
    let body = format!("{{\"last\":\"{}\",\"cron\":\"0 * * * *\"}}", last.to_rfc3339());
    rig.write("priv_ticking.schedule", Some("Tick"), &[], Some(body.as_bytes())).await;
    let running = rig.replica(hourly(), &Script::default(), "a", rule).await.unwrap();
    let dealt_with =
        || ["on_time", "caught_up", "missed"].map(|outcome| counted(&running, outcome)).iter().sum::<u64>();
    let start = Instant::now();
    while dealt_with() < 5 {
        assert!(
            start.elapsed() < PATIENCE,
            "{} due times are dealt with: {}",
            dealt_with(),
            running.metrics()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    (running, rig, now)
}

/// The full hour that has begun.
fn full_hour() -> Timestamp {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    Timestamp::from_timestamp(i64::try_from(now - now % 3_600).unwrap(), 0).unwrap()
}

/// The due times that were issued of the five that were missed; a test that runs over a full hour sees one more.
async fn issued(rig: &Rig, now: Timestamp) -> Vec<i64> {
    let seen = rig.read("ticking_commands").await;
    seen.iter().map(due).filter(|due| *due <= now).map(|due| (now - due).num_hours()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_missed_due_times_the_latest_is_run_once() {
    let _turn = TURN.lock().await;
    let heard = Heard::from_here();
    let (running, rig, now) = after_a_gap("").await;
    assert_eq!(issued(&rig, now).await, [0]);
    assert_eq!(counted(&running, "missed"), 4);
    let said = &heard.until("S-001").await[0];
    assert!(said.contains("caught_up=1 passed_by=4"), "{said}");
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn missed_due_times_are_all_run_to_a_bound_or_none_is() {
    let _turn = TURN.lock().await;
    let (running, rig, now) = after_a_gap("[schedule.Tick]\nmissed = 'all'\nat_most = 3\n").await;
    assert_eq!(issued(&rig, now).await, [2, 1, 0], "the latest three, oldest first");
    assert_eq!(counted(&running, "missed"), 2);
    running.stop().await.unwrap();
    rig.end().await;

    let (running, rig, now) = after_a_gap("[schedule.Tick]\nmissed = 'skip'\n").await;
    let (run, missed) = (issued(&rig, now).await.len() as u64, counted(&running, "missed"));
    assert_eq!((run + missed, counted(&running, "caught_up")), (5, 0), "one may still be on time");
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_cron_expression_is_refused() {
    let _turn = TURN.lock().await;
    let rig = Rig::in_turn(&TOPICS).await;
    let started = rig.replica(ticking("every now and then", "a"), &Script::default(), "a", "").await;
    let fault = started.err().expect("it does not start");
    assert_eq!(fault.code, "F-106", "{fault}");
    assert!(fault.message.contains("`every now and then`") && fault.help.contains("five fields"), "{fault}");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_set_back_issues_nothing_and_says_so() {
    let _turn = TURN.lock().await;
    let (rig, heard) = (Rig::in_turn(&TOPICS).await, Heard::from_here());
    let each_second = || ticking("* * * * * *", "a");
    rig.apply(&each_second()).await;
    let first = rig.replica(each_second(), &Script::default(), "a", "").await.unwrap();
    until(&rig, |seen| !seen.is_empty()).await;
    first.stop().await.unwrap();
    let issued = rig.read("ticking_commands").await.len();
    let tomorrow = full_hour() + storm_runtime::Duration::hours(24);
    let body = format!("{{\"last\":\"{}\",\"cron\":\"* * * * * *\"}}", tomorrow.to_rfc3339());
    rig.write("priv_ticking.schedule", Some("Tick"), &[], Some(body.as_bytes())).await;
    let running = rig.replica(each_second(), &Script::default(), "a", "").await.unwrap();
    let said = &heard.until("S-002").await[0];
    assert!(said.contains("command=\"Tick\"") && said.contains("last="), "{said}");
    let start = Instant::now();
    while !running.metrics().contains("code=\"S-002\"") {
        assert!(start.elapsed() < PATIENCE, "{}", running.metrics());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    running.stop().await.unwrap();
    assert_eq!(rig.read("ticking_commands").await.len(), issued, "nothing is issued before its time");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_was_fenced_says_so_and_stands_in_line_again() {
    let _turn = TURN.lock().await;
    let (rig, heard) = (Rig::in_turn(&TOPICS).await, Heard::from_here());
    let running = rig.replica(ticking("* * * * * *", "a"), &Script::default(), "a", "").await.unwrap();
    until(&rig, |seen| !seen.is_empty()).await;
    rig.take_over("ticking.schedule").await;
    heard.until("S-003").await;
    let issued = rig.read("ticking_commands").await.len();
    let seen = until(&rig, |seen| seen.len() > issued).await;
    let times: BTreeSet<Timestamp> = seen.iter().map(due).collect();
    assert_eq!(times.len(), seen.len(), "each due time once");
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_due_time_that_is_not_understood_halts_the_clock() {
    let _turn = TURN.lock().await;
    let rig = Rig::in_turn(&TOPICS).await;
    let hourly = || ticking("0 * * * *", "a");
    rig.apply(&hourly()).await;
    rig.write("priv_ticking.schedule", Some("Tick"), &[], Some(b"{\"version\": 9}")).await;
    let running = rig.replica(hourly(), &Script::default(), "a", "").await.unwrap();
    let fault = tokio::time::timeout(PATIENCE, running.ended()).await.expect("it halts").unwrap_err();
    assert_eq!(fault.code, "S-004", "{fault}");
    assert!(fault.message.contains("`priv_ticking.schedule`") && fault.help.contains("newer"), "{fault}");
    rig.end().await;
}
