//! Old rows of the two tables that a service keeps in its handlers' database go by themselves, on real MariaDB and MySQL,
//! while commands run; capture passes over that, and a service that may not do it goes on.

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder};
use storm_runtime::spec::SourceSpec;
use storm_runtime::testing::Running;
use storm_runtime::{Service, source};
use storm_servers::Kind;

use crate::mini::handlers::billing_commands;
use crate::mini::messages::Charged;
use crate::mini::service::BILLING;
use crate::{Bank, rig, send, sum, until};

const OLD: usize = 1_200;

struct Bed {
    conn: Conn,
    url: String,
    source: &'static SourceSpec,
}

/// A database with old rows in both tables, and the young one of a command that was done.
async fn bed(kind: Kind, database: &'static str) -> Option<Bed> {
    let url = storm_servers::shared(kind)?;
    let opts = OptsBuilder::from_opts(Opts::from_url(&url).unwrap()).prefer_socket(false);
    let mut conn = Conn::new(opts).await.unwrap();
    for word in ["DROP DATABASE IF EXISTS", "CREATE DATABASE", "USE"] {
        conn.query_drop(format!("{word} {database}")).await.unwrap();
    }
    for statement in source::mysql::BOOKKEEPING_TABLES {
        conn.query_drop(statement).await.unwrap();
    }
    let inbox = (0..OLD).map(|n| format!("('old-{n}', 'l', NOW(6) - INTERVAL 3 DAY)")).collect::<Vec<_>>();
    let inbox = format!("INSERT INTO storm_inbox VALUES {}", inbox.join(", "));
    let outbox = "INSERT INTO storm_outbox (message, record_key, body, created_at) \
                  VALUES ('mini.billing.v1.Charged', 'old', '', NOW(6) - INTERVAL 8 DAY)";
    let young = "INSERT INTO storm_inbox (command_id, lineage) VALUES ('young', 'l')";
    for statement in [&*inbox, outbox, young] {
        conn.query_drop(statement).await.unwrap();
    }
    let source = SourceSpec { name: "shop", databases: database, tenant: false, tables: &[] };
    let url = format!("{}/{database}", url.trim_end_matches('/'));
    Some(Bed { conn, url, source: Box::leak(Box::new(source)) })
}

impl Bed {
    fn service(&self) -> Service {
        let service = Service::new(&BILLING).capture(self.source, []).records::<Charged>();
        service.commands(billing_commands(Bank::default()))
    }

    fn config(&self, handlers: &str) -> String {
        let id = 4_000_000 + std::process::id() % 100_000;
        format!(
            "[database]\nurl = '{handlers}'\ninbox_keep = '2d'\nprune_every = '100ms'\n\
             [source.shop]\nurl = '{}'\nserver_id = {id}\n",
            self.url
        )
    }

    async fn count(&mut self, what: &str) -> u64 {
        self.conn.query_first(format!("SELECT COUNT(*) FROM {what}")).await.unwrap().unwrap()
    }
}

fn removed(running: &Running, table: &str) -> f64 {
    sum(running, "storm_pruned_rows_total", &format!("table=\"{table}\""))
}

#[tokio::test(flavor = "multi_thread")]
async fn old_rows_go_by_themselves_while_commands_run_and_capture_passes_over_that() {
    for (kind, database) in [(Kind::Mariadb, "t_pruned_a"), (Kind::Mysql, "t_pruned_b")] {
        let Some(mut bed) = bed(kind, database).await else { return };
        let rig = rig().await;
        let config = bed.config(&bed.url);
        let mut running = rig.deploy(bed.service(), &config).await.unwrap();
        running.ready().await;
        for n in 0..20 {
            send(&rig, &format!("new-{n}"), "1.00").await;
        }
        let gone =
            || removed(&running, "storm_inbox") == OLD as f64 && removed(&running, "storm_outbox") == 1.0;
        until(&running, "old rows that are gone", gone).await;
        // What comes again is known, and the last one stands behind all that was removed.
        for id in ["young", "new-0", "last"] {
            send(&rig, id, "1.00").await;
        }
        let all = || sum(&running, "storm_commands_total", "name=\"Charge\"") >= 23.0;
        until(&running, "the last command", all).await;
        let events = rig.until("billing_events", 21).await;
        let raw = rig.read("priv_billing").await;
        assert_eq!((events.len(), raw.len()), (21, 21), "{kind}: one each, and none of what was removed");
        assert_eq!(sum(&running, "storm_commands_total", "outcome=\"already_done\""), 2.0, "{kind}");
        assert!(rig.read("billing_dead").await.is_empty(), "{kind}");
        for loops in ["capture", "prune"] {
            assert_eq!(sum(&running, "storm_errors_total", &format!("loop=\"{loops}\"")), 0.0, "{kind}");
        }
        assert_eq!(
            bed.count("storm_inbox").await,
            22,
            "{kind}: the young one's, and one for each that acted"
        );
        assert_eq!(bed.count("storm_outbox").await, 21, "{kind}");
        running.stop().await.unwrap();
        rig.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_may_not_remove_rows_says_so_and_goes_on() {
    let Some(mut bed) = bed(Kind::Mariadb, "t_pruned_c").await else { return };
    let rig = rig().await;
    let user = "storm_narrow@'127.0.0.1'";
    for statement in [
        format!("DROP USER IF EXISTS {user}"),
        format!("CREATE USER {user} IDENTIFIED BY 'narrow'"),
        format!("GRANT CREATE, SELECT, INSERT ON t_pruned_c.* TO {user}"),
        // And somebody has altered what is not theirs.
        "ALTER TABLE storm_outbox CHANGE created_at made_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)"
            .into(),
    ] {
        bed.conn.query_drop(statement).await.unwrap();
    }
    let port = Opts::from_url(&bed.url).unwrap().tcp_port();
    let narrow = format!("mysql://storm_narrow:narrow@127.0.0.1:{port}/t_pruned_c");
    let mut running = rig.deploy(bed.service(), &bed.config(&narrow)).await.unwrap();
    running.ready().await;
    let failed = |code: &str| sum(&running, "storm_failures_total", &format!("at=\"prune\",code=\"{code}\""));
    // One table each: the second round comes as well.
    until(&running, "two rounds that fail", || failed("H-202") >= 2.0 && failed("H-203") >= 2.0).await;
    send(&rig, "new", "1.00").await;
    assert_eq!(rig.until("billing_events", 1).await[0].key, "new", "commands are done");
    assert_eq!(bed.count("storm_inbox WHERE command_id LIKE 'old-%'").await, OLD as u64);
    assert_eq!(removed(&running, "storm_inbox"), 0.0);
    running.stop().await.unwrap();
    bed.conn.query_drop(format!("DROP USER {user}")).await.unwrap();
    rig.end().await;
}
