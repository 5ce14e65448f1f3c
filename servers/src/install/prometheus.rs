//! Prometheus is Debian's package, unpacked into the cache.

use std::path::PathBuf;

use super::{cache::cached, deb, path::program};
use crate::error::Result;

/// Prometheus and its tool.
pub struct Prometheus {
    /// Scrapes and answers queries.
    pub server: PathBuf,
    /// Checks and tests rules.
    pub promtool: PathBuf,
}

/// Finds Prometheus, fetching it if it is absent.
///
/// # Errors
/// It is not on the path, and cannot be fetched with apt.
pub fn prometheus() -> Result<Prometheus> {
    if let (Some(server), Some(promtool)) = (program("prometheus"), program("promtool")) {
        return Ok(Prometheus { server, promtool });
    }
    let root = cached("prometheus", |into| deb::unpack("prometheus", "usr/bin/promtool", into))?;
    let of = |name: &str| root.join("usr/bin").join(name);
    Ok(Prometheus { server: of("prometheus"), promtool: of("promtool") })
}
