//! Suites that cross crates, and the little they share.

mod example;
pub mod generated;

pub use example::example_programs;
pub use storm_soak::root;
