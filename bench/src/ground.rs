//! What every stage stands on: one database, one Kafka, a folder.

use std::path::{Path, PathBuf};

use storm_servers::{Kafka, Mariadb, Options, Server};
use tempfile::TempDir;

use crate::program::Program;
use crate::{Outcome, kafka};

/// A topic's partitions in every comparison.
pub(crate) const PARTITIONS: i32 = 8;

pub(crate) struct Ground {
    pub(crate) database: Server,
    pub(crate) kafka: Server,
    pub(crate) folder: TempDir,
    programs: PathBuf,
}

impl Ground {
    pub(crate) fn start(programs: &Path) -> Outcome<Self> {
        eprintln!("starting MariaDB and Kafka");
        // A row's durability is the database's own matter: what is measured begins with its binlog.
        let quick = Options::new().argument("--innodb-flush-log-at-trx-commit=2");
        let database = Mariadb::start_with(quick).map_err(|error| error.to_string())?;
        let kafka = Kafka::start().map_err(|error| error.to_string())?;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        Ok(Self { database, kafka, folder, programs: programs.into() })
    }

    /// The address of Kafka.
    pub(crate) fn brokers(&self) -> String {
        self.kafka.address()
    }

    /// Makes a topic with the partitions that all have here.
    pub(crate) fn topic(&self, name: &str) -> Outcome<()> {
        kafka::create(&self.brokers(), name, PARTITIONS)
    }

    /// A service's process with one loop or all, ready.
    pub(crate) fn service(
        &self,
        context: &str,
        only: Option<&str>,
        more: &[(&str, &str)],
    ) -> Outcome<Program> {
        let url = format!("{}/plant", self.database.url());
        let brokers = self.brokers();
        let mut settings = vec![
            ("STORM_KAFKA__BROKERS", brokers.as_str()),
            ("STORM_KAFKA__REPLICAS", "1"),
            ("STORM_SOURCE__PLANT__URL", url.as_str()),
            ("STORM_LOG__LEVEL", "warn"),
        ];
        settings.extend_from_slice(more);
        let arguments: Vec<&str> = only.map(|only| ["--only", only]).into_iter().flatten().collect();
        let program = self.programs.join(format!("{context}-service"));
        Program::service(&program, &arguments, &settings, self.folder.path())
    }
}
