//! Getting what is not there: Debian packages, a private MySQL, Kafka's jars.

mod apt;
mod cache;
mod kafka;
mod mariadb;
mod mysql;
mod path;
mod prometheus;

pub use apt::build_tools;
pub use cache::cache;
pub(crate) use kafka::{kafka, kafka_jars};
pub(crate) use mariadb::mariadb;
pub(crate) use mysql::mysql;
pub use prometheus::{Prometheus, prometheus};
