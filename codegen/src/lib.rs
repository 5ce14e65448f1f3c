//! A proven model to files, in memory: contracts, topics, the Rust service. Pure: no file, clock, environment or network.

mod artifact;
mod contract;
pub mod files;
mod generate;
pub mod lock;
pub mod names;
pub mod project;
mod refuse;
#[cfg(test)]
mod testing;
pub mod topics;
pub mod types;

pub use generate::{Generated, generate, rules, topics};
