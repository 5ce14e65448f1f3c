//! The shop deployed on this machine: a database and a broker of its own, and launches for its services.
//! It must not know: what a test does with them.

use storm_servers::{Kind, Options, Server, private};
use tempfile::TempDir;

use crate::database;
use crate::logs::Logs;
use crate::programs;
use crate::service::Launch;

/// The contexts of `models/shop`.
pub const CONTEXTS: [&str; 4] = ["inventory", "ordering", "payments", "shipping"];

/// The servers under the shop. The services are whoever starts them's.
pub struct Shop {
    /// MariaDB or MySQL, with the database `shop`.
    pub database: Server,
    /// Kafka, without topics.
    pub kafka: Server,
    /// What the services print.
    pub logs: Logs,
    programs: TempDir,
}

impl Shop {
    /// Builds the programs, starts the servers and makes the tables. Nothing when a server cannot be had: the calling
    /// test is then counted as skipped.
    ///
    /// # Panics
    /// When the example does not build or a server that can be had does not start.
    pub fn start(database: Kind, stock: &[(&str, u32)]) -> Option<Self> {
        Self::start_with(database, stock, &[])
    }

    /// As [`Shop::start`], with services whose runtime has these features.
    ///
    /// # Panics
    /// As [`Shop::start`].
    pub fn start_with(database: Kind, stock: &[(&str, u32)], features: &[&str]) -> Option<Self> {
        // Servers wait for most of their start, and the compiler does not.
        let (kafka, database, programs) = std::thread::scope(|scope| {
            let building = scope.spawn(|| programs::take(features, &CONTEXTS));
            // Its controller is not to take a node for dead that stands still, as it does itself: fenced by that, the node
            // would close transactions without their markers.
            let kafka = private(Kind::Kafka, Options::new().argument("broker.session.timeout.ms=30000"));
            let database = kafka.is_some().then(|| private(database, Options::new())).flatten();
            (kafka, database, building.join())
        });
        let (kafka, database) = (kafka?, database?);
        let programs = programs.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let shop = Self { database, kafka, logs: Logs::new(), programs };
        database::prepare(&shop.database.url(), "shop", stock);
        Some(shop)
    }

    /// The database's URL.
    pub fn url(&self) -> String {
        format!("{}/shop", self.database.url())
    }

    /// Kafka's address.
    pub fn brokers(&self) -> String {
        self.kafka.address()
    }

    /// Whether Kafka closed transactions without their markers (KAFKA-20734): what was aborted may show then, and offsets
    /// that were sent may wait for an end that never comes, whatever its clients do. Its log is laid to the others.
    ///
    /// # Panics
    /// When its log cannot be read.
    pub fn lost_markers(&self) -> bool {
        let log = std::fs::read(self.kafka.log()).expect("Kafka's log");
        let _ = std::fs::write(self.logs.path().join("kafka.log"), &log);
        let skipped = b"are likely deleted already and hence can be skipped";
        log.windows(skipped.len()).any(|words| words == skipped)
    }

    /// How a context's service is started here.
    pub fn launch(&self, context: &str) -> Launch {
        Launch::new(self.programs.path(), self.logs.path(), context)
            .set("STORM_KAFKA__BROKERS", &self.brokers())
            .set("STORM_KAFKA__REPLICAS", "1")
            .set("STORM_DATABASE__URL", &self.url())
            .set("STORM_SOURCE__SHOP__URL", &self.url())
    }
}
