//! A proven model to files, in memory: contracts, topics, the Rust service. Pure: no file, clock, environment or network.

mod artifact;
mod contract;
pub mod files;
pub mod lock;
pub mod names;
pub mod project;
pub mod topics;
pub mod types;
