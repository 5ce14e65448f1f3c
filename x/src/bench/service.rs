//! `cargo x bench service`: what a running service does in a second, beside its peers, on real servers. The services are
//! generated from `bench/model` and built here; `storm-bench` starts, loads and measures them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use storm_servers::Kind;

use super::Run;
use crate::start::each;
use crate::workspace::{cargo, root, status, target};

/// The model whose services are measured.
const MODEL: &str = "bench/model";
/// The only handler that a stage runs, in place of the generated one.
const HANDLER: (&str, &str) = ("bench/handlers/reactions.rs", "reactions/src/handlers.rs");

pub(super) fn run(run: &Run<'_>) -> Result<(), String> {
    storm_servers::build_tools().map_err(|error| error.to_string())?;
    for (kind, installed) in each(&[Kind::Mariadb, Kind::Kafka], Kind::install) {
        installed.map_err(|error| format!("{kind}: {error}"))?;
    }
    // Kept from run to run: what has not changed is not built again.
    build(&target().join("bench-services"))?;
    let mut bench = std::process::Command::new(target().join("release/storm-bench"));
    bench
        .args(["service", "--programs"])
        .arg(target().join("release"))
        .args(["--runs", &run.runs.to_string()]);
    bench.args(run.more).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = bench.spawn().map_err(|error| format!("storm-bench: {error}"))?;
    for line in child.stdout.take().map(BufReader::new).into_iter().flat_map(BufRead::lines) {
        let line = line.map_err(|error| error.to_string())?;
        // What is no figure is for people: its help, say.
        let Ok(figure) = serde_json::from_str::<serde_json::Value>(&line) else {
            println!("{line}");
            continue;
        };
        if let (Some(name), Some(value), Some(unit)) =
            (figure["name"].as_str(), figure["value"].as_f64(), figure["unit"].as_str())
        {
            run.report.figure_of(name, value, unit, figure["least"].as_f64(), figure["most"].as_f64());
        } else if let Some(text) = figure["note"].as_str() {
            run.report.note(text);
        }
    }
    let ended = child.wait().map_err(|error| error.to_string())?;
    if ended.success() { Ok(()) } else { Err("the measurement failed".to_owned()) }
}

/// Generates the services and builds them, and what measures them, as they are deployed.
fn build(services: &Path) -> Result<(), String> {
    succeed(&["build", "--release", "-p", "stormc", "-p", "storm-bench"])?;
    let out = services.to_string_lossy().into_owned();
    let mut generate = std::process::Command::new(target().join("release/stormc"));
    generate.args(["generate", MODEL, "-o", &out]).current_dir(root()).stdout(Stdio::null());
    if !status(&mut generate)?.success() {
        return Err(format!("`stormc generate {MODEL}` failed"));
    }
    let (from, to) = HANDLER;
    keep(&services.join(to), &read(&root().join(from))?)?;
    // The measured handler waits, which generated crates need nothing for.
    let manifest = services.join("reactions/Cargo.toml");
    let mut text = read(&manifest)?;
    if !text.contains("\ntokio = ") {
        let with_tokio = "[dependencies]\ntokio = { version = \"1\", features = [\"time\"] }\n";
        text = text.replacen("[dependencies]\n", with_tokio, 1);
    }
    keep(&manifest, &text)?;
    succeed(&["build", "--release", "--workspace", "--manifest-path", &format!("{out}/Cargo.toml")])
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

/// Writes a file unless it is the same already: what has not changed is not built again.
fn keep(file: &Path, text: &str) -> Result<(), String> {
    if fs::read_to_string(file).is_ok_and(|kept| kept == text) {
        return Ok(());
    }
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
}

fn succeed(arguments: &[&str]) -> Result<(), String> {
    if status(&mut cargo(arguments))?.success() {
        Ok(())
    } else {
        Err(format!("`cargo {}` failed", arguments.join(" ")))
    }
}
