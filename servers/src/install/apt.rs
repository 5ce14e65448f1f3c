//! Debian packages, installed when we are root and named when we are not.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use super::cache::cache;
use super::path::program;
use crate::error::{Error, Result, run};

/// Installs the packages with apt. The package lists are fetched first: they may be absent or old.
///
/// Fails with the command to run by hand when we are not root or there is no apt.
pub(super) fn install(packages: &[&str]) -> Result<()> {
    let wanted = packages.join(" ");
    let by_hand =
        format!("install them by hand; on Debian: apt-get install --no-install-recommends {wanted}");
    if !rustix::process::geteuid().is_root() || program("apt-get").is_none() {
        return Err(Error::new(format!("not installed: {wanted}")).help(by_hand));
    }
    let _turn = turn()?;
    eprintln!("installing {wanted}");
    // A source that cannot be reached must not stop us when the one that matters can.
    let updated = run(apt().args(["-qq", "update"]));
    run(apt().args(["-qq", "-y", "install", "--no-install-recommends"]).args(packages))
        .map(drop)
        .map_err(|error| updated.err().unwrap_or(error).help(by_hand))
}

/// Waits until no other of our programs uses apt, which does not wait for its package lists; the turn lasts as long as the file.
pub(super) fn turn() -> Result<File> {
    std::fs::create_dir_all(cache()).map_err(Error::file(&cache()))?;
    let lock = cache().join("apt.lock");
    let held = File::create(&lock).map_err(Error::file(&lock))?;
    held.lock().map_err(Error::file(&lock))?;
    Ok(held)
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").args(["-o", "DPkg::Lock::Timeout=120"]);
    command
}

/// Installs what compiling the Kafka client's C library needs, if any of it is absent.
///
/// Fails as the installation of a server does, with the packages to install by hand.
pub fn build_tools() -> Result<()> {
    let absent = |present: bool, package: &'static str| (!present).then_some(package);
    let wanted: Vec<&str> = [
        absent(program("cc").is_some(), "gcc"),
        absent(program("c++").is_some(), "g++"),
        absent(Path::new("/usr/include/stdio.h").exists(), "libc6-dev"),
        absent(program("make").is_some(), "make"),
        absent(program("perl").is_some(), "perl"),
        absent(program("pkg-config").is_some(), "pkg-config"),
        absent(Path::new("/usr/include/zlib.h").exists(), "zlib1g-dev"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if wanted.is_empty() { Ok(()) } else { install(&wanted) }
}
