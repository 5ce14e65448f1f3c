//! Generated services as processes on real servers: what tests of a deployment stand on.
//!
//! The services are the committed example's, built once and known by their programs, configuration, topics and tables
//! alone: nothing of ours is linked here but the servers.
//!
//! ```no_run
//! use std::time::Duration;
//! use storm_servers::Kind;
//! use storm_soak::Shop;
//!
//! # fn test() {
//! let Some(shop) = Shop::start(Kind::Mariadb, &[("cup-white", 100)]) else { return };
//! let launch = shop.launch("ordering").only("capture").set("STORM_CAPTURE__COMMIT_EVERY", "50ms");
//! let mut capture = launch.start();
//! capture.await_ready(Duration::from_secs(90));
//! capture.kill9();
//! let mut again = launch.start();
//! again.freeze();
//! again.thaw();
//! assert_eq!(again.metric("storm_errors_total", "loop=\"capture\""), 0.0);
//! # }
//! ```

mod database;
mod effects;
mod fleet;
mod ledger;
mod load;
mod logs;
mod oracle;
mod points;
mod programs;
mod random;
mod replay;
mod run;
mod service;
mod shop;
mod topics;
mod verdict;

pub use database::Connection;
pub use logs::Logs;
pub use points::{POINTS, run as run_points};
pub use programs::{build, root};
pub use random::Random;
pub use run::{Fault, Plan, Report, run};
pub use service::{Launch, Outcome, Service};
pub use shop::{CONTEXTS, Shop};
pub use verdict::{Tally, Verdict};
