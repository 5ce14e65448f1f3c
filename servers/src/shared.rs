//! How a test gets a server: one shared with all others, or one of its own to break.

use crate::{Kind, Options, Server, skip};

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
    let why = absent(kind).unwrap_or_else(|| format!("`{variable}` is not set: run `cargo x test`"));
    skip(kind.name(), &why);
    None
}

/// A server of the calling test's own, or nothing after counting the test as skipped.
///
/// # Panics
/// In CI, where a skip is a failure, and when a server that can be had does not start.
pub fn private(kind: Kind, options: Options) -> Option<Server> {
    let absent = absent(kind).or_else(|| kind.install().err().map(|error| error.to_string()));
    if let Some(why) = absent {
        skip(kind.name(), &why);
        return None;
    }
    match kind.start_with(options) {
        Ok(server) => Some(server),
        Err(error) => panic!("{error}"),
    }
}

fn absent(kind: Kind) -> Option<String> {
    std::env::var(format!("{}{ABSENT_SUFFIX}", kind.variable())).ok()
}
