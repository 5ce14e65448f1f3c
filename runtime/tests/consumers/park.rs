//! A policy has used up its attempts: the key is parked, its later events wait in order, everybody else goes on; through
//! restarts too, and until the configuration says that the event is a dead letter.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use mysql_async::prelude::Queryable;
use storm_runtime::spec::SourceSpec;
use storm_runtime::testing::{Heard, Rig, Running, Script, Seen};
use storm_runtime::{Failure, GiveUp, Message, Policy, Retry, Service, Work, millis};
use storm_servers::Kind;

use crate::mini::handlers::{Handlers, OrderCommands, order_commands};
use crate::mini::messages::{Charged, NoteOrder, OrderNoted, Sweep};
use crate::mini::service::{NoteOnCharge, ORDERS, billing};
use crate::{rig, sum, until};

/// 13 is not noted until it is mended, and 14 is never swept; all else is done, in order.
#[derive(Clone, Default)]
struct Clerk {
    mended: Arc<AtomicBool>,
    noted: Arc<Mutex<Vec<(String, String)>>>,
    swept: Arc<Mutex<Vec<String>>>,
}

impl OrderCommands for Clerk {
    async fn note_order(&self, command: NoteOrder, work: &mut Work<'_>) -> Result<(), Failure> {
        let total = command.total.to_string();
        if total == "13.00" && !self.mended.load(Ordering::SeqCst) {
            return Err(Failure::try_again("the desk is closed"));
        }
        self.noted.lock().unwrap().push((command.order_id.clone(), total));
        work.record(OrderNoted { order_id: command.order_id, total: command.total }).await
    }

    async fn sweep(&self, command: Sweep, _work: &mut Work<'_>) -> Result<(), Failure> {
        if command.total.to_string() == "14.00" {
            return Err(Failure::for_good("there is nothing to sweep"));
        }
        self.swept.lock().unwrap().push(command.order_id);
        Ok(())
    }
}

impl Clerk {
    fn noted_of(&self, id: &str) -> Vec<String> {
        let noted = self.noted.lock().unwrap();
        noted.iter().filter(|(noted, _)| noted == id).map(|(_, total)| total.clone()).collect()
    }
}

/// Whenever `Charged` then `NoteOrder`; what cannot be noted is parked, as a model says that says nothing.
struct ParkOnCharge;

impl Policy for ParkOnCharge {
    type Event = Charged;
    type Command = NoteOrder;

    const NAME: &'static str = "ParkOnCharge";
    const SENTENCE: &'static str = "whenever an order is charged, note it, however long that takes";
    const RETRY: Retry = Retry::times(1).backoff(millis(1), millis(2));

    fn react(event: &Charged) -> impl IntoIterator<Item = NoteOrder> {
        NoteOnCharge::react(event)
    }
}

/// Another policy that hears the same event.
struct SweepOnCharge;

impl Policy for SweepOnCharge {
    type Event = Charged;
    type Command = Sweep;

    const NAME: &'static str = "SweepOnCharge";
    const SENTENCE: &'static str = "whenever an order is charged, sweep";
    const GIVE_UP: GiveUp = GiveUp::DeadLetter;

    fn react(event: &Charged) -> impl IntoIterator<Item = Sweep> {
        Some(Sweep { order_id: event.order_id.clone(), total: event.total })
    }
}

/// Where charges are noted: a rig with billing's topics, and with a database if the test asks for one.
struct Desk {
    rig: Rig,
    clerk: Clerk,
    database: Option<String>,
}

const OUTBOX: SourceSpec = SourceSpec { name: "shop", databases: "parked", tenant: false, tables: &[] };

impl Desk {
    async fn open() -> Self {
        let rig = rig().await;
        rig.apply(&billing(Handlers::default())).await;
        Self { rig, clerk: Clerk::default(), database: None }
    }

    /// Nothing when there is no database to be had.
    async fn with_database() -> Option<Self> {
        let url = storm_servers::shared(Kind::Mariadb)?;
        let desk = Self::open().await;
        Some(Self { database: Some(a_database(&url, "parked").await), ..desk })
    }

