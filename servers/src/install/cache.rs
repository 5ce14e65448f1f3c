//! The folder where fetched servers stay from one run to the next.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// `target/servers` of this workspace, or of `CARGO_TARGET_DIR`.
pub fn cache() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.map_or_else(|| workspace.join("target"), |given| workspace.join(given));
    target.canonicalize().unwrap_or(target).join("servers")
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
