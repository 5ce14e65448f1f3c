//! Apache Kafka: one node that is broker and controller, without ZooKeeper.

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::error::{Error, Result, run};
use crate::server::{self, Place, Recipe};
use crate::{Kind, Options, Server, install, port};

/// How long a controller may take to store what it has said.
const STORED: Duration = Duration::from_millis(500);

/// One Kafka node with topics created on request only and every replication factor 1.
pub struct Kafka;

impl Kafka {
    /// Starts a node and returns when it takes requests.
    ///
    /// Fails when Java or the jars cannot be had, or the node does not start.
    pub fn start() -> Result<Server> {
        Self::start_with(Options::new())
    }

    /// As [`Kafka::start`], with settings, folder or port of one's own.
    pub fn start_with(options: Options) -> Result<Server> {
        Server::start_new(Kind::Kafka, options)
    }

    /// Ends the session of a node that was killed, which its next start would run into: the node's controller alone is
    /// started, fences the dead broker, and is stopped. Call it between [`Server::kill9`] and [`Server::restart`] wherever
    /// transactions are under way.
    ///
    /// A node that starts while its old session lasts takes itself for the leader of its partitions, rolls old transactions
    /// back, and is fenced by its own controller before it can write their markers. Kafka 4.3.1 then takes the
    /// partitions for deleted and closes the transactions without markers (KAFKA-20734): what was aborted becomes visible
    /// with the producer's next commit.
    ///
    /// Fails when the node runs, or its controller does not fence it.
    pub fn end_session(server: &Server) -> Result<()> {
        if server.pid().is_some() {
            return Err(Error::new("the node runs: its session is its own"));
        }
        let (file, log) =
            (server.folder().join("controller.properties"), server.folder().join("controller.log"));
        let node = properties(server.folder());
        let node = std::fs::read_to_string(&node).map_err(Error::file(&node))?;
        std::fs::write(&file, controller(&node)).map_err(Error::file(&file))?;
        let mut command = java()?;
        command.args(["-Xmx256m", "kafka.Kafka"]).arg(&file);
        // It says so before that is on its disk: one that is stopped at once has fenced nobody.
        let since = Cell::new(None);
        let fenced = || {
            let is_said = std::fs::read_to_string(&log).is_ok_and(|log| log.contains("Fencing broker 1 "));
            since.set(since.get().or_else(|| is_said.then(Instant::now)));
            since.get().is_some_and(|since: Instant| since.elapsed() > STORED)
        };
        server::run_until(command, &log, fenced)
    }