    /// A replica; parked keys are tried again each 50 ms.
    async fn start(&self, instance: &str, park: &str, more: &str) -> Running {
        let park = format!("[dispatch.park]\nretry = '50ms'\n{park}\n{more}");
        let service = Service::new(&ORDERS)
            .records::<OrderNoted>()
            .policy(ParkOnCharge)
            .policy(SweepOnCharge)
            .commands(order_commands(self.clerk.clone()));
        let started = match &self.database {
            None => self.rig.replica(service, &Script::default(), instance, &park).await,
            Some(url) => {
                let config = format!(
                    "[service]\ninstance = '{instance}'\n[database]\nurl = '{url}'\n[source.shop]\nurl = '{url}'\n{park}"
                );
                self.rig.deploy(service.capture(&OUTBOX, []), &config).await
            }
        };
        let mut running = started.unwrap();
        running.ready().await;
        running
    }

    /// An event as billing publishes it.
    async fn charged(&self, key: &str, total: &str) {
        let event = Charged { order_id: key.into(), total: total.parse().unwrap() };
        let id = format!("{key}/{total}");
        let headers = [
            ("ce_type", Some(Charged::NAME.as_bytes())),
            ("ce_id", Some(id.as_bytes())),
            ("ce_source", Some(b"/billing".as_slice())),
            ("ce_specversion", Some(b"1.0".as_slice())),
        ];
        self.rig.write("billing_events", Some(key), &headers, Some(&event.encode())).await;
    }

    /// So many events of other keys.
    async fn others(&self, count: usize) {
        for n in 0..count {
            self.charged(&format!("o-{n}"), "5.00").await;
        }
    }

    fn mend(&self) {
        self.clerk.mended.store(true, Ordering::SeqCst);
    }
}

fn parked(running: &Running, metric: &str) -> f64 {
    sum(running, metric, "name=\"ParkOnCharge\"")
}

/// Commands of this name that came again after they were done.
fn repeated(running: &Running, command: &str) -> f64 {
    sum(running, "storm_commands_total", &format!("name=\"{command}\",outcome=\"already_done\""))
}

