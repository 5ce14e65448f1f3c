//! The servers that `cargo x test` starts once for every test, found by environment variable.

use crate::{Kind, skip};

/// `STORM_MARIADB_URL_ABSENT` and its siblings hold the reason when a server could not be had.
pub const ABSENT_SUFFIX: &str = "_ABSENT";

/// Where the shared server of this kind runs, or nothing after counting the calling test as skipped.
///
/// The server is shared with every other test: take a database or topic name of your own.
///
/// ```no_run
/// use storm_servers::{Kind, shared};
///
/// fn captures_an_insert() {
///     let Some(url) = shared(Kind::Mariadb) else { return };
///     # let _ = url;
/// }
/// ```
///
/// # Panics
/// In CI, where a skip is a failure.
pub fn shared(kind: Kind) -> Option<String> {
    let variable = kind.variable();
    if let Ok(url) = std::env::var(variable) {
        return Some(url);
    }
    let why = std::env::var(format!("{variable}{ABSENT_SUFFIX}"));
    let why = why.unwrap_or_else(|_| format!("`{variable}` is not set: run `cargo x test`"));
    skip(kind.name(), &why);
    None
}
