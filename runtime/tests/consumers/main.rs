//! What consumers promise when handlers, databases or records misbehave: on the Kafka that STORM_KAFKA names, or on
//! the embedded broker; the outage on a MariaDB of its own, what is pruned on the MariaDB and MySQL that are shared.

mod apart;
mod external;
mod kept;
#[path = "../mini/mod.rs"]
mod mini;
mod outage;
mod park;
mod poison;
mod pruned;
mod said;
mod strange;
#[path = "../mini/topics.rs"]
mod topics;
mod wider;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use mini::handlers::{BillingCommands, Handlers, OrderCommands};
use mini::messages::{Charge, Charged, NoteOrder, OrderNoted, OrderPlaced, Sweep, raw_order};
use mini::service::{billing, orders};
use storm_runtime::testing::{Heard, Rig, Running, Script};
use storm_runtime::{Failure, Message, Work};
use topics::TOPICS;

const PATIENCE: Duration = Duration::from_secs(60);

async fn rig() -> Rig {
    Rig::in_turn(&TOPICS).await
}

/// The sum of a metric's series that hold this.
fn sum(running: &Running, metric: &str, holding: &str) -> f64 {
    let text = running.metrics();
    let series = text.lines().filter_map(|line| line.rsplit_once(' '));
    let of = |name: &str| name.starts_with(&format!("{metric}{{")) && name.contains(holding);
    series.filter(|(name, _)| of(name)).filter_map(|(_, value)| value.parse::<f64>().ok()).sum()
}

/// Waits until the metrics are as they should be.
async fn until(running: &Running, what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "never seen: {what}:\n{}", running.metrics());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A command as another context's dispatcher sends it; the bank acts by its amount.
async fn send(rig: &Rig, id: &str, total: &str) {
    let charge = Charge { order_id: id.into(), total: total.parse().unwrap() };
    let headers = [
        ("ce_type", Some(Charge::NAME.as_bytes())),
        ("ce_id", Some(id.as_bytes())),
        ("ce_source", Some(b"/orders".as_slice())),
        ("ce_specversion", Some(b"1.0".as_slice())),
    ];
    rig.write("billing_commands", Some(id), &headers, Some(&charge.encode())).await;
}

/// 14 fails for good, 17 never returns the first time, 18 blocks its thread until it is let go; all else is charged.
#[derive(Clone, Default)]
struct Bank {
    endless: Arc<AtomicU32>,
    let_go: Arc<(Mutex<bool>, Condvar)>,
}

impl Bank {
    fn let_go(&self) {
        *self.let_go.0.lock().unwrap() = true;
        self.let_go.1.notify_all();
    }
}