/// Records that were passed by because they were done.
fn passed_by(running: &Running) -> f64 {
    sum(running, "storm_passed_over_total", "reason=\"done before\"")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parked_keys_events_wait_in_order_and_everybody_else_goes_on() {
    const OTHERS: usize = 40;
    let (desk, heard) = (Desk::open().await, Heard::from_here());
    let clerk = &desk.clerk;
    let running = desk.start("0", "", "[dispatch]\nin_flight = 8").await;
    for total in ["13.00", "1.00", "2.00"] {
        desk.charged("bad", total).await;
    }
    until(&running, "a parked key", || parked(&running, "storm_parked_keys") == 1.0).await;
    let said = &heard.until("D-011").await[0];
    for word in ["at=\"ParkOnCharge\"", "topic=\"billing_events\"", "cause=\"H-101\"", "dispatch.park.retry"]
    {
        assert!(said.contains(word), "`{word}` is not in: {said}");
    }
    assert!(!said.contains("13.00") && !said.contains("\"bad\""), "{said}");
    desk.others(OTHERS).await;
    until(&running, "the others", || clerk.noted.lock().unwrap().len() == OTHERS).await;
    until(&running, "what waits", || parked(&running, "storm_parked_records") == 3.0).await;
    assert_eq!(clerk.noted_of("bad"), [""; 0], "its later events wait");
    let swept = || clerk.swept.lock().unwrap().iter().filter(|id| *id == "bad").count() == 3;
    until(&running, "the key's events for another policy", swept).await;
    until(&running, "a lag without what is parked", || parked(&running, "storm_policy_lag_records") == 0.0)
        .await;
    assert_eq!(desk.rig.read("orders_dead").await.len(), 0);

    desk.mend();
    until(&running, "all of the key", || clerk.noted_of("bad").len() == 3).await;
    assert_eq!(clerk.noted_of("bad"), ["13.00", "1.00", "2.00"]);
    until(&running, "nothing parked", || parked(&running, "storm_parked_keys") == 0.0).await;
    assert_eq!(sum(&running, "storm_dead_letters_total", ""), 0.0);
    running.stop().await.unwrap();

    // All of it is committed: the next start has nothing to do again.
    clerk.noted.lock().unwrap().clear();
    let running = desk.start("0", "", "").await;
    desk.charged("o-last", "5.00").await;
    until(&running, "the last one", || clerk.noted_of("o-last").len() == 1).await;
    assert_eq!(clerk.noted.lock().unwrap().len(), 1);
    running.stop().await.unwrap();
    desk.rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_parked_keys_stop_the_reading_until_some_are_done() {
    let desk = Desk::open().await;
    let running = desk.start("0", "keys = 3", "").await;
    for n in 0..3 {
        desk.charged(&format!("bad-{n}"), "13.00").await;
    }
    let is_full = || sum(&running, "storm_parking_full", "group=\"dispatch\"") == 1.0;
    until(&running, "a full parking", is_full).await;
    until(&running, "paused partitions", || sum(&running, "storm_paused_partitions", "") >= 1.0).await;
    assert_eq!(sum(&running, "storm_failures_total", "code=\"D-012\""), 1.0, "it is said once");
    desk.others(30).await;
    let waits = || parked(&running, "storm_policy_lag_records") >= 1.0;
    until(&running, "events that wait on the topic", waits).await;
    assert!(is_full() && desk.rig.read("orders_dead").await.is_empty());

    desk.mend();
    until(&running, "everything", || desk.clerk.noted.lock().unwrap().len() == 33).await;
    until(&running, "room", || !is_full()).await;
    until(&running, "partitions that are read", || sum(&running, "storm_paused_partitions", "") == 0.0).await;
    running.stop().await.unwrap();
    desk.rig.end().await;
}

/// With a database: what stands behind the gap is not read again by the next start.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_parked_survives_a_restart_and_is_a_dead_letter_when_the_configuration_says_so() {
    const OTHERS: usize = 20;
    let Some(desk) = Desk::with_database().await else { return };
    let running = desk.start("0", "", "").await;
    desk.charged("bad", "13.00").await;
    desk.charged("bad", "1.00").await;
    desk.others(OTHERS).await;
    until(&running, "a parked key", || parked(&running, "storm_parked_records") == 2.0).await;
    desk.rig.until("orders_events", OTHERS).await;
    running.stop().await.unwrap();

    let running = desk.start("0", "", "").await;
    until(&running, "the same key", || parked(&running, "storm_parked_records") == 2.0).await;
    // Of the bad one's partition: those that stand behind it were done before.
    until(&running, "records that are passed by", || passed_by(&running) > 0.0).await;
    assert_eq!(repeated(&running, "NoteOrder"), 0.0, "no command comes again");
    let swept = repeated(&running, "Sweep");
    assert!(swept <= 2.0, "but for those of who else heard what is parked: {swept}");
    assert_eq!(desk.clerk.noted_of("bad"), [""; 0]);
    running.stop().await.unwrap();

    let running = desk.start("0", "", "[policy.ParkOnCharge]\nthen = 'skip'\n").await;
    let setting = "name=\"ParkOnCharge\",key=\"then\",value=\"skip\"";
    assert_eq!(sum(&running, "storm_policy_setting", setting), 1.0, "the override is shown");
    let dead = desk.rig.until("orders_dead", 1).await;
    assert_eq!((dead.len(), dead[0].header("ce_id")), (1, "bad/13.00"));
    assert_eq!((dead[0].header("dead-at"), dead[0].header("dead-attempts")), ("ParkOnCharge", "2"));
    let events = desk.rig.until("orders_events", OTHERS + 1).await;
    let of = |seen: &[Seen], key: &str| seen.iter().filter(|event| event.key == key).count();
    assert_eq!((events.len(), of(&events, "bad")), (OTHERS + 1, 1), "each once");
    assert!((0..OTHERS).all(|n| of(&events, &format!("o-{n}")) == 1), "each once");
    assert_eq!(desk.clerk.noted_of("bad"), ["1.00"]);
    running.stop().await.unwrap();
    desk.rig.end().await;
}

/// A letter that was written behind a parked event is written once, and what was done there is not done again, without a
/// database's inbox.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_behind_a_parked_event_is_not_read_again() {
    let desk = Desk::open().await;
    let swept = || desk.clerk.swept.lock().unwrap().len();
    // Somebody else has set the group back, with a word of its own: all is read from there.
    for partition in 0..2 {
        desk.rig.commit("orders.dispatch", ("billing_events", partition), 0, "somebody's").await;
    }
    let running = desk.start("0", "", "").await;
    assert_eq!(sum(&running, "storm_failures_total", "code=\"D-014\""), 1.0, "it is said once");
    desk.charged("bad", "13.00").await;
    until(&running, "a parked key", || parked(&running, "storm_parked_records") == 1.0).await;
    desk.others(20).await;
    for n in 0..8 {
        desk.charged(&format!("dusty-{n}"), "14.00").await;
    }
    until(&running, "all that can be done", || swept() == 21).await;
    let letters = desk.rig.until("orders_dead", 8).await.len();
    let done = || desk.clerk.noted.lock().unwrap().len() == 28;
    until(&running, "all that can be noted", done).await;
    let events = desk.rig.read("billing_events").await;
    let partition = events[0].partition;
    let behind = events.iter().filter(|event| event.partition == partition).count() - 1;
    let dusty = events.iter().filter(|event| event.partition == partition && event.key.starts_with("dusty"));
    assert!(dusty.count() > 0, "eight keys, two partitions");
    running.stop().await.unwrap();

    let running = desk.start("0", "", "").await;
    until(&running, "the same key", || parked(&running, "storm_parked_records") == 1.0).await;
    until(&running, "what is passed by", || passed_by(&running) == behind as f64).await;
    desk.mend();
    until(&running, "nothing parked", || parked(&running, "storm_parked_keys") == 0.0).await;
    assert_eq!(desk.clerk.noted_of("bad"), ["13.00"]);
    // The parked event is all that came again, for the policy that could sweep it too.
    assert_eq!((swept(), desk.clerk.noted.lock().unwrap().len()), (22, 29));
    assert_eq!(desk.rig.read("orders_dead").await.len(), letters);
    running.stop().await.unwrap();
    desk.rig.end().await;
}

