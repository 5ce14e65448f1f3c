//! What one sees from outside: metrics with handles resolved at start, hops for those who follow a record, and log lines.
//! It must not know: what it measures.

mod handling;
pub(crate) mod hop;
mod logs;
mod metrics;
mod process;
mod table;

pub(crate) use handling::{Handling, Held};
pub(crate) use logs::start as start_logs;
pub(crate) use metrics::{Meters, Metrics};
