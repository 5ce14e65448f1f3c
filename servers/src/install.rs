//! Getting what is not there: Debian packages, a private MySQL, Kafka's jars, Prometheus' programs.

mod apt;
mod cache;
mod deb;
mod jmx_exporter;
mod kafka;
mod mariadb;
mod maven;
mod mysql;
mod node_exporter;
mod path;
mod prometheus;

pub use apt::build_tools;
pub use cache::cache;
pub use jmx_exporter::jmx_exporter;
pub(crate) use kafka::{kafka, kafka_jars};
pub(crate) use mariadb::mariadb;
pub(crate) use mysql::mysql;
pub use node_exporter::node_exporter;
pub use prometheus::{Prometheus, prometheus};
