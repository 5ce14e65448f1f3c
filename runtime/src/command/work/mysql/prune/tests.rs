//! On real servers: old rows go and young ones stay, page by page, whoever works there meanwhile.

use std::time::Instant;

use mysql_async::{Opts, Pool};
use storm_servers::Kind;

use super::*;
use crate::command::leash::Leash;
use crate::command::work::{Done, Order};
use crate::lineage::Lineage;
use crate::{Command, CommandTable, Message, Refusal};

const DAY: u64 = 24 * 3_600;
const MONTH: Duration = Duration::from_secs(30 * DAY);

#[derive(Debug, Clone, PartialEq)]
struct Touch;

impl Message for Touch {
    const NAME: &'static str = "test.v1.Touch";
    fn key(&self) -> String {
        String::new()
    }
    fn encode(&self) -> Vec<u8> {
        Vec::new()
    }
    fn decode(_: &[u8]) -> Result<Self, Refusal> {
        Ok(Self)
    }
}
impl Command for Touch {
    const CONTEXT: &'static str = "test";
    const TOPIC: &'static str = "test_commands";
}

/// A server, and databases of its own there for tenants `a` and `b`.
struct Bed {
    kind: Kind,
    server: OptsBuilder,
    prefix: String,
    conn: Conn,
}

impl Bed {
    async fn open(kind: Kind, name: &str) -> Option<Self> {
        let url = storm_servers::shared(kind)?;
        let server = OptsBuilder::from_opts(Opts::from_url(&url).unwrap()).prefer_socket(false);
        let server = server.db_name(None::<String>);
        let mut conn = Conn::new(server.clone()).await.unwrap();
        let prefix = format!("storm_{name}_{}_", std::process::id());
        for tenant in ["a", "b"] {
            conn.query_drop(format!("DROP DATABASE IF EXISTS {prefix}{tenant}")).await.unwrap();
            conn.query_drop(format!("CREATE DATABASE {prefix}{tenant}")).await.unwrap();
        }
        Some(Self { kind, server, prefix, conn })
    }

    fn work(&self) -> DatabaseWork {
        DatabaseWork::new(self.server.clone(), 2, Some(self.prefix.clone()))
    }

    async fn run(&mut self, statement: &str) {
        self.conn.query_drop(statement).await.unwrap_or_else(|error| panic!("{}: {error}", self.kind));
    }

    /// Both tables for a tenant, with so many old rows and a few young ones before, between and behind.
    async fn fill(&mut self, tenant: &str, inbox: usize, outbox: usize) {
        self.run(&format!("USE {}{tenant}", self.prefix)).await;
        for table in crate::source::mysql::BOOKKEEPING_TABLES {
            self.run(table).await;
        }
        let numbers = |count: usize| (0..count).map(|n| format!("({n})")).collect::<Vec<_>>().join(", ");
        self.run("CREATE TABLE numbers (n INT)").await;
        self.run(&format!("INSERT INTO numbers VALUES {}", numbers(inbox.max(outbox)))).await;
        self.run(&format!(
            "INSERT INTO storm_inbox SELECT CONCAT('c-', n), 'l', NOW(6) - INTERVAL 31 DAY FROM numbers WHERE n < {inbox}"
        ))
        .await;
        self.run("INSERT INTO storm_inbox (command_id, lineage) VALUES ('a-1', 'l'), ('c-0-young', 'l'), ('z-1', 'l')")
            .await;
        self.run(&format!(
            "INSERT INTO storm_outbox (message, record_key, body, created_at) \
             SELECT 'm', n, 'b', NOW(6) - INTERVAL 31 DAY FROM numbers WHERE n < {outbox}"
        ))
        .await;
        self.run("INSERT INTO storm_outbox (message, record_key, body) VALUES ('m', 'young', 'b')").await;
    }

    async fn rows(&mut self, tenant: &str) -> [u64; 2] {
        let mut rows = [0; 2];
        for (place, table) in Table::ALL.into_iter().enumerate() {
            let count = format!("SELECT COUNT(*) FROM {}{tenant}.{}", self.prefix, table.name());
            rows[place] = self.conn.query_first(count).await.unwrap().unwrap();
        }
        rows
    }
}

fn kinds() -> [Kind; 2] {
    [Kind::Mariadb, Kind::Mysql]
}

