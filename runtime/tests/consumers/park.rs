//! A policy has used up its attempts: the key is parked, its later events wait in order, everybody else goes on; through
//! restarts too, and until the configuration says that the event is a dead letter.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use mysql_async::prelude::Queryable;
use storm_runtime::spec::SourceSpec;
use storm_runtime::testing::{Rig, Running, Script, Seen};
use storm_runtime::{Failure, GiveUp, Message, Policy, Retry, Service, Work, millis};
use storm_servers::Kind;

use crate::mini::handlers::{Handlers, OrderCommands, order_commands};
use crate::mini::messages::{Charged, NoteOrder, OrderNoted, Sweep};
use crate::mini::service::{NoteOnCharge, ORDERS, billing};
use crate::{rig, sum, until};

/// 13 fails until it is mended; all else is noted, in order.
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

fn desk(clerk: &Clerk) -> Service {
    Service::new(&ORDERS)
        .records::<OrderNoted>()
        .policy(ParkOnCharge)
        .policy(SweepOnCharge)
        .commands(order_commands(clerk.clone()))
}

/// An event as billing publishes it.
async fn charged(rig: &Rig, key: &str, total: &str) {
    let event = Charged { order_id: key.into(), total: total.parse().unwrap() };
    let id = format!("{key}/{total}");
    let headers = [
        ("ce_type", Some(Charged::NAME.as_bytes())),
        ("ce_id", Some(id.as_bytes())),
        ("ce_source", Some(b"/billing".as_slice())),
        ("ce_specversion", Some(b"1.0".as_slice())),
    ];
    rig.write("billing_events", Some(key), &headers, Some(&event.encode())).await;
}

