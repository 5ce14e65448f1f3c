//! Suites that cross crates, and the little they share.

mod example;
pub mod generated;

pub use example::{example_programs, root};
