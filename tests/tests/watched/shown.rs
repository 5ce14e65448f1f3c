//! Who shows figures: the demo on one side; a real Kafka with the generated rules and this machine on the other.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use storm_servers::{Kind, Options, Server};
use tempfile::TempDir;

use crate::monitor::deploy;
use crate::process::{Process, free_port};

/// The shop in one process, its recording played; each of its services is scraped there.
pub struct Demo {
    pub port: u16,
    _process: Process,
    _folder: TempDir,
}

impl Demo {
    pub fn start() -> Self {
        let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
        let mut command = Command::new(storm_tests::example_programs().join("shop-demo"));
        command.arg("--recording").arg(storm_tests::root().join("models/shop/recording")).arg("--serve");
        command.env("STORM_HTTP__LISTEN", format!("127.0.0.1:{port}"));
        let process = Process::start("demo", &mut command, folder.path());
        Self { port, _process: process, _folder: folder }
    }
}

/// A broker and a machine, by the exporters that the board names.
pub struct Outside {
    pub broker: u16,
    pub machine: u16,
    _kafka: Server,
    _process: Process,
    _folder: TempDir,
}

impl Outside {
    /// Running, with a request refused; or nothing after counting the calling test as skipped.
    pub fn start() -> Option<Self> {
        let skip = |what: &str, error: storm_servers::Error| storm_servers::skip(what, &error.to_string());
        let agent = storm_servers::jmx_exporter().map_err(|error| skip("the JMX exporter", error)).ok()?;
        let exporter =
            storm_servers::node_exporter().map_err(|error| skip("the node exporter", error)).ok()?;
        let ([broker, machine], folder) = ([free_port(), free_port()], tempfile::tempdir().unwrap());
        let mut command = Command::new(exporter);
        command.args(asked_of_the_machine()).arg(format!("--web.listen-address=127.0.0.1:{machine}"));
        let process = Process::start("node-exporter", &mut command, folder.path());
        let rules = deploy().join("kafka-jmx.yml");
        let agent = format!("-javaagent:{}=127.0.0.1:{broker}:{}", agent.display(), rules.display());
        let kafka = storm_servers::private(Kind::Kafka, Options::new().java(agent))?;
        ask_for_nothing(kafka.port());
        Some(Self { broker, machine, _kafka: kafka, _process: process, _folder: folder })
    }
}

/// The node exporter's arguments in the generated deployment.
fn asked_of_the_machine() -> Vec<String> {
    let text = std::fs::read_to_string(deploy().join("compose.yaml")).unwrap();
    let (_, service) = text.split_once("\n  node-exporter:\n").unwrap();
    let arguments = service.lines().take_while(|line| !line.is_empty());
    let arguments: Vec<String> =
        arguments.filter_map(|line| Some(line.trim().strip_prefix("- ")?.to_owned())).collect();
    assert!(!arguments.is_empty(), "{service}");
    arguments
}

/// Asks for the metadata (version 4) of a topic that is not there: no broker counts errors before the first one.
fn ask_for_nothing(port: u16) {
    const REQUEST: [u8; 4 + 8 + 2 + 4 + 9 + 1] = [
        0, 0, 0, 24, // bytes that follow
        0, 3, 0, 4, 0, 0, 0, 7, // Metadata, version 4, correlation id
        0xff, 0xff, // no client id
        0, 0, 0, 1, // one topic
        0, 7, b'n', b'o', b't', b'h', b'i', b'n', b'g', // its name
        0,    // do not make it
    ];
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(&REQUEST).unwrap();
    let mut answer = [0; 8];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer[4..], [0, 0, 0, 7]);
}
