//! The runtime's source as the binary carries it, for `vendor/` in the output.

include!(concat!(env!("OUT_DIR"), "/vendor.rs"));

/// The versions our own tests ran with, as a generated workspace's first `Cargo.lock`.
pub(crate) static LOCK: &str = include_str!("../../Cargo.lock");
