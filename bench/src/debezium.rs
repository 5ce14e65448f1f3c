//! The peer of capture: Debezium's connector for MariaDB in a worker of its own, writing JSON without schemas.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::ground::Ground;
use crate::program::{Program, free_port};
use crate::{Outcome, kafka};

const POM: &str = include_str!("../debezium/pom.xml");
/// The topic of the captured table.
pub(crate) const TOPIC: &str = "dbz.plant.readings";

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Debezium, ready to be started and stopped; it goes on where it stopped.
pub(crate) struct Debezium {
    jars: PathBuf,
    folder: PathBuf,
    /// Between two looks at its queue: 500 ms as it comes.
    poll: Duration,
}

impl Debezium {
    /// Fetches the jars where they are absent and makes the topics where no stage before has made them.
    pub(crate) fn prepare(ground: &Ground, poll: Duration) -> Outcome<Self> {
        let jars = fetch()?;
        let folder = ground.folder.path().join("debezium");
        if !folder.exists() {
            fs::create_dir_all(folder.join("plugins")).map_err(said)?;
            ground.topic(TOPIC)?;
            kafka::create(&ground.brokers(), "dbz", 1)?;
        }
        Ok(Self { jars, folder, poll })
    }

    /// Starts it and waits until it reads the binlog.
    pub(crate) fn start(&self, ground: &Ground) -> Outcome<Program> {
        let http = free_port()?;
        let (worker, connector) =
            (self.folder.join("worker.properties"), self.folder.join("connector.properties"));
        fs::write(&worker, self.worker(ground, http)).map_err(said)?;
        fs::write(&connector, self.connector(ground)).map_err(said)?;
        let mut command = Command::new("java");
        command
            .args(["-Xmx2g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=info", "-cp"])
            .arg(self.jars.join("*"))
            .arg("org.apache.kafka.connect.cli.ConnectStandalone")
            .args([&worker, &connector]);
        let mut program = Program::start(command, http, &self.folder)?;
        program.wait_until("streaming", |it| it.said().contains("Keepalive thread is running"))?;
        Ok(program)
    }

    fn worker(&self, ground: &Ground, http: u16) -> String {
        format!(
            "bootstrap.servers={}\nkey.converter=org.apache.kafka.connect.json.JsonConverter\n\
             value.converter=org.apache.kafka.connect.json.JsonConverter\nkey.converter.schemas.enable=false\n\
             value.converter.schemas.enable=false\noffset.storage.file.filename={}\noffset.flush.interval.ms=5000\n\
             plugin.path={}\nplugin.discovery=hybrid_warn\nlisteners=http://127.0.0.1:{http}\n",
            ground.brokers(),
            self.folder.join("offsets").display(),
            self.folder.join("plugins").display(),
        )
    }

    fn connector(&self, ground: &Ground) -> String {
        format!(
            "name=plant\nconnector.class=io.debezium.connector.mariadb.MariaDbConnector\ntasks.max=1\n\
             database.hostname=127.0.0.1\ndatabase.port={}\ndatabase.user=root\ndatabase.password=\n\
             database.server.id=77\ndatabase.ssl.mode=disable\ntopic.prefix=dbz\ndatabase.include.list=plant\n\
             table.include.list=plant.readings\nsnapshot.mode=no_data\npoll.interval.ms={}\n\
             schema.history.internal=io.debezium.storage.file.history.FileSchemaHistory\n\
             schema.history.internal.file.filename={}\n",
            ground.database.port(),
            self.poll.as_millis(),
            self.folder.join("history").display(),
        )
    }
}

fn fetch() -> Outcome<PathBuf> {
    let folder = storm_servers::cache().join("debezium-3.5.0");
    if folder.join("complete").exists() {
        return Ok(folder);
    }
    eprintln!("fetching Debezium");
    fs::create_dir_all(&folder).map_err(said)?;
    fs::write(folder.join("pom.xml"), POM).map_err(said)?;
    let fetched = Command::new("mvn")
        .args(["-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=."])
        .current_dir(&folder)
        // Even a quiet Maven resets colours there, in front of the first figure.
        .stdout(Stdio::null())
        .status();
    if !fetched.map_err(said)?.success() {
        return Err("Debezium cannot be fetched".into());
    }
    mark(&folder)?;
    Ok(folder)
}

/// A fetch that was cut short leaves no mark and is done again.
fn mark(folder: &Path) -> Outcome<()> {
    fs::write(folder.join("complete"), "").map_err(said)
}
