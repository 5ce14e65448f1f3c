//! Prometheus is Debian's package, unpacked into the cache: no service of the machine is installed or started.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{cache::cached, path::program};
use crate::error::{Error, Result, run};

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
    let root = cached("prometheus", fetch)?;
    let of = |name: &str| root.join("usr/bin").join(name);
    Ok(Prometheus { server: of("prometheus"), promtool: of("promtool") })
}

fn fetch(into: &Path) -> Result<()> {
    let by_hand = "install Prometheus by hand; on Debian: apt-get install --no-install-recommends prometheus";
    if program("apt-get").is_none() || program("dpkg").is_none() {
        return Err(Error::new("Prometheus is fetched with apt and dpkg, which are not here").help(by_hand));
    }
    eprintln!("fetching Prometheus");
    // Who may not update the package lists may have them all the same.
    let updated = run(Command::new("apt-get").args(["-qq", "update"]));
    run(Command::new("apt-get").args(["-qq", "download", "prometheus"]).current_dir(into))
        .map_err(|error| updated.err().unwrap_or(error).help(by_hand))?;
    for entry in std::fs::read_dir(into).map_err(Error::file(into))?.flatten() {
        if entry.path().extension().is_some_and(|ending| ending == "deb") {
            run(Command::new("dpkg").arg("-x").arg(entry.path()).arg(into))?;
            std::fs::remove_file(entry.path()).map_err(Error::file(into))?;
        }
    }
    if into.join("usr/bin/promtool").exists() {
        Ok(())
    } else {
        Err(Error::new("Debian's `prometheus` holds no `promtool`").help(by_hand))
    }
}
