//! The handlers' database goes down under load and comes back: nothing is given up on, nobody leaves the group, everything
//! is done once. It is down for a minute, several times as long as a member may be silent or not poll; STORM_OUTAGE_SECONDS
//! says otherwise. On servers of its own, beside the other tests.

use std::collections::HashSet;
use std::time::Duration;

use mysql_async::prelude::Queryable;
use storm_runtime::Service;
use storm_runtime::spec::SourceSpec;
use storm_runtime::testing::Rig;
use storm_servers::{Kind, Options};

use crate::mini::handlers::billing_commands;
use crate::mini::messages::Charged;
use crate::mini::service::BILLING;
use crate::{Bank, send, sum, until};

const OUTBOX: SourceSpec = SourceSpec { name: "shop", databases: "outage", tenant: false, tables: &[] };

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_down_under_load_costs_time_and_nothing_else() {
    let Some(mut server) = storm_servers::private(Kind::Mariadb, Options::new()) else { return };
    let Some(kafka) = storm_servers::private(Kind::Kafka, Options::new()) else { return };
    let patience = [("session.timeout.ms", "6000"), ("max.poll.interval.ms", "10000")];
    let rig = Rig::at(&kafka.address(), &[]).await.settings(&patience);
    let down = std::env::var("STORM_OUTAGE_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let opts = mysql_async::Opts::from_url(&server.url()).unwrap();
    let opts = mysql_async::OptsBuilder::from_opts(opts).prefer_socket(false);
    let mut conn = mysql_async::Conn::new(opts).await.unwrap();
    for statement in ["CREATE DATABASE outage", "USE outage"] {
        conn.query_drop(statement).await.unwrap();
    }
    for statement in storm_runtime::source::mysql::BOOKKEEPING_TABLES {
        conn.query_drop(statement).await.unwrap();
    }
    let url = format!("{}/outage", server.url().trim_end_matches('/'));
    let service = Service::new(&BILLING).capture(&OUTBOX, []).records::<Charged>();
    let service = service.commands(billing_commands(Bank::default()));
    let config =
        format!("[database]\nurl = '{url}'\n[source.shop]\nurl = '{url}'\n[capture]\nretry_to = '1s'");
    let mut running = rig.deploy(service, &config).await.unwrap();
    running.ready().await;
    let turns = || sum(&running, "storm_rebalances_total", "group=\"dispatch\"");
    let (mut sent, before) = (0, turns());
    for n in 0..200 {
        send(&rig, &format!("o-{n}"), "1.00").await;
        sent += 1;
    }
    rig.until("billing_events", 1).await;
    server.kill9().unwrap();
    let start = std::time::Instant::now();
    while start.elapsed() < Duration::from_secs(down) {
        send(&rig, &format!("o-{sent}"), "1.00").await;
        sent += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(sum(&running, "storm_retries_total", "name=\"Charge\"") > 0.0, "it was down for the handlers");
    assert!(sum(&running, "storm_in_flight_records", "name=\"Charge\"") > 0.0, "they wait");
    server.restart().unwrap();
    let all = || sum(&running, "storm_commands_total", "name=\"Charge\"") >= sent as f64;
    until(&running, "full catch-up", all).await;
    let events = rig.until("billing_events", sent).await;
    let different: HashSet<&str> = events.iter().map(|event| event.key.as_str()).collect();
    assert_eq!((events.len(), different.len()), (sent, sent), "events, and how many different ones");
    assert!(rig.read("billing_dead").await.is_empty(), "dead letters");
    assert_eq!(turns(), before, "rebalances");
    assert_eq!(sum(&running, "storm_dead_letters_total", ""), 0.0);
    println!("down for {down} s: {sent} commands, {} events, 0 dead letters, 0 rebalances", events.len());
    running.stop().await.unwrap();
    rig.end().await;
}
