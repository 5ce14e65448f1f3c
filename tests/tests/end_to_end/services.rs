//! The shop deployed on this machine: a database, a broker, and a process for each context.

use std::io::Read as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable as _;
use serde_json::Value;
use storm_servers::{Kind, Options, Server, private};

use crate::topics::{Event, Topics};

const CONTEXTS: [&str; 4] = ["ordering", "payments", "inventory", "shipping"];
const STOCK: &str = "INSERT INTO stock (sku, on_hand, reorder_level, reorder_quantity) VALUES \
    ('teapot-blue', 40, 10, 60), ('cup-white', 112, 100, 400), ('kettle-steel', 25, 5, 20), ('tea-assam-250', 300, 50, 500)";

/// How a service ended after SIGTERM.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum Outcome {
    /// With exit code 0.
    Drained,
    /// With another one, or not at all.
    Failed,
}

struct Service {
    child: Child,
    http: u16,
}

pub struct Deployment {
    database: Server,
    kafka: Server,
    services: Vec<Service>,
    topics: Topics,
    logs: tempfile::TempDir,
}

impl Deployment {
    /// Everything up and ready; nothing if a server cannot be had (and then the test counts as skipped).
    pub fn start(database: Kind) -> Option<Self> {
        let database = private(database, Options::new())?;
        let kafka = private(Kind::Kafka, Options::new())?;
        prepare(&database);
        let descriptors =
            std::fs::read(storm_tests::root().join("generated-example/proto/descriptors.binpb")).unwrap();
        let topics = Topics::open(&kafka.address(), &descriptors, &CONTEXTS);
        let logs = tempfile::tempdir().unwrap();
        let mut deployment = Self { database, kafka, services: Vec::new(), topics, logs };
        deployment.restart();
        Some(deployment)
    }

    /// Starts a process for each context and waits until each says that it is ready.
    pub fn restart(&mut self) {
        let folder = storm_tests::example_programs();
        for context in CONTEXTS {
            let http = free_port();
            let log = self.logs.path().join(format!("{context}-{http}.log"));
            let log = std::fs::File::create(log).unwrap();
            let url = format!("{}/shop", self.database.url().trim_end_matches('/'));
            let child = Command::new(folder.join(format!("{context}-service")))
                .env("STORM_KAFKA__BROKERS", self.kafka.address())
                .env("STORM_KAFKA__REPLICAS", "1")
                .env("STORM_DATABASE__URL", &url)
                .env("STORM_SOURCE__SHOP__URL", &url)
                .env("STORM_HTTP__LISTEN", format!("127.0.0.1:{http}"))
                .env("STORM_LOG__LEVEL", "info,storm::hop=debug")
                .stdin(Stdio::null())
                .stdout(log.try_clone().unwrap())
                .stderr(log)
                .spawn()
                .unwrap();
            self.services.push(Service { child, http });
        }
        let deadline = Instant::now() + Duration::from_secs(90);
        for service in &mut self.services {
            while http_get(service.http, "/readyz").is_none_or(|answer| !answer.starts_with("HTTP/1.1 200")) {
                let ended = service.child.try_wait().unwrap();
                let log = || ends_of_logs(self.logs.path());
                assert!(ended.is_none() && Instant::now() < deadline, "not ready: {ended:?}\n{}", log());
                std::thread::park_timeout(Duration::from_millis(50));
            }
        }
    }

    /// SIGTERM to each; how each ended.
    pub fn terminate(&mut self) -> Vec<Outcome> {
        for service in &self.services {
            let pid = service.child.id().to_string();
            assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        }
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut outcomes = Vec::new();
        for mut service in self.services.drain(..) {
            let ended = loop {
                match service.child.try_wait().unwrap() {
                    Some(status) => break status.success(),
                    None if Instant::now() > deadline => break false,
                    None => std::thread::park_timeout(Duration::from_millis(20)),
                }
            };
            if !ended {
                let _ = service.child.kill();
                let _ = service.child.wait();
            }
            outcomes.push(if ended { Outcome::Drained } else { Outcome::Failed });
        }
        if outcomes.contains(&Outcome::Failed) {
            eprintln!("{}", ends_of_logs(self.logs.path()));
        }
        outcomes
    }

    pub fn command(&mut self, context: &str, name: &str, key: &str, body: &Value) {
        self.topics.command(context, name, key, body);
    }

    pub fn event(&mut self, name: &str, key: &str, patience: Duration) -> Value {
        let topics = &mut self.topics;
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| topics.event(name, key, patience))) {
            Ok(event) => event,
            Err(cause) => {
                eprintln!("{}", ends_of_logs(self.logs.path()));
                std::panic::resume_unwind(cause)
            }
        }
    }

    pub fn all_events(&mut self) -> Vec<Event> {
        self.topics.all()
    }

    pub fn metrics(&self, context: &str) -> String {
        let index = CONTEXTS.iter().position(|name| *name == context).unwrap();
        http_get(self.services[index].http, "/metrics").unwrap()
    }

    /// What the orders table says.
    pub fn status_of(&self, order: &str) -> String {
        let url = self.database.url();
        let order = order.to_owned();
        block_on(async move {
            let mut connection = connect(&url).await;
            let status: Option<String> =
                connection.exec_first("SELECT status FROM shop.orders WHERE id = ?", (order,)).await.unwrap();
            connection.disconnect().await.unwrap();
            status.unwrap()
        })
    }
}

impl Drop for Deployment {
    fn drop(&mut self) {
        for service in &mut self.services {
            let _ = service.child.kill();
            let _ = service.child.wait();
        }
    }
}

/// The end of each service's log.
fn ends_of_logs(folder: &Path) -> String {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut all = String::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(40)..].join("\n");
        all += &format!("--- {}\n{tail}\n", file.file_name().unwrap().to_string_lossy());
    }
    all
}

fn prepare(database: &Server) {
    let schema = std::fs::read_to_string(storm_tests::root().join("models/shop/schema/shop.sql")).unwrap();
    let url = database.url();
    block_on(async move {
        let mut connection = connect(&url).await;
        connection.query_drop("CREATE DATABASE shop").await.unwrap();
        connection.query_drop("USE shop").await.unwrap();
        let statements =
            schema.split(';').map(str::trim).filter(|statement| statement.contains("CREATE TABLE"));
        for statement in statements {
            connection.query_drop(statement).await.unwrap();
        }
        connection.query_drop(STOCK).await.unwrap();
        connection.disconnect().await.unwrap();
    });
}

async fn connect(url: &str) -> mysql_async::Conn {
    let options = mysql_async::OptsBuilder::from_opts(mysql_async::Opts::from_url(url).unwrap())
        .prefer_socket(Some(false));
    mysql_async::Conn::new(options).await.unwrap()
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The whole answer, or nothing when nobody answers.
fn http_get(port: u16, path: &str) -> Option<String> {
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    std::io::Write::write_all(
        &mut stream,
        format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes(),
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}
