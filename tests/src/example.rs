//! The committed example, built once a run.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The folder with the example's programs, built into the target folder of the calling test program, so that nothing is
/// compiled twice.
///
/// # Panics
/// When the example does not build.
pub fn example_programs() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(storm_soak::build)
}
