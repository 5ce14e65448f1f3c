//! Prometheus' JMX exporter comes as one jar, fetched by Maven: an agent that runs within Kafka.

use std::path::PathBuf;

use super::{cache::cached, maven};
use crate::error::{Error, Result};

const POM: &str = include_str!("../../jmx/pom.xml");
const FOLDER: &str = "jmx-exporter-1.0.1";
const JAR: &str = "jmx_prometheus_javaagent-1.0.1.jar";

/// The agent's jar, fetched if absent: for `-javaagent:<jar>=127.0.0.1:<port>:<rules>`, see [`crate::Options::java`].
///
/// # Errors
/// It cannot be fetched with Maven.
pub fn jmx_exporter() -> Result<PathBuf> {
    let folder = cached(FOLDER, |into| {
        eprintln!("fetching the JMX exporter");
        maven::fetch(POM, into)?;
        let there = into.join(JAR).exists();
        if there { Ok(()) } else { Err(Error::new(format!("Maven has brought no `{JAR}`"))) }
    })?;
    Ok(folder.join(JAR))
}
