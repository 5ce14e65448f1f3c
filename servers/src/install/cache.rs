//! The folder where fetched servers stay from one run to the next.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// `servers` in the build folder that the running program was built into, which is where `cargo`
/// put its mark; in the workspace's own when the program has been taken elsewhere.
pub fn cache() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let marked = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    let target =
        marked.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), Path::to_path_buf);
    target.join("servers")
}

/// The folder `name` of the cache, filled by `fill` if it is not there. Test programs that ask at the
/// same time wait for each other; a fill that was cut short leaves nothing behind that counts.
pub(super) fn cached(name: &str, fill: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let cache = cache();
    let place = cache.join(name);
    if place.exists() {
        return Ok(place);
    }
    std::fs::create_dir_all(&cache).map_err(Error::file(&cache))?;
    let lock = cache.join(format!("{name}.lock"));
    let held = File::create(&lock).map_err(Error::file(&lock))?;
    held.lock().map_err(Error::file(&lock))?;
    if place.exists() {
        return Ok(place);
    }
    let filling = tempfile::Builder::new().prefix(name).tempdir_in(&cache).map_err(Error::file(&cache))?;
    fill(filling.path())?;
    std::fs::rename(filling.keep(), &place).map_err(Error::file(&place))?;
    Ok(place)
}
