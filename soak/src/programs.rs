//! The committed example's programs, built into the build folder of whoever asks, so that nothing is compiled twice.
//! It must not know: how a service is started.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The workspace's root: that of the cargo which runs us, as checkouts may share a build folder.
pub fn root() -> PathBuf {
    let ours = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    ours.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR"))).join("..")
}

/// Builds the programs of `generated-example` and returns their folder.
///
/// # Panics
/// When the example does not build.
pub fn build() -> PathBuf {
    build_with(&[])
}

/// Builds the programs with these features of the runtime, and copies those of these services to a folder of their own.
///
/// Programs with other features stand in the same place, so nobody builds between a build and its copy: what is started
/// is what was asked for.
///
/// # Panics
/// When the example does not build, or a program cannot be copied.
pub(crate) fn take(features: &[&str], services: &[&str]) -> TempDir {
    let mark = target().join("storm-programs.lock");
    let turn = File::create(&mark).and_then(|file| file.lock().map(|()| file));
    let turn = turn.unwrap_or_else(|error| panic!("`{}`: {error}", mark.display()));
    let copies = copy(&build_with(features), services);
    drop(turn);
    copies
}

fn build_with(features: &[&str]) -> PathBuf {
    let target = target();
    let features: Vec<_> = features.iter().map(|feature| format!("storm-runtime/{feature}")).collect();
    let ended = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into()))
        .args(["build", "--quiet", "--workspace", "--bins", "--manifest-path"])
        .arg(root().join("generated-example/Cargo.toml"))
        .args((!features.is_empty()).then(|| format!("--features={}", features.join(","))))
        .env("CARGO_TARGET_DIR", &target)
        .status()
        .expect("cargo runs: it has built this program");
    assert!(ended.success(), "the example does not build");
    target.join("debug")
}

fn copy(from: &Path, services: &[&str]) -> TempDir {
    let folder = tempfile::Builder::new().prefix("storm-programs-").tempdir().expect("a temporary folder");
    for service in services {
        let name = format!("{service}-service");
        let copied = std::fs::copy(from.join(&name), folder.path().join(&name));
        copied.unwrap_or_else(|error| panic!("`{name}`: {error}"));
    }
    folder
}

/// The build folder in which this program stands; cargo marks it with a file.
fn target() -> PathBuf {
    let own = std::env::current_exe().expect("a program knows where it stands");
    let marked = |folder: &&Path| folder.join("CACHEDIR.TAG").is_file();
    own.ancestors().skip(1).find(marked).expect("it stands in a build folder of cargo").to_owned()
}
