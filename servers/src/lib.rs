//! Real servers for tests and for work by hand: MariaDB, MySQL and Apache Kafka.
//!
//! Each is a private instance on a free loopback port with its data in a folder of its own, started
//! and stopped by the process id that was started, and gone when its [`Server`] is dropped or the
//! process that holds it dies, in whatever way. What is not installed is fetched on first use.
//!
//! ```no_run
//! use storm_servers::{Mariadb, Options};
//!
//! let mut database = Mariadb::start()?;            // ready for connections at database.url()
//! database.kill9()?;                               // as a crash would
//! database.restart()?;                             // same port, same data
//! let strict = Mariadb::start_with(Options::new().argument("--binlog-row-metadata=MINIMAL"))?;
//! # Ok::<(), storm_servers::Error>(())
//! ```
//!
//! A [`Proxy`] stands between a client and a server and breaks the connection when it is told to. [`ByHand`] appends a
//! record that no Kafka client writes.
//!
//! This crate must not know what is tested with it: no tables, no topics, no models.

mod by_hand;
mod error;
mod guard;
mod install;
mod kafka;
mod kind;
mod mariadb;
mod mysql;
mod mysql_family;
mod options;
mod port;
mod proxy;
mod server;
mod shared;
mod skip;

pub use by_hand::ByHand;
pub use error::{Error, Result};
pub use guard::Guard;
pub use install::{Prometheus, build_tools, cache, jmx_exporter, node_exporter, prometheus};
pub use kafka::Kafka;
pub use kind::Kind;
pub use mariadb::Mariadb;
pub use mysql::Mysql;
pub use options::Options;
pub use proxy::Proxy;
pub use server::Server;
pub use shared::{ABSENT_SUFFIX, private, shared};
pub use skip::{SKIPS, in_ci, skip};
