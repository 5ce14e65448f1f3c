//! The committed example, built once a run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The workspace's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The folder with the example's programs, built into the target folder of the calling test program (it stands in
/// `<target>/debug/deps`), so that nothing is compiled twice.
///
/// # Panics
/// When the example does not build.
pub fn example_programs() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let own = std::env::current_exe().expect("a test program knows where it stands");
        let target = own.ancestors().nth(3).expect("it stands in `<target>/debug/deps`").to_owned();
        let build = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--workspace", "--bins", "--manifest-path"])
            .arg(root().join("generated-example/Cargo.toml"))
            .env("CARGO_TARGET_DIR", &target)
            .status()
            .expect("cargo runs: it runs this test");
        assert!(build.success(), "the example does not build");
        target.join("debug")
    })
}
