//! The tasks, one a file.

pub(crate) mod bench;
pub(crate) mod bless;
pub(crate) mod demo;
pub(crate) mod fuzz;
pub(crate) mod servers;
pub(crate) mod soak;
pub(crate) mod test;