impl BillingCommands for Bank {
    async fn charge(&self, command: Charge, work: &mut Work<'_>) -> Result<(), Failure> {
        match u32::try_from(command.total.trunc()).unwrap_or_default() {
            14 => return Err(Failure::for_good("the card is closed")),
            17 if self.endless.fetch_add(1, Ordering::SeqCst) == 0 => std::future::pending().await,
            18 => {
                let held = self.let_go.0.lock().unwrap();
                drop(self.let_go.1.wait_while(held, |let_go| !*let_go).unwrap());
            }
            _ => {}
        }
        work.record(Charged { order_id: command.order_id, total: command.total }).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_dead_letters_stop_the_line_until_a_record_works() {
    let rig = rig().await;
    let (config, heard) = ("[dispatch.dead]\nrun = 3\npause = '2s'", Heard::from_here());
    let running = rig.replica(billing(Bank::default()), &Script::default(), "0", config).await.unwrap();
    for n in 0..3 {
        send(&rig, &format!("bad-{n}"), "14.00").await;
    }
    until(&running, "a stopped line", || sum(&running, "storm_line_stopped", "name=\"Charge\"") == 1.0).await;
    assert_eq!(rig.read("billing_dead").await.len(), 3);
    let said = &heard.until("D-005").await[0];
    assert!(said.contains("at=\"Charge\"") && said.contains("`stormc dlq list billing_dead`"), "{said}");
    for n in 0..20 {
        send(&rig, &format!("good-{n}"), "1.00").await;
    }
    // They wait: none is worked on before the pause is over, then one is, and the rest follows.
    rig.until("billing_events", 20).await;
    until(&running, "a line that goes on", || sum(&running, "storm_line_stopped", "") == 0.0).await;
    assert_eq!(rig.read("billing_dead").await.len(), 3, "the topic was not emptied into the dead letters");
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_policy_keeps_its_place_while_others_go_on() {
    let rig = rig().await;
    let (script, none) = (Script::default(), Script::default());
    let bank = rig.run(billing(Handlers::default()), &none).await.unwrap();
    let place = |ids: std::ops::Range<u32>| {
        let rows: Vec<_> = ids.map(|n| format!("o-{n}")).collect();
        let row = |id: &String| raw_order(None, (id, "placed", "1.00"));
        script.insert(&rows.iter().map(|id| (id.as_str(), row(id))).collect::<Vec<_>>());
    };
    let noted = |seen: Vec<storm_runtime::testing::Seen>| {
        seen.iter().filter(|event| event.header("ce_type") == OrderNoted::NAME).count()
    };
    let first = rig.run(orders(Handlers::default()), &script).await.unwrap();
    place(0..5);
    rig.until("orders_events", 10).await;
    first.stop().await.unwrap();

    // Paused: orders are placed and charged, and nothing is noted.
    let (config, heard) = ("[policy.NoteOnCharge]\npause = true", Heard::from_here());
    let paused = rig.replica(orders(Handlers::default()), &script, "0", config).await.unwrap();
    let setting = "name=\"NoteOnCharge\",key=\"pause\",value=\"true\"";
    assert_eq!(sum(&paused, "storm_policy_setting", setting), 1.0, "the override is shown");
    place(5..10);
    rig.until("billing_events", 10).await;
    let behind = || sum(&paused, "storm_policy_lag_records", "name=\"NoteOnCharge\"") >= 5.0;
    until(&paused, "the paused policy's lag", behind).await;
    assert_eq!(noted(rig.read("orders_events").await), 5);
    heard.until("D-006").await;
    paused.stop().await.unwrap();

    // Going on is going on from there, once each; and so does another restart.
    for _ in 0..2 {
        let running = rig.run(orders(Handlers::default()), &script).await.unwrap();
        assert_eq!(noted(rig.until("orders_events", 20).await), 10);
        running.stop().await.unwrap();
    }
    bank.stop().await.unwrap();
    rig.end().await;
}

/// Never notes an order.
struct Refusing;

impl OrderCommands for Refusing {
    async fn note_order(&self, _: NoteOrder, _: &mut Work<'_>) -> Result<(), Failure> {
        Err(Failure::try_again("the ledger is closed"))
    }

    async fn sweep(&self, _: Sweep, _: &mut Work<'_>) -> Result<(), Failure> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_attempts_are_made_as_the_configuration_says() {
    let rig = rig().await;
    let (script, none) = (Script::default(), Script::default());
    let retry = |of: &str, times: u32| format!("[{of}.retry]\ntimes = {times}\nfrom = '1ms'\nto = '2ms'");
    let bank = retry("command.Charge", 1);
    let bank = rig.replica(billing(Handlers::default()), &none, "0", &bank).await.unwrap();
    // The model says two tries after the first one.
    let orders = rig.replica(orders(Refusing), &script, "0", &retry("policy.NoteOnCharge", 4)).await.unwrap();
    let row = |id: &str, total| raw_order(None, (id, "placed", total));
    script.insert(&[("o-1", row("o-1", "1.00")), ("o-2", row("o-2", "13.00"))]);
    for (dead, at, attempts) in [("orders_dead", "NoteOnCharge", "5"), ("billing_dead", "Charge", "2")] {
        let letters = rig.until(dead, 1).await;
        let letter = &letters[0];
        assert_eq!((letters.len(), letter.header("dead-at")), (1, at), "{dead}");
        assert_eq!(letter.header("dead-attempts"), attempts, "{dead}");
    }
    let setting = "name=\"NoteOnCharge\",key=\"retry.times\",value=\"4\"";
    assert_eq!(sum(&orders, "storm_policy_setting", setting), 1.0);
    orders.stop().await.unwrap();
    bank.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_taken_away_from_a_policy_by_configuration() {
    let rig = rig().await;
    let script = Script::default();
    let bank = rig.run(billing(Handlers::default()), &Script::default()).await.unwrap();
    let config = "[policy.ChargeOnPlacement]\nskip_keys = ['o-1']\nretry.times = 1";
    let running = rig.replica(orders(Handlers::default()), &script, "0", config).await.unwrap();
    let row = |id: &str| raw_order(None, (id, "placed", "1.00"));
    script.insert(&[("o-1", row("o-1")), ("o-2", row("o-2"))]);
    rig.until("billing_commands", 1).await;
    let passed = || sum(&running, "storm_passed_over_total", "reason=\"configured\"") == 1.0;
    until(&running, "the event that is passed over", passed).await;
    assert_eq!(rig.read("billing_commands").await[0].key, "o-2");
    let setting = "name=\"ChargeOnPlacement\",key=\"retry.times\",value=\"1\"";
    assert_eq!(sum(&running, "storm_policy_setting", setting), 1.0);
    assert!(OrderPlaced::decode(rig.read("orders_events").await[0].body.as_deref().unwrap()).is_ok());
    running.stop().await.unwrap();
    bank.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handlers_that_block_or_never_return_stop_nobody_else() {
    let rig = rig().await;
    let (bank, heard) = (Bank::default(), Heard::from_here());
    let config = "[command.Charge]\ntimeout = '1s'\nretry.from = '10ms'\n[dispatch]\nslow_after = '100ms'";
    let running = rig.replica(billing(bank.clone()), &Script::default(), "0", config).await.unwrap();
    send(&rig, "endless", "17.00").await;
    // As many as there are threads, and two more.
    for n in 0..4 {
        send(&rig, &format!("blocks-{n}"), "18.00").await;
    }
    for n in 0..20 {
        send(&rig, &format!("o-{n}"), "1.00").await;
    }
    // The endless one is tried again after its time limit; the blocking ones have not moved.
    let done = rig.until("billing_events", 21).await;
    assert!(!done.iter().any(|event| event.key.starts_with("blocks")));
    assert_eq!(bank.endless.load(Ordering::SeqCst), 2);
    assert_eq!(sum(&running, "storm_failures_total", "code=\"H-108\""), 1.0);
    let running_long = || sum(&running, "storm_handler_running_seconds", "name=\"Charge\"") > 0.1;
    until(&running, "a handler that is named", running_long).await;
    let slow = &heard.until("H-110").await[0];
    assert!(slow.contains("has been running for"), "{slow}");
    bank.let_go();
    rig.until("billing_events", 25).await;
    // It is known how long one blocked when it lets go.
    let blocked = &heard.until("H-109").await[0];
    assert!(blocked.contains("blocked its thread"), "{blocked}");
    for said in [slow, blocked] {
        assert!(said.contains(&format!("command=\"{}\"", Charge::NAME)), "the handler is named: {said}");
        assert!(!said.contains("blocks-") && !said.contains("endless"), "no key is: {said}");
    }
    assert!(rig.read("billing_dead").await.is_empty());
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hot_key_is_shown_by_its_share_and_never_by_its_name() {
    let rig = rig().await;
    let heard = Heard::from_here();
    let running = rig.run(billing(Handlers::default()), &Script::default()).await.unwrap();
    for n in 0..800 {
        let id = if n % 4 == 0 { format!("o-{n}") } else { "everybody-s-darling".to_owned() };
        send(&rig, &id, "1.00").await;
    }
    let hot = || sum(&running, "storm_hot_key_share", "topic=\"billing_commands\"");
    until(&running, "a hot key", || hot() >= 0.7).await;
    assert!(!running.metrics().contains("darling"));
    let said = &heard.until("D-013").await[0];
    assert!(said.contains("topic=\"billing_commands\"") && said.contains("offset="), "{said}");
    assert!(!said.contains("darling"), "{said}");
    running.stop().await.unwrap();
    rig.end().await;
}
