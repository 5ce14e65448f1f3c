//! Kafka comes as jars, fetched by Maven.

use std::path::PathBuf;

use super::cache::{cache, cached};
use super::{apt, maven, path::program};
use crate::error::Result;

const POM: &str = include_str!("../../kafka/pom.xml");
const FOLDER: &str = "kafka-4.3.1";

/// The folder with Kafka's jars, fetched if absent; Java and Maven are installed for it.
pub(crate) fn kafka() -> Result<PathBuf> {
    if program("java").is_none() {
        apt::install(&["default-jre-headless"])?;
    }
    cached(FOLDER, |into| {
        eprintln!("fetching Kafka");
        maven::fetch(POM, into)
    })
}

/// Where the jars are once they have been fetched.
pub(crate) fn kafka_jars() -> PathBuf {
    cache().join(FOLDER)
}