/// All pages of a table: how many rows each removed.
async fn pages(visit: &mut Visit, table: Table) -> Vec<u64> {
    let (mut place, mut removed) = (table.start(), Vec::new());
    loop {
        let page = visit.page(table, place, MONTH).await.unwrap();
        removed.push(page.removed);
        match page.next {
            Some(next) => place = next,
            None => return removed,
        }
    }
}

async fn does(work: &DatabaseWork, tenant: &str, id: &str) -> Done {
    struct Handlers;
    let table = CommandTable::new(Handlers).on::<Touch>(|_, _, _| Box::pin(async { Ok(()) }));
    let order = Order {
        name: Touch::NAME.into(),
        id: id.into(),
        key: id.into(),
        tenant: Some(tenant.into()),
        lineage: Lineage::beginning(id),
        due: None,
        fingerprint: None,
        body: Vec::new().into(),
    };
    work.run(&order, &table, &Leash::of(crate::millis(30_000))).await.unwrap()
}

#[tokio::test]
async fn old_rows_go_page_by_page_and_young_ones_stay_while_commands_run() {
    for kind in kinds() {
        let Some(mut bed) = Bed::open(kind, "prune").await else { return };
        bed.fill("a", 2_500, 1_200).await;
        bed.fill("b", 3, 0).await;
        let work = bed.work();
        // A handler that is in the middle of its transaction, between the old rows.
        let pool = Pool::new(bed.server.clone());
        let mut handler = pool.get_conn().await.unwrap();
        handler.query_drop(format!("USE {}a", bed.prefix)).await.unwrap();
        handler.query_drop("BEGIN").await.unwrap();
        let open = "INSERT INTO storm_inbox (command_id, lineage) VALUES ('c-1-open', 'l')";
        handler.query_drop(open).await.unwrap();
        let event = "INSERT INTO storm_outbox (message, record_key, body) VALUES ('m', 'open', 'b')";
        handler.query_drop(event).await.unwrap();

        let mut visit = work.visit().await.unwrap();
        let mut databases = visit.databases().await.unwrap();
        databases.sort();
        assert_eq!(databases, ["a", "b"].map(|tenant| format!("{}{tenant}", bed.prefix)), "{kind}");
        assert!(visit.enter(&databases[0]).await.unwrap(), "{kind}");
        let mut other = work.visit().await.unwrap();
        assert!(!other.enter(&databases[0]).await.unwrap(), "{kind}: one replica at a time");
        assert!(other.enter(&databases[1]).await.unwrap(), "{kind}: each database for itself");
        other.leave().await.unwrap();

        let commands = async {
            for n in 0..40 {
                assert_eq!(does(&work, "a", &format!("c-2-new-{n}")).await, Done::Acted, "{kind}");
            }
        };
        let pruning = async {
            let inbox = pages(&mut visit, Table::Inbox).await;
            (inbox, pages(&mut visit, Table::Outbox).await)
        };
        let ((), (inbox, outbox)) = tokio::join!(commands, pruning);
        assert_eq!(inbox.iter().sum::<u64>(), 2_500, "{kind}: {inbox:?}");
        assert!(inbox.len() >= 3 && inbox.iter().all(|rows| *rows <= PAGE as u64), "{kind}: {inbox:?}");
        assert_eq!(outbox, [1_000, 200], "{kind}");
        handler.query_drop("COMMIT").await.unwrap();
        // Three young ones, the open one, the new ones; nothing of the other tenant's yet.
        assert_eq!(bed.rows("a").await, [3 + 1 + 40, 1 + 1], "{kind}");
        assert_eq!(bed.rows("b").await, [6, 1], "{kind}");
        visit.leave().await.unwrap();
        assert!(visit.enter(&databases[1]).await.unwrap(), "{kind}: it was let go of");
        assert_eq!(pages(&mut visit, Table::Inbox).await, [3], "{kind}");
        assert_eq!(pages(&mut visit, Table::Outbox).await, [0], "{kind}");

        assert_eq!(does(&work, "a", "c-0-young").await, Done::Already, "{kind}: its row is kept");
        assert_eq!(does(&work, "a", "c-1-open").await, Done::Already, "{kind}");
        assert_eq!(does(&work, "a", "c-2").await, Done::Acted, "{kind}: nobody knows it any more");
        drop(handler);
        pool.disconnect().await.unwrap();
    }
}

