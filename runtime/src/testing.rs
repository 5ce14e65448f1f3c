//! For tests of a service: [`Bench`] plays events, commands and rows into it without a broker; [`Rig`] runs it whole, on an
//! in-process broker or a real one, fed by a script in place of a database.
//! It must not know: any service in particular.

mod bench;
pub mod fuzzed;
mod readers;
#[cfg(feature = "embedded")]
mod rig;

pub use crate::telemetry::{Described, described};
pub use bench::{Bench, Outcome, Sent};
pub use readers::{Became, Readers};
#[cfg(feature = "embedded")]
pub use rig::{Heard, Hung, Rig, Running, Script, Seen};

/// From here on this process logs as a service does that was told `log.level = level`, as JSON, its panics too.
///
/// # Panics
/// When `level` is none.
pub fn log_as_a_service(level: &str) {
    let section = crate::config::LogSection { format: crate::config::LogFormat::Json, level: level.into() };
    crate::telemetry::start_logs(&section).expect("a level");
}
