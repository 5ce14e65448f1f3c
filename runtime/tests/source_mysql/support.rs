//! What the tests of the database source share: the servers they were given, and steps made readable.

use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts};
use storm_runtime::source::mysql::{MysqlConfig, MysqlSource};
use storm_runtime::source::{Position, Source, SourceError, Step};
use storm_runtime::spec::SourceSpec;
use storm_servers::Kind;
use tokio::sync::RwLock;

use crate::message;

/// Tests that change a server's global settings write, all others read.
pub static SETTINGS: RwLock<()> = RwLock::const_new(());

/// A real server that the suite was given.
#[derive(Clone)]
pub struct Server {
    pub name: &'static str,
    pub url: String,
}

/// The servers that this run was given. A test without one of them is counted as skipped.
pub fn servers() -> Vec<Server> {
    let kinds = [("MariaDB", Kind::Mariadb), ("MySQL", Kind::Mysql)];
    let given =
        kinds.into_iter().filter_map(|(name, kind)| Some(Server { name, url: storm_servers::shared(kind)? }));
    given.collect()
}

impl Server {
    pub fn is_mariadb(&self) -> bool {
        self.name == "MariaDB"
    }

    pub async fn connect(&self) -> Conn {
        let opts = Opts::from_url(&self.url).expect("a URL");
        let opts = mysql_async::OptsBuilder::from_opts(opts).prefer_socket(false);
        let mut conn = Conn::new(opts).await.expect("the server answers");
        let mode = "SET NAMES utf8mb4, time_zone = '+00:00', sql_mode = 'NO_ENGINE_SUBSTITUTION'";
        conn.query_drop(mode).await.expect("a session");
        conn
    }

    /// A configuration with a `server_id` of its own: tests run at the same time.
    pub fn config(&self) -> MysqlConfig {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let own = 70_000 + std::process::id() % 10_000 * 100 + NEXT.fetch_add(1, Ordering::Relaxed);
        let config = MysqlConfig::from_url(&self.url).expect("a URL");
        MysqlConfig { server_id: own, heartbeat_seconds: 1, ..config }
    }

    /// Opens a source at the server's present end, or after a position.
    pub async fn open(&self, spec: &'static SourceSpec, from: Option<Position>) -> (MysqlSource, Position) {
        let mut source = MysqlSource::new(self.config(), spec);
        let position = source.open(from).await.expect("the source opens");
        (source, position)
    }
}

/// Runs statements one by one.
pub async fn run(conn: &mut Conn, statements: &[&str]) {
    for statement in statements {
        conn.query_drop(*statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

/// The next step that is not a sign of life.
pub async fn step(source: &mut impl Source) -> Result<Option<Step>, SourceError> {
    let next = async {
        loop {
            let next = source.next().await;
            if !matches!(next, Ok(Some(Step::Idle(_)))) {
                return next;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), next).await.expect("a step in time")
}

/// All steps up to the `count`-th commit.
pub async fn until_commit(source: &mut impl Source, count: usize) -> Vec<Step> {
    let (mut steps, mut commits) = (Vec::new(), 0);
    while commits < count {
        let step = step(source).await.expect("a step").expect("not the end");
        commits += usize::from(matches!(step, Step::Commit(_)));
        steps.push(step);
    }
    steps
}

/// The first error, with the steps before it.
pub async fn until_error(source: &mut impl Source) -> SourceError {
    loop {
        if let Err(error) = step(source).await {
            return error;
        }
    }
}

/// A step in a line, without what differs from run to run.
pub fn line(step: &Step) -> String {
    match step {
        Step::Begin { .. } => "begin".into(),
        Step::Cause(cause) => format!("cause {} {}", cause.command_id, cause.lineage),
        Step::Row(row) => {
            let body = message::fields(&row.body);
            let image = |field: u32| match message::find(&body, field) {
                Some(image) => message::show(&message::fields(message::bytes(image))),
                None => "-".into(),
            };
            let key = row.key.replace('\u{1f}', "/");
            let (before, after) = (image(2), image(3));
            format!("{:?} {}.{} {key} #{} {before} -> {after}", row.op, row.database, row.table, row.ordinal)
        }
        Step::Refused(row) => {
            let key = row.key.as_deref().unwrap_or("-").replace('\u{1f}', "/");
            format!(
                "refused {:?} {}.{} {key} #{} {} {}",
                row.op, row.database, row.table, row.ordinal, row.code, row.column
            )
        }
        Step::Recorded(event) => {
            let body = String::from_utf8_lossy(&event.body);
            format!("recorded {} {} {} #{} {body}", event.database, event.message, event.key, event.ordinal)
        }
        Step::Commit(_) => "commit".into(),
        Step::Idle(_) => "idle".into(),
    }
}

/// All steps as lines.
pub fn lines(steps: &[Step]) -> Vec<String> {
    steps.iter().map(line).collect()
}
