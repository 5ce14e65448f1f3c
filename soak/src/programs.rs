//! The committed example's programs, built into the build folder of whoever asks, so that nothing is compiled twice.
//! It must not know: how a service is started.

use std::path::{Path, PathBuf};
use std::process::Command;

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
    let target = target();
    let ended = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into()))
        .args(["build", "--quiet", "--workspace", "--bins", "--manifest-path"])
        .arg(root().join("generated-example/Cargo.toml"))
        .env("CARGO_TARGET_DIR", &target)
        .status()
        .expect("cargo runs: it has built this program");
    assert!(ended.success(), "the example does not build");
    target.join("debug")
}

/// The build folder in which this program stands; cargo marks it with a file.
fn target() -> PathBuf {
    let own = std::env::current_exe().expect("a program knows where it stands");
    let marked = |folder: &&Path| folder.join("CACHEDIR.TAG").is_file();
    own.ancestors().skip(1).find(marked).expect("it stands in a build folder of cargo").to_owned()
}
