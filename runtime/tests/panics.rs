//! A panic's words may quote a row. Whoever panics, a handler, a policy or a loop, the lines of a service hold the place
//! alone: seen from outside, in what a process writes whose log is as a service has it.

#[expect(dead_code, reason = "written for the service suite")]
mod mini;
#[path = "mini/topics.rs"]
mod topics;

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mini::handlers::{BillingCommands, Handlers, billing_commands, order_commands};
use mini::messages::{Charge, Charged, NoteOrder, OrderNoted, OrderPlaced, Orders, raw_order};
use mini::service::{BILLING, ChargeOnPlacement, ORDERS, SHOP, SHOP_OUTBOX};
use storm_runtime::testing::{Rig, Script, log_as_a_service};
use storm_runtime::{Change, Failure, GiveUp, Policy, Refusal, Service, Work, row};
use topics::TOPICS;

/// Says to this test that it is the process to be looked at.
const HERE: &str = "STORM_TEST_PANICS_HERE";
/// What each key begins with.
const SECRET: &str = "hush-";
/// What each order comes to: no instant, and no duration that a line may hold, has these digits.
const TOTAL: &str = "94120.75";

/// Panics in the middle of the first attempt.
#[derive(Clone, Default)]
struct Excited(Arc<AtomicBool>);

impl BillingCommands for Excited {
    async fn charge(&self, command: Charge, work: &mut Work<'_>) -> Result<(), Failure> {
        assert!(self.0.swap(true, Ordering::SeqCst), "{} does not pay {}", command.order_id, command.total);
        work.record(Charged { order_id: command.order_id, total: command.total }).await
    }
}

/// Whenever `Charged` then `NoteOrder`; it never gets so far.
struct Nervous;

impl Policy for Nervous {
    type Event = Charged;
    type Command = NoteOrder;

    const NAME: &'static str = "Nervous";
    const SENTENCE: &'static str = "whenever an order is charged, panic";
    const GIVE_UP: GiveUp = GiveUp::DeadLetter;

    fn react(event: &Charged) -> impl IntoIterator<Item = NoteOrder> {
        assert!(event.order_id.is_empty(), "what of {} and its {}?", event.order_id, event.total);
        None
    }
}

/// A translation that does not like updates.
fn touchy(change: &Change<Orders>) -> Result<Option<OrderPlaced>, Refusal> {
    let after = change.after.as_ref().unwrap();
    assert!(after.status != "torn", "{} is {} at {}", after.id, after.status, after.total);
    Ok(Some(OrderPlaced { order_id: after.id.clone(), total: after.total }))
}

#[test]
fn the_words_of_a_panic_reach_no_line() {
    if std::env::var_os(HERE).is_some() {
        tokio::runtime::Runtime::new().unwrap().block_on(panic_everywhere());
        return;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["the_words_of_a_panic_reach_no_line", "--exact", "--nocapture"])
        .env(HERE, "1")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (said, log) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{said}{log}");
    let panics: Vec<&str> = log.lines().filter(|line| line.contains("X-002")).collect();
    assert_eq!(panics.len(), 3, "a handler, a policy, a loop: {log}");
    assert!(panics.iter().all(|line| line.contains("tests/panics.rs:")), "each with its place: {panics:?}");
    let contained = log.lines().filter(|line| line.contains("H-104")).count();
    assert!(contained >= 2, "a handler is tried again, a policy's event is a dead letter: {log}");
    for word in [SECRET, TOTAL, "does not pay", "what of", "torn"] {
        assert!(!log.contains(word) && !said.contains(word), "`{word}` is in the log: {said}{log}");
    }
}

async fn panic_everywhere() {
    log_as_a_service("debug");
    let rig = Rig::in_turn(&TOPICS).await;
    let script = Script::default();
    let billing = Service::new(&BILLING)
        .capture(&SHOP_OUTBOX, [])
        .records::<Charged>()
        .commands(billing_commands(Excited::default()));
    let orders = Service::new(&ORDERS)
        .capture(&SHOP, [row(touchy)])
        .records::<OrderNoted>()
        .policy(ChargeOnPlacement)
        .policy(Nervous)
        .commands(order_commands(Handlers::default()));
    let billing = rig.run(billing, &Script::default()).await.unwrap();
    let orders = rig.run(orders, &script).await.unwrap();
    let key = format!("{SECRET}1");
    script.insert(&[(&key, raw_order(None, (&key, "placed", TOTAL)))]);
    rig.until("billing_events", 1).await;
    let dead = rig.until("orders_dead", 1).await;
    assert_eq!(dead[0].header("dead-cause"), "H-104: the policy panicked");
    script.insert(&[(&key, raw_order(None, (&key, "torn", TOTAL)))]);
    let fault = orders.ended().await.unwrap_err();
    assert_eq!((fault.code, fault.message.as_str()), ("X-001", "the loop `orders-publish` panicked"));
    billing.stop().await.unwrap();
    rig.end().await;
}