/// 6 bodies of 1 MiB are no single transaction, a row that somebody holds stops nobody, a table that is not there is empty.
#[tokio::test]
async fn a_page_is_bounded_by_bytes_and_a_row_that_is_held_is_left_for_later() {
    let both = kinds().map(|kind| async move {
        let Some(mut bed) = Bed::open(kind, "prune_held").await else { return };
        bed.fill("a", 1_500, 6).await;
        bed.run("UPDATE storm_outbox SET body = REPEAT('b', 1048576) WHERE record_key <> 'young'").await;
        let work = bed.work();
        let mut visit = work.visit().await.unwrap();
        let databases = visit.databases().await.unwrap();
        assert!(visit.enter(&databases[0]).await.unwrap());
        assert_eq!(pages(&mut visit, Table::Outbox).await, [4, 2], "{kind}");

        // One of the first page.
        let mut holder = Conn::new(bed.server.clone()).await.unwrap();
        holder.query_drop(format!("USE {}a", bed.prefix)).await.unwrap();
        holder.query_drop("BEGIN").await.unwrap();
        holder.query_drop("SELECT * FROM storm_inbox WHERE command_id = 'c-0' FOR UPDATE").await.unwrap();
        let start = Instant::now();
        let held = visit.page(Table::Inbox, Table::Inbox.start(), MONTH).await;
        let Err(Refused::Busy(failure, Some(next))) = held else { panic!("{kind}: {held:?}") };
        assert!(failure.message.contains("1205"), "{kind}: {failure}");
        assert!(
            start.elapsed() < crate::seconds(45),
            "{kind}: it does not wait for as long as the server would"
        );
        let rest = visit.page(Table::Inbox, next, MONTH).await.unwrap();
        assert!(rest.removed > 400 && rest.next.is_none(), "{kind}: {rest:?}");
        holder.query_drop("ROLLBACK").await.unwrap();
        assert_eq!(pages(&mut visit, Table::Inbox).await.iter().sum::<u64>(), 1_500 - rest.removed, "{kind}");

        // Where nobody has done a command yet.
        visit.leave().await.unwrap();
        assert!(visit.enter(&format!("{}b", bed.prefix)).await.unwrap());
        assert_eq!(pages(&mut visit, Table::Inbox).await, [0], "{kind}");
        visit.end().await;
    });
    let [one, two] = both;
    tokio::join!(one, two);
}

#[tokio::test]
async fn a_user_without_the_right_is_told_apart() {
    for kind in kinds() {
        let Some(mut bed) = Bed::open(kind, "prune_rights").await else { return };
        bed.fill("a", 2, 1).await;
        let user = "storm_pruner@'127.0.0.1'";
        bed.run(&format!("DROP USER IF EXISTS {user}")).await;
        bed.run(&format!("CREATE USER {user}")).await;
        bed.run(&format!("GRANT CREATE, SELECT, INSERT ON {}a.* TO {user}", bed.prefix)).await;
        let narrow = bed.server.clone().user(Some("storm_pruner")).pass(None::<String>);
        let work = DatabaseWork::new(narrow, 1, Some(bed.prefix.clone()));
        let mut visit = work.visit().await.unwrap();
        let databases = visit.databases().await.unwrap();
        assert_eq!(databases, [format!("{}a", bed.prefix)], "{kind}: what it may see");
        assert!(visit.enter(&databases[0]).await.unwrap(), "{kind}");
        for table in Table::ALL {
            let refused = visit.page(table, table.start(), MONTH).await;
            assert!(matches!(refused, Err(Refused::Rights(_))), "{kind}: {refused:?}");
        }
        let nowhere = visit.enter(&format!("{}b", bed.prefix)).await;
        assert!(matches!(nowhere, Err(Refused::Rights(_))), "{kind}: {nowhere:?}");
        assert_eq!(bed.rows("a").await, [5, 2], "{kind}");
        visit.end().await;

        // What docs/operate.md says to grant is enough, for commands and for this.
        bed.run(&format!("REVOKE ALL PRIVILEGES, GRANT OPTION FROM {user}")).await;
        for table in Table::ALL {
            let on = format!("{}a.{}", bed.prefix, table.name());
            bed.run(&format!("GRANT CREATE, SELECT, INSERT, DELETE ON {on} TO {user}")).await;
        }
        assert_eq!(does(&work, "a", "new").await, Done::Acted, "{kind}");
        let mut visit = work.visit().await.unwrap();
        assert!(visit.enter(&databases[0]).await.unwrap(), "{kind}");
        assert_eq!(pages(&mut visit, Table::Inbox).await, [2], "{kind}");
        assert_eq!(pages(&mut visit, Table::Outbox).await, [1], "{kind}");
        bed.run(&format!("DROP USER {user}")).await;
    }
}