/// Partitions that go to another replica take their parked keys along: it reads them again.
#[tokio::test(flavor = "multi_thread")]
async fn parked_keys_go_along_with_their_partitions() {
    const KEYS: usize = 6;
    let Some(desk) = Desk::with_database().await else { return };
    let first = desk.start("0", "", "").await;
    for n in 0..KEYS {
        desk.charged(&format!("bad-{n}"), "13.00").await;
        desk.charged(&format!("bad-{n}"), "1.00").await;
    }
    let all = 2.0 * KEYS as f64;
    until(&first, "parked keys", || parked(&first, "storm_parked_records") == all).await;

    let second = desk.start("1", "", "").await;
    let (ours, theirs) =
        (|| parked(&first, "storm_parked_records"), || parked(&second, "storm_parked_records"));
    until(&second, "parked keys of another replica", || theirs() > 0.0 && ours() + theirs() == all).await;
    assert_eq!(desk.clerk.noted.lock().unwrap().len(), 0);
    desk.mend();
    until(&second, "nothing parked", || ours() + theirs() == 0.0).await;
    let events = desk.rig.until("orders_events", 2 * KEYS).await;
    assert_eq!(events.len(), 2 * KEYS, "each once");
    for n in 0..KEYS {
        assert_eq!(desk.clerk.noted_of(&format!("bad-{n}")), ["13.00", "1.00"]);
    }
    first.stop().await.unwrap();
    second.stop().await.unwrap();
    desk.rig.end().await;
}

/// A database of this test's own, with the tables that a service keeps there.
async fn a_database(url: &str, name: &str) -> String {
    let opts =
        mysql_async::OptsBuilder::from_opts(mysql_async::Opts::from_url(url).unwrap()).prefer_socket(false);
    let mut conn = mysql_async::Conn::new(opts).await.unwrap();
    for begin in ["DROP DATABASE IF EXISTS", "CREATE DATABASE", "USE"] {
        conn.query_drop(format!("{begin} {name}")).await.unwrap();
    }
    for statement in storm_runtime::source::mysql::BOOKKEEPING_TABLES {
        conn.query_drop(statement).await.unwrap();
    }
    conn.disconnect().await.unwrap();
    format!("{}/{name}", url.trim_end_matches('/'))
}
