//! Jars, fetched by Maven.

use std::path::Path;
use std::process::Command;

use super::{apt, path::program};
use crate::error::{Error, Result, run};

/// Puts what a project depends on, as its `pom.xml` says, into a folder; Maven is installed for it.
pub(super) fn fetch(project: &str, into: &Path) -> Result<()> {
    if program("mvn").is_none() {
        apt::install(&["maven"])?;
    }
    let pom = into.join("pom.xml");
    std::fs::write(&pom, project).map_err(Error::file(&pom))?;
    run(Command::new("mvn")
        .args(["-q", "-B", "-Dstyle.color=never", "dependency:copy-dependencies"])
        .arg(format!("-DoutputDirectory={}", into.display()))
        .current_dir(into))
    .map(drop)
}
