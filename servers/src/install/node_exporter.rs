//! Prometheus' node exporter is Debian's package, unpacked into the cache as Prometheus itself is.

use std::path::PathBuf;

use super::{cache::cached, deb, path::program};
use crate::error::Result;

const PACKAGE: &str = "prometheus-node-exporter";

/// The program that shows the machine's figures to Prometheus, fetched if absent.
///
/// # Errors
/// It is not on the path, and cannot be fetched with apt.
pub fn node_exporter() -> Result<PathBuf> {
    if let Some(program) = program(PACKAGE).or_else(|| program("node_exporter")) {
        return Ok(program);
    }
    let inside = format!("usr/bin/{PACKAGE}");
    cached("node-exporter", |into| deb::unpack(PACKAGE, &inside, into)).map(|root| root.join(&inside))
}
