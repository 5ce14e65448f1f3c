//! A Debian package without its dependencies, unpacked into the cache: no service of the machine is installed or started.

use std::path::Path;
use std::process::Command;

use super::{apt, path::program};
use crate::error::{Error, Result, run};

/// Downloads a package with apt and unpacks it; `holds` is a file that must be in it.
///
/// Fails with the command to run by hand when there is no apt, or it does not have the package.
pub(super) fn unpack(package: &str, holds: &str, into: &Path) -> Result<()> {
    let by_hand = format!("install it by hand; on Debian: apt-get install --no-install-recommends {package}");
    if program("apt-get").is_none() || program("dpkg").is_none() {
        let why = format!("`{package}` is fetched with apt and dpkg, which are not here");
        return Err(Error::new(why).help(by_hand));
    }
    let _turn = apt::turn()?;
    eprintln!("fetching {package}");
    // Who may not update the package lists may have them all the same.
    let updated = run(Command::new("apt-get").args(["-qq", "update"]));
    run(Command::new("apt-get").args(["-qq", "download", package]).current_dir(into))
        .map_err(|error| updated.err().unwrap_or(error).help(by_hand.clone()))?;
    for entry in std::fs::read_dir(into).map_err(Error::file(into))?.flatten() {
        if entry.path().extension().is_some_and(|ending| ending == "deb") {
            run(Command::new("dpkg").arg("-x").arg(entry.path()).arg(into))?;
            std::fs::remove_file(entry.path()).map_err(Error::file(into))?;
        }
    }
    if into.join(holds).exists() {
        Ok(())
    } else {
        Err(Error::new(format!("Debian's `{package}` holds no `{holds}`")).help(by_hand))
    }
}
