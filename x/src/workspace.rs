//! Where the workspace is and how its cargo is called.

use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

/// The model that people learn the language from.
pub(crate) const SHOP: &str = "models/shop";
/// A morning of its database, recorded from a real server.
pub(crate) const RECORDING: &str = "models/shop/recording";
/// What `stormc generate` makes of it, committed.
pub(crate) const EXAMPLE: &str = "generated-example";

/// The workspace's root folder: that of the `cargo x` which runs us, not that which compiled us, as
/// checkouts may share a build folder.
pub(crate) fn root() -> PathBuf {
    let ours = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let root = ours.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR"))).join("..");
    root.canonicalize().unwrap_or(root)
}

/// The one build folder, also of the generated example, so that nothing is compiled twice.
pub(crate) fn target() -> PathBuf {
    let given = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    root().join(given.unwrap_or_else(|| PathBuf::from("target")))
}

/// A cargo call in the workspace's root with the shared build folder.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root()).env("CARGO_TARGET_DIR", target()).stdin(Stdio::null());
    command
}

/// Runs a command that writes to the terminal itself; its failure is already on the screen.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.status().map_err(|error| format!("`{name}`: {error}"))
}

/// Brings the committed example up to date with its model.
pub(crate) fn generate_example() -> Result<(), String> {
    let ended = status(&mut cargo(&["run", "-p", "stormc", "--", "generate", SHOP, "--out", EXAMPLE]))?;
    if ended.success() { Ok(()) } else { Err(format!("`stormc generate {SHOP}` failed")) }
}
