//! A real Prometheus that scrapes the running demo by the generated rules.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use storm_servers::{Guard, Prometheus};

const PATIENCE: Duration = Duration::from_secs(90);

/// What `stormc generate` writes for a deployment of the shop.
pub fn deploy() -> PathBuf {
    storm_tests::root().join("generated-example/deploy")
}

/// Prometheus, or nothing after counting the calling test as skipped.
pub fn programs() -> Option<Prometheus> {
    storm_servers::prometheus().map_err(|error| storm_servers::skip("prometheus", &error.to_string())).ok()
}

pub struct Monitor {
    port: u16,
    children: Vec<(Child, Option<Guard>)>,
    _folder: tempfile::TempDir,
}

impl Monitor {
    /// Up, with the demo's recording played to its end.
    pub fn start() -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::tempdir().unwrap();
        let [port, demo] = [free_port(), free_port()];
        let mut monitor = Self { port, children: Vec::new(), _folder: folder };
        let folder = monitor._folder.path().to_owned();
        let log = log_in(&folder);
        monitor.hold(
            Command::new(storm_tests::example_programs().join("shop-demo"))
                .arg("--recording")
                .arg(storm_tests::root().join("models/shop/recording"))
                .arg("--serve")
                .env("STORM_HTTP__LISTEN", format!("127.0.0.1:{demo}"))
                .stdout(log("demo.out"))
                .stderr(log("demo.log")),
        );
        let config = folder.join("prometheus.yml");
        std::fs::write(&config, configuration(demo)).unwrap();
        monitor.hold(
            Command::new(&programs.server)
                .arg(format!("--config.file={}", config.display()))
                .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
                .arg(format!("--web.listen-address=127.0.0.1:{port}"))
                .arg("--log.level=warn")
                .stdout(log("prometheus.out"))
                .stderr(log("prometheus.log")),
        );
        let up = "up{job=\"services\"} == 1";
        monitor.wait("a scrape of the demo", || {
            get(port, "/-/ready").is_some() && !monitor.query(up).is_empty()
        });
        Some(monitor)
    }

    fn hold(&mut self, command: &mut Command) {
        let child = command.stdin(Stdio::null()).spawn().unwrap();
        let guard = Guard::watch(child.id(), None).unwrap();
        self.children.push((child, Some(guard)));
    }

    /// The result of an instant query.
    ///
    /// # Panics
    /// It does not parse.
    pub fn query(&self, expr: &str) -> Vec<Value> {
        let answer = get(self.port, &format!("/api/v1/query?query={}", escaped(expr)));
        let Some(answer) = answer.and_then(|text| serde_json::from_str::<Value>(&text).ok()) else {
            return Vec::new();
        };
        assert_eq!(answer["status"], "success", "{expr}: {answer}");
        answer["data"]["result"].as_array().cloned().unwrap_or_default()
    }

    /// Waits until a query has a result: a rate needs two scrapes.
    pub fn until_found(&self, what: &str, expr: &str) {
        self.wait(&format!("{what}: {expr}"), || !self.query(expr).is_empty());
    }

    fn wait(&self, what: &str, holds: impl Fn() -> bool) {
        let start = Instant::now();
        while !holds() {
            assert!(start.elapsed() < PATIENCE, "never found: {what}");
            std::thread::park_timeout(Duration::from_millis(200));
        }
    }

    /// All rules, as Prometheus has read them.
    pub fn rules(&self) -> Vec<Value> {
        let answer: Value = serde_json::from_str(&get(self.port, "/api/v1/rules").unwrap()).unwrap();
        let groups = answer["data"]["groups"].as_array().unwrap();
        groups.iter().flat_map(|group| group["rules"].as_array().unwrap()).cloned().collect()
    }

    /// Every rule has been worked out without an error.
    pub fn healthy_rules(&self) -> bool {
        self.wait("rules that were worked out", || {
            self.rules().iter().all(|rule| rule["health"] != "unknown")
        });
        self.rules().iter().all(|rule| rule["health"] == "ok")
    }

    /// The names of everything that was scraped.
    pub fn names(&self) -> BTreeSet<String> {
        let answer = get(self.port, "/api/v1/label/__name__/values").unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let names = answer["data"].as_array().unwrap().iter();
        names.map(|name| name.as_str().unwrap().to_owned()).filter(|name| !name.contains(':')).collect()
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        for (child, guard) in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
            if let Some(guard) = guard.take() {
                guard.release();
            }
        }
    }
}

fn log_in(folder: &Path) -> impl Fn(&str) -> std::fs::File {
    let folder = folder.to_owned();
    move |name| std::fs::File::create(folder.join(name)).unwrap()
}

fn configuration(demo: u16) -> String {
    let rules = deploy().join("rules.yml");
    format!(
        "global:\n  scrape_interval: 500ms\n  evaluation_interval: 1s\nrule_files:\n  - {}\nscrape_configs:\n  - job_name: \
         services\n    static_configs:\n      - targets: ['127.0.0.1:{demo}']\n",
        rules.display()
    )
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}

/// The body of an answer with status 200 or 400; nothing when nobody answers.
fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: x\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    (head.contains(" 200 ") || head.contains(" 400 ")).then(|| body.to_owned())
}
