//! Kafka comes as jars, fetched by Maven.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::cache::{cache, cached};
use super::{apt, path::program};
use crate::error::{Error, Result, run};

const POM: &str = include_str!("../../kafka/pom.xml");
const FOLDER: &str = "kafka-4.3.1";

/// The folder with Kafka's jars, fetched if absent; Java and Maven are installed for it.
pub(crate) fn kafka() -> Result<PathBuf> {
    if program("java").is_none() {
        apt::install(&["default-jre-headless"])?;
    }
    cached(FOLDER, fetch)
}

/// Where the jars are once they have been fetched.
pub(crate) fn kafka_jars() -> PathBuf {
    cache().join(FOLDER)
}

fn fetch(into: &Path) -> Result<()> {
    if program("mvn").is_none() {
        apt::install(&["maven"])?;
    }
    eprintln!("fetching Kafka");
    let pom = into.join("pom.xml");
    std::fs::write(&pom, POM).map_err(Error::file(&pom))?;
    run(Command::new("mvn")
        .args(["-q", "-B", "-Dstyle.color=never", "dependency:copy-dependencies"])
        .arg(format!("-DoutputDirectory={}", into.display()))
        .current_dir(into))
    .map(drop)
}
