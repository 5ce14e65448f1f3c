//! An external system is dead and comes back: commands that need it wait behind its breaker, burn no attempt and are done
//! once; unless the configuration says otherwise.

use std::collections::HashSet;
use std::net::SocketAddr;

use storm_runtime::{External, Failure, Fault, Service, Start, Work};
use tokio::net::{TcpListener, TcpStream};

use crate::mini::handlers::BillingCommands;
use crate::mini::messages::{Charge, Charged};
use crate::mini::service::{CardBank, billing};
use crate::{rig, send, sum, until};

struct Teller {
    bank: External<CardBank>,
}

impl BillingCommands for Teller {
    async fn charge(&self, command: Charge, work: &mut Work<'_>) -> Result<(), Failure> {
        self.bank.call(work, |_key| TcpStream::connect(self.bank.url().to_owned())).await?;
        work.record(Charged { order_id: command.order_id, total: command.total }).await
    }
}

fn teller(start: &Start) -> Result<Service, Fault> {
    Ok(billing(Teller { bank: start.external() }))
}

/// An address that nobody listens on.
async fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// With no attempt to burn: what is not waited for is dead at once.
fn config(at: SocketAddr, more: &str) -> String {
    format!(
        "[command.Charge.retry]\ntimes = 0\n[external.CardBank]\nurl = '{at}'\nbreaker_failures = 3\n\
         breaker_pause = '100ms'\n{more}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_external_system_costs_time_and_nothing_else() {
    const SENT: usize = 30;
    let rig = rig().await;
    let at = nobody().await;
    let running = rig.build(teller, &config(at, "")).await.unwrap();
    let calls =
        |outcome: &str| sum(&running, "storm_external_calls_total", &format!("outcome=\"{outcome}\""));
    assert_eq!(sum(&running, "storm_external_breaker", "external=\"CardBank\""), 0.0, "closed at first");
    for n in 0..SENT {
        send(&rig, &format!("o-{n}"), "1.00").await;
    }
    until(&running, "an open breaker", || sum(&running, "storm_external_breaker", "") == 2.0).await;
    until(&running, "calls that are not made", || calls("refused") > 0.0).await;
    until(&running, "the trial of a call, and its failure", || calls("unavailable") > 3.0).await;
    assert!(sum(&running, "storm_in_flight_records", "name=\"Charge\"") > 0.0, "they wait");
    assert_eq!((rig.read("billing_events").await.len(), rig.read("billing_dead").await.len()), (0, 0));

    let back = TcpListener::bind(at).await.unwrap();
    let events = rig.until("billing_events", SENT).await;
    let different: HashSet<&str> = events.iter().map(|event| event.key.as_str()).collect();
    assert_eq!((events.len(), different.len()), (SENT, SENT), "events, and how many different ones");
    assert!(rig.read("billing_dead").await.is_empty(), "dead letters");
    until(&running, "a closed breaker", || sum(&running, "storm_external_breaker", "") == 0.0).await;
    assert!(calls("answered") >= SENT as f64, "{}", running.metrics());
    drop(back);
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_says_that_an_outage_is_not_waited_for() {
    let rig = rig().await;
    let config = config(nobody().await, "outage = 'give_up'\n");
    let running = rig.build(teller, &config).await.unwrap();
    send(&rig, "o-1", "1.00").await;
    let dead = rig.until("billing_dead", 1).await;
    assert!(dead[0].header("dead-cause").starts_with("H-103: "), "{:?}", dead[0]);
    running.stop().await.unwrap();
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_that_the_context_does_not_call_cannot_be_configured() {
    let rig = rig().await;
    let refused = rig.build(teller, "[external.CardBanks]\n").await;
    let Err(fault) = refused else { panic!("it is no such system") };
    assert_eq!(fault.code, "F-109");
    assert!(fault.to_string().contains("CardBank"), "{fault}");
    rig.end().await;
}
