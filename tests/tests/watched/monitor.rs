//! A real Prometheus, with the generated configuration and rules.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use storm_servers::Prometheus;
use tempfile::TempDir;

use crate::process::{Process, free_port};

const PATIENCE: Duration = Duration::from_secs(90);

/// What `stormc generate` writes for a deployment of the shop.
pub fn deploy() -> PathBuf {
    storm_tests::root().join("generated-example/deploy")
}

/// Prometheus, or nothing after counting the calling test as skipped.
pub fn programs() -> Option<Prometheus> {
    storm_servers::prometheus().map_err(|error| storm_servers::skip("prometheus", &error.to_string())).ok()
}

/// A Prometheus that is told what the generated one is told, but for where to look.
pub struct Monitor {
    port: u16,
    _process: Process,
    _folder: TempDir,
}

impl Monitor {
    /// Scrapes the jobs that are named, each at a port of this machine, and has seen all of them; or nothing after counting
    /// the calling test as skipped.
    pub fn start(jobs: &[(&str, u16)]) -> Option<Self> {
        let programs = programs()?;
        let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
        let config = folder.path().join("prometheus.yml");
        std::fs::write(&config, configuration(jobs)).unwrap();
        let mut command = Command::new(&programs.server);
        command.arg(format!("--config.file={}", config.display()));
        command.arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()));
        command.arg(format!("--web.listen-address=127.0.0.1:{port}")).arg("--log.level=warn");
        let process = Process::start("prometheus", &mut command, folder.path());
        let monitor = Self { port, _process: process, _folder: folder };
        for (job, _) in jobs {
            let up = format!("up{{job=\"{job}\"}} == 1");
            monitor.wait(&format!("a scrape of {job}"), || {
                get(port, "/-/ready").is_some() && !monitor.query(&up).is_empty()
            });
        }
        Some(monitor)
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

/// The generated configuration without the other jobs, ten times as fast, its targets where they are.
fn configuration(jobs: &[(&str, u16)]) -> String {
    let text = std::fs::read_to_string(deploy().join("prometheus.yml")).unwrap();
    let (head, sections) = text.split_once("scrape_configs:\n").unwrap();
    assert!(head.contains("scrape_interval: 5s\n") && head.contains("  - rules.yml\n"), "{head}");
    let rules = deploy().join("rules.yml").display().to_string();
    let head = head.replace("interval: 5s", "interval: 500ms\n  evaluation_interval: 1s");
    let mut out = head.replace("rules.yml", &rules) + "scrape_configs:\n";
    let section = |job: &str| {
        let mut sections = sections.split("  - job_name: ").skip(1);
        let found = sections.find(|section| section.lines().next() == Some(job));
        found.unwrap_or_else(|| panic!("the generated prometheus.yml has no job `{job}`"))
    };
    for (job, port) in jobs {
        out.push_str("  - job_name: ");
        for line in section(job).lines() {
            match line.strip_prefix("          - ") {
                Some(_) => writeln!(out, "          - 127.0.0.1:{port}").unwrap(),
                None => writeln!(out, "{line}").unwrap(),
            }
        }
    }
    out
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
