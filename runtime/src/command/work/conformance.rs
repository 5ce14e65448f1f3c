//! One suite for both kinds of unit of work: what a handler may rely on, whichever it runs on. The real one runs where
//! `STORM_MARIADB_URL` or `STORM_MYSQL_URL` names a server, and is said to be skipped elsewhere.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use mysql_async::prelude::Queryable;

use super::memory::MemoryWork;
use super::mysql::DatabaseWork;
use super::{Done, Order, Transactions};
use crate::command::CommandTable;
use crate::command::leash::Leash;
use crate::failure::{Failure, Kind};
use crate::lineage::Lineage;
use crate::{Command, Event, Message, Refusal, Work};

#[derive(Debug, Clone, PartialEq)]
struct Note(String);

impl Message for Note {
    const NAME: &'static str = "test.v1.Note";
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
impl Command for Note {
    const CONTEXT: &'static str = "test";
    const TOPIC: &'static str = "test_commands";
}
impl Event for Note {
    const CONTEXT: &'static str = "test";
    const TOPIC: &'static str = "test_events";
}

/// Attempts that end badly, each in a way of its own; the second one works, and waits for no lock of the first.
const ONCE: [&str; 4] = ["fails once", "panics once", "never returns once", "waits for the database once"];

/// Records what it is told, then does as the text says.
struct Handlers(Arc<AtomicU32>);

impl Handlers {
    async fn note(&self, note: Note, work: &mut Work<'_>) -> Result<(), Failure> {
        let attempt = self.0.fetch_add(1, Ordering::SeqCst);
        assert_eq!(work.command_id(), note.0);
        work.exec("INSERT INTO notes (text) VALUES (?)", (note.0.as_str(),)).await?;
        work.record(note.clone()).await?;
        match note.0.as_str() {
            "fails once" if attempt == 0 => Err(Failure::try_again("once")),
            "panics once" if attempt == 0 => panic!("a handler that panics"),
            "never returns once" if attempt == 0 => std::future::pending().await,
            "waits for the database once" if attempt == 0 => {
                work.query::<i64>("SELECT SLEEP(60)", ()).await?;
                std::future::pending().await
            }
            _ => Ok(()),
        }
    }
}

type Keys = Pin<Box<dyn Future<Output = Vec<String>>>>;

/// A kind of unit of work, and a look at the keys of what it has recorded.
struct Kit {
    name: &'static str,
    transactions: Arc<Transactions>,
    seen: Box<dyn Fn() -> Keys>,
}

fn memory() -> Kit {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = seen.clone();
    let work = MemoryWork::new(Box::new(move |committed| {
        assert_eq!(committed.statements.len(), 1, "what was rolled back is not handed on");
        sink.lock().unwrap().extend(committed.recorded.into_iter().map(|event| event.key));
        Box::pin(async { Ok(()) })
    }));
    let look = move || -> Keys {
        let keys = seen.lock().unwrap().clone();
        Box::pin(async { keys })
    };
    Kit { name: "memory", transactions: Arc::new(Transactions::Memory(work)), seen: Box::new(look) }
}

async fn database(name: &'static str, kind: storm_servers::Kind) -> Option<Kit> {
    let url = storm_servers::shared(kind)?;
    let options = mysql_async::Opts::from_url(&url).unwrap();
    let schema = format!("storm_work_{}_{}", name.to_lowercase(), std::process::id());
    let server = mysql_async::OptsBuilder::from_opts(options).prefer_socket(false).db_name(None::<String>);
    let mut conn = mysql_async::Conn::new(server.clone()).await.unwrap();
    conn.query_drop(format!("DROP DATABASE IF EXISTS {schema}")).await.unwrap();
    conn.query_drop(format!("CREATE DATABASE {schema}")).await.unwrap();
    conn.query_drop(format!("CREATE TABLE {schema}.notes (text VARCHAR(200))")).await.unwrap();
    let server = server.db_name(Some(&schema));
    let looking = mysql_async::Pool::new(server.clone());
    let look = move || -> Keys {
        let pool = looking.clone();
        Box::pin(async move {
            let mut conn = pool.get_conn().await.unwrap();
            let keys: Vec<String> =
                conn.query("SELECT record_key FROM storm_outbox ORDER BY id").await.unwrap();
            let rows: Vec<String> = conn.query("SELECT text FROM notes").await.unwrap();
            assert_eq!(keys, rows, "an event is recorded with its rows, or not at all");
            keys
        })
    };
    let work = Transactions::Database(DatabaseWork::new(server, 4, None));
    Some(Kit { name, transactions: Arc::new(work), seen: Box::new(look) })
}

async fn run(kit: &Kit, text: &str, attempts: &Arc<AtomicU32>) -> Result<Done, Failure> {
    carry_out(kit, &order(text), attempts).await
}

async fn carry_out(kit: &Kit, order: &Order, attempts: &Arc<AtomicU32>) -> Result<Done, Failure> {
    let table = CommandTable::new(Handlers(attempts.clone())).on::<Note>(|h, c, w| Box::pin(h.note(c, w)));
    let transactions = kit.transactions.clone();
    transactions.run(order, &table, &Leash::of(crate::millis(500))).await
}

fn order(text: &str) -> Order {
    Order {
        name: Note::NAME.into(),
        id: text.into(),
        key: text.into(),
        tenant: None,
        lineage: Lineage::beginning(text),
        due: None,
        fingerprint: None,
        body: text.as_bytes().to_vec().into(),
    }
}

/// Waiting for a database that nobody has made would hold up every other tenant of the partition.
#[tokio::test]
async fn a_command_of_an_unknown_tenant_fails_for_good() {
    for kind in [storm_servers::Kind::Mariadb, storm_servers::Kind::Mysql] {
        let Some(url) = storm_servers::shared(kind) else { return };
        let server = mysql_async::OptsBuilder::from_opts(mysql_async::Opts::from_url(&url).unwrap());
        let server = server.prefer_socket(false).db_name(None::<String>);
        let prefix = format!("storm_nobody_{}_", std::process::id());
        let work = Transactions::Database(DatabaseWork::new(server, 1, Some(prefix)));
        let handlers = Handlers(Arc::new(AtomicU32::new(0)));
        let table = CommandTable::new(handlers).on::<Note>(|h, c, w| Box::pin(h.note(c, w)));
        let order = Order { tenant: Some("acme".into()), ..order("plain") };
        let failure = Arc::new(work).run(&order, &table, &Leash::of(crate::millis(5_000))).await.unwrap_err();
        assert_eq!((failure.kind, failure.code), (Kind::ForGood, "H-102"), "{kind:?}: {failure:?}");
    }
}

#[tokio::test]
async fn both_kinds_keep_the_contract() {
    let kits = [
        Some(memory()),
        database("MariaDB", storm_servers::Kind::Mariadb).await,
        database("MySQL", storm_servers::Kind::Mysql).await,
    ];
    for kit in kits.iter().flatten() {
        let attempts = || Arc::new(AtomicU32::new(0));
        let (name, twice) = (kit.name, attempts());
        assert_eq!(run(kit, "plain", &twice).await, Ok(Done::Acted), "{name}");
        assert_eq!(run(kit, "plain", &twice).await, Ok(Done::Already), "{name}: its inbox row is there");
        assert_eq!(twice.load(Ordering::SeqCst), 1, "{name}: the handler ran once");

        // Under a key of the caller's: the same body has acted, another one is another command.
        let bodies = attempts();
        let of = |body: &str| Order { fingerprint: Some(body.into()), ..order("keyed") };
        assert_eq!(carry_out(kit, &of("a"), &bodies).await, Ok(Done::Acted), "{name}");
        assert_eq!(carry_out(kit, &of("a"), &bodies).await, Ok(Done::Already), "{name}");
        let another = carry_out(kit, &of("b"), &bodies).await.unwrap_err();
        assert_eq!((another.kind, another.code), (Kind::ForGood, "H-111"), "{name}");
        assert_eq!(run(kit, "keyed", &bodies).await, Ok(Done::Already), "{name}: without a word on its body");
        assert_eq!(bodies.load(Ordering::SeqCst), 1, "{name}: the handler ran once");

        for text in ONCE {
            let attempts = attempts();
            assert_eq!(run(kit, text, &attempts).await.unwrap_err().kind, Kind::TryAgain, "{name}");
            let seen = (kit.seen)().await;
            assert!(!seen.iter().any(|key| key == text), "{name}: {text} left something behind");
            assert_eq!(
                run(kit, text, &attempts).await,
                Ok(Done::Acted),
                "{name}: its inbox row was rolled back"
            );
        }

        // Two at the same time: one acts, the other waits for it and finds its inbox row.
        let both = attempts();
        let (one, two) = tokio::join!(run(kit, "race", &both), run(kit, "race", &both));
        let mut outcomes = [one, two].map(|outcome| format!("{outcome:?}"));
        outcomes.sort();
        assert_eq!(outcomes, ["Ok(Acted)", "Ok(Already)"], "{name}");

        let [one, two, three, four] = ONCE;
        assert_eq!((kit.seen)().await, ["plain", "keyed", one, two, three, four, "race"], "{name}");
    }
}