    /// What one of Kafka's own tools prints: `TransactionsCommand` is `kafka-transactions.sh`, and so on. The tool is told
    /// where the node is.
    ///
    /// Fails when the tool does.
    pub fn tool(server: &Server, class: &str, arguments: &[&str]) -> Result<String> {
        let mut command = java()?;
        command
            .arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
            .arg(format!("org.apache.kafka.tools.{class}"));
        command.args(["--bootstrap-server", &server.address()]).args(arguments);
        let output = run(&mut command)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// The settings of a node's controller without its broker: of two lines for one setting the later one holds.
fn controller(node: &str) -> String {
    let voter = node.lines().find_map(|line| line.strip_prefix("controller.quorum.voters=1@"));
    let address = voter.unwrap_or_default();
    format!(
        "{node}
process.roles=controller
listeners=CONTROLLER://{address}
advertised.listeners=CONTROLLER://{address}
broker.session.timeout.ms=500
broker.heartbeat.interval.ms=100
controller.quorum.append.linger.ms=0
"
    )
}

impl Recipe for Kafka {
    fn prepare(&self, place: &Place<'_>) -> Result<()> {
        install::kafka()?;
        let file = properties(place.folder);
        let text = settings(place, port::free()?);
        std::fs::write(&file, text).map_err(Error::file(&file))?;
        if place.folder.join("data/meta.properties").exists() {
            return Ok(());
        }
        run(java()?.args(["kafka.tools.StorageTool", "format", "-t", &cluster_id(), "-c"]).arg(&file))
            .map(drop)
    }

    fn command(&self, place: &Place<'_>) -> Result<Command> {
        let mut command = java()?;
        command.args(["-Xmx512m", "-Xms128m"]).args(place.java);
        command.arg("kafka.Kafka").arg(properties(place.folder));
        Ok(command)
    }

    fn is_ready(&self, port: u16) -> bool {
        lists_a_broker(port).unwrap_or(false)
    }
}

/// Lists the topics; the other tools stand in the same package.
pub(crate) fn shell(address: &str) -> String {
    let jars = install::kafka_jars();
    format!(
        "java -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp '{}/*' org.apache.kafka.tools.TopicCommand --bootstrap-server {address} --list",
        jars.display()
    )
}

fn properties(folder: &Path) -> PathBuf {
    folder.join("server.properties")
}

fn java() -> Result<Command> {
    let mut command = Command::new("java");
    let jars = install::kafka()?.join("*");
    command.args(["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=4", "-cp"]).arg(jars);
    Ok(command)
}

fn settings(place: &Place<'_>, controller: u16) -> String {
    let (port, data) = (place.port, place.folder.join("data"));
    let mut text = format!(
        "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={data}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
",
        data = data.display()
    );
    for argument in place.arguments {
        text.push_str(argument);
        text.push('\n');
    }
    text
}

/// A cluster id is 16 bytes in URL-safe base64 without padding, 22 characters of which the last holds
/// two bits only.
fn cluster_id() -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let random = |n: usize| usize::try_from(RandomState::new().hash_one(n) & 63).unwrap_or(0);
    let digit = |n: usize| char::from(DIGITS[if n == 21 { random(n) & 48 } else { random(n) }]);
    // A leading dash would be taken for an option.
    std::iter::once('S').chain((1..22).map(digit)).collect()
}

/// Asks for metadata (version 4, no topics) and counts the brokers. The port opens before the broker
/// is registered; a client that asks then is told that there is no broker.
fn lists_a_broker(port: u16) -> std::io::Result<bool> {
    const REQUEST: [u8; 4 + 8 + 2 + 4 + 1] = [
        0, 0, 0, 15, // bytes that follow
        0, 3, 0, 4, 0, 0, 0, 7, // Metadata, version 4, correlation id
        0xff, 0xff, // no client id
        0, 0, 0, 0, // no topics
        0, // create none
    ];
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(&REQUEST)?;
    // length, correlation id, throttle time, number of brokers
    let mut response = [0; 16];
    stream.read_exact(&mut response)?;
    Ok(response[4..8] == [0, 0, 0, 7] && response[12..16] != [0; 4])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_id_is_16_bytes_of_base64() {
        let id = cluster_id();
        assert_eq!(id.len(), 22);
        assert!("AQgw".contains(id.chars().last().unwrap()), "{id}");
        assert_ne!(id, cluster_id());
    }

    #[test]
    fn own_settings_come_last() {
        let arguments = ["message.max.bytes=2000000".to_owned()];
        let text =
            settings(&Place { folder: Path::new("/f"), port: 9, arguments: &arguments, java: &[] }, 10);
        assert!(text.contains("advertised.listeners=PLAINTEXT://127.0.0.1:9\n"));
        assert!(text.ends_with("message.max.bytes=2000000\n"));
    }
    #[test]
    fn a_controller_alone_keeps_the_place_of_its_node() {
        let node = settings(&Place { folder: Path::new("/f"), port: 9, arguments: &[], java: &[] }, 10);
        let text = controller(&node);
        let last = |name: &str| text.lines().rev().find_map(|line| line.strip_prefix(name));
        assert_eq!(last("process.roles="), Some("controller"));
        assert_eq!(last("listeners="), Some("CONTROLLER://127.0.0.1:10"));
        assert_eq!(last("log.dirs="), Some("/f/data"));
    }
}