fn parked(running: &Running, metric: &str) -> f64 {
    sum(running, metric, "name=\"ParkOnCharge\"")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parked_keys_events_wait_in_order_and_everybody_else_goes_on() {
    const OTHERS: usize = 40;
    let (rig, _turn) = rig().await;
    rig.apply(&billing(Handlers::default())).await;
    let clerk = Clerk::default();
    let config = "[dispatch]\nin_flight = 8\n[dispatch.park]\nretry = '50ms'";
    let running = rig.replica(desk(&clerk), &Script::default(), "0", config).await.unwrap();
    charged(&rig, "bad", "13.00").await;
    charged(&rig, "bad", "1.00").await;
    charged(&rig, "bad", "2.00").await;
    until(&running, "a parked key", || parked(&running, "storm_parked_keys") == 1.0).await;
    for n in 0..OTHERS {
        charged(&rig, &format!("o-{n}"), "5.00").await;
    }
    until(&running, "the others", || clerk.noted.lock().unwrap().len() == OTHERS).await;
    until(&running, "what waits", || parked(&running, "storm_parked_records") == 3.0).await;
    assert_eq!(clerk.noted_of("bad"), [""; 0], "its later events wait");
    let swept = || clerk.swept.lock().unwrap().iter().filter(|id| *id == "bad").count() == 3;
    until(&running, "the key's events for another policy", swept).await;
    until(&running, "a lag without what is parked", || parked(&running, "storm_policy_lag_records") == 0.0)
        .await;
    assert_eq!(rig.read("orders_dead").await.len(), 0);

    clerk.mended.store(true, Ordering::SeqCst);
    until(&running, "all of the key", || clerk.noted_of("bad").len() == 3).await;
    assert_eq!(clerk.noted_of("bad"), ["13.00", "1.00", "2.00"]);
    until(&running, "nothing parked", || parked(&running, "storm_parked_keys") == 0.0).await;
    assert_eq!(sum(&running, "storm_dead_letters_total", ""), 0.0);
    running.stop().await.unwrap();

    // All of it is committed: the next start has nothing to do again.
    let next = Clerk::default();
    let running = rig.run(desk(&next), &Script::default()).await.unwrap();
    charged(&rig, "o-last", "5.00").await;
    until(&running, "the last one", || next.noted_of("o-last").len() == 1).await;
    assert_eq!(next.noted.lock().unwrap().len(), 1);
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_parked_keys_stop_the_reading_until_some_are_done() {
    let (rig, _turn) = rig().await;
    rig.apply(&billing(Handlers::default())).await;
    let clerk = Clerk::default();
    let config = "[dispatch.park]\nretry = '50ms'\nkeys = 3";
    let running = rig.replica(desk(&clerk), &Script::default(), "0", config).await.unwrap();
    for n in 0..3 {
        charged(&rig, &format!("bad-{n}"), "13.00").await;
    }
    let is_full = || sum(&running, "storm_parking_full", "group=\"dispatch\"") == 1.0;
    until(&running, "a full parking", is_full).await;
    until(&running, "paused partitions", || sum(&running, "storm_paused_partitions", "") >= 1.0).await;
    assert_eq!(sum(&running, "storm_failures_total", "code=\"D-012\""), 1.0, "it is said once");
    for n in 0..30 {
        charged(&rig, &format!("o-{n}"), "5.00").await;
    }
    let waits = || parked(&running, "storm_policy_lag_records") >= 1.0;
    until(&running, "events that wait on the topic", waits).await;
    assert!(is_full() && rig.read("orders_dead").await.is_empty());

    clerk.mended.store(true, Ordering::SeqCst);
    until(&running, "everything", || clerk.noted.lock().unwrap().len() == 33).await;
    until(&running, "room", || !is_full()).await;
    until(&running, "partitions that are read", || sum(&running, "storm_paused_partitions", "") == 0.0).await;
    running.stop().await.unwrap();
    rig.end().await;
}

const OUTBOX: SourceSpec = SourceSpec { name: "shop", databases: "parked", tenant: false, tables: &[] };

/// With a database: what stands behind the gap is read again by the next start, and does nothing again.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_parked_survives_a_restart_and_is_a_dead_letter_when_the_configuration_says_so() {
    const OTHERS: usize = 20;
    let Some(url) = storm_servers::shared(Kind::Mariadb) else { return };
    let url = a_database(&url, "parked").await;
    let (rig, _turn) = rig().await;
    rig.apply(&billing(Handlers::default())).await;
    let clerk = Clerk::default();
    let service = || desk(&clerk).capture(&OUTBOX, []);
    let config = |more: &str| {
        format!(
            "[database]\nurl = '{url}'\n[source.shop]\nurl = '{url}'\n[dispatch.park]\nretry = '50ms'\n{more}"
        )
    };
    let mut running = rig.deploy(service(), &config("")).await.unwrap();
    running.ready().await;
    charged(&rig, "bad", "13.00").await;
    charged(&rig, "bad", "1.00").await;
    for n in 0..OTHERS {
        charged(&rig, &format!("o-{n}"), "5.00").await;
    }
    until(&running, "a parked key", || parked(&running, "storm_parked_records") == 2.0).await;
    rig.until("orders_events", OTHERS).await;
    running.stop().await.unwrap();

    let running = rig.deploy(service(), &config("")).await.unwrap();
    until(&running, "the same key", || parked(&running, "storm_parked_records") == 2.0).await;
    // Of the bad one's partition: those that stand behind it were done before.
    let again = || sum(&running, "storm_commands_total", "outcome=\"already_done\"") > 0.0;
    until(&running, "records that are read again", again).await;
    assert_eq!(clerk.noted_of("bad"), [""; 0]);
    running.stop().await.unwrap();

    let skip = "[policy.ParkOnCharge]\nthen = 'skip'\n";
    let running = rig.deploy(service(), &config(skip)).await.unwrap();
    let setting = "name=\"ParkOnCharge\",key=\"then\",value=\"skip\"";
    assert_eq!(sum(&running, "storm_policy_setting", setting), 1.0, "the override is shown");
    let dead = rig.until("orders_dead", 1).await;
    assert_eq!((dead.len(), dead[0].header("ce_id")), (1, "bad/13.00"));
    assert_eq!((dead[0].header("dead-at"), dead[0].header("dead-attempts")), ("ParkOnCharge", "2"));
    let events = rig.until("orders_events", OTHERS + 1).await;
    let of = |seen: &[Seen], key: &str| seen.iter().filter(|event| event.key == key).count();
    assert_eq!((events.len(), of(&events, "bad")), (OTHERS + 1, 1), "each once");
    assert!((0..OTHERS).all(|n| of(&events, &format!("o-{n}")) == 1), "each once");
    assert_eq!(clerk.noted_of("bad"), ["1.00"]);
    running.stop().await.unwrap();
    rig.end().await;
}

/// Partitions that go to another replica take their parked keys along: it reads them again.
#[tokio::test(flavor = "multi_thread")]
async fn parked_keys_go_along_with_their_partitions() {
    const KEYS: usize = 6;
    let Some(url) = storm_servers::shared(Kind::Mariadb) else { return };
    let url = a_database(&url, "parted").await;
    let (rig, _turn) = rig().await;
    rig.apply(&billing(Handlers::default())).await;
    let clerk = Clerk::default();
    let service = || desk(&clerk).capture(&PARTED, []);
    let config = |instance: &str| {
        format!(
            "[service]\ninstance = '{instance}'\n[database]\nurl = '{url}'\n[source.shop]\nurl = '{url}'\n\
             [dispatch.park]\nretry = '50ms'\n"
        )
    };
    let mut first = rig.deploy(service(), &config("0")).await.unwrap();
    first.ready().await;
    for n in 0..KEYS {
        charged(&rig, &format!("bad-{n}"), "13.00").await;
        charged(&rig, &format!("bad-{n}"), "1.00").await;
    }
    let all = 2.0 * KEYS as f64;
    until(&first, "parked keys", || parked(&first, "storm_parked_records") == all).await;

    let second = rig.deploy(service(), &config("1")).await.unwrap();
    let (ours, theirs) =
        (|| parked(&first, "storm_parked_records"), || parked(&second, "storm_parked_records"));
    until(&second, "parked keys of another replica", || theirs() > 0.0 && ours() + theirs() == all).await;
    assert_eq!(clerk.noted.lock().unwrap().len(), 0);
    clerk.mended.store(true, Ordering::SeqCst);
    until(&second, "nothing parked", || ours() + theirs() == 0.0).await;
    let events = rig.until("orders_events", 2 * KEYS).await;
    assert_eq!(events.len(), 2 * KEYS, "each once");
    for n in 0..KEYS {
        assert_eq!(clerk.noted_of(&format!("bad-{n}")), ["13.00", "1.00"]);
    }
    first.stop().await.unwrap();
    second.stop().await.unwrap();
    rig.end().await;
}

const PARTED: SourceSpec = SourceSpec { name: "shop", databases: "parted", tenant: false, tables: &[] };

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
