//! Outside of this repository: `stormc new`, `stormc generate`, `cargo build` with the binary alone.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn a_new_service_builds_in_an_empty_folder() {
    let place = tempfile::tempdir().unwrap();
    let stormc = |folder: &Path, arguments: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_stormc")).args(arguments).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    stormc(place.path(), &["new", "bakery"]);
    let folder = place.path().join("bakery");
    stormc(&folder, &["generate"]);
    // Its own target folder would build librdkafka again: the one of these tests has it.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let build = Command::new(env!("CARGO"))
        .args(["build", "--manifest-path", "service/Cargo.toml"])
        .env("CARGO_TARGET_DIR", target)
        .current_dir(&folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&build.stderr);
    assert!(build.status.success(), "{said}");
    assert!(!said.contains("warning:"), "{said}");
    waits_for_commands(&target.join("debug/bakery-demo"));
}

/// Nobody has recorded a day of a new model: its demo takes commands instead of ending with an error.
fn waits_for_commands(demo: &Path) {
    let mut demo = Command::new(demo)
        .env("STORM_HTTP__LISTEN", "127.0.0.1:0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut told = Vec::new();
    for line in BufReader::new(demo.stdout.take().unwrap()).lines() {
        told.push(line.unwrap());
        if told.last().unwrap().starts_with("serving: ") {
            break;
        }
    }
    demo.kill().unwrap();
    demo.wait().unwrap();
    let has = |words: &str| told.iter().any(|line| line.contains(words));
    assert!(has("nothing is replayed") && has("/commands/PlaceOrder") && has("serving: "), "{told:?}");
}
