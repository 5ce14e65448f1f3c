//! Suites that cross crates, and the little they share.

pub mod generated;
