//! Tests that could not be run are said and counted, never passed over in silence.

use std::fs::OpenOptions;
use std::io::Write;
use std::thread;

/// The environment variable with the file to which each skipped test appends a line.
pub const SKIPS: &str = "STORM_SKIPS";

/// Whether `CI=true`: nothing may be skipped then.
pub fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

/// Counts the calling test as skipped: `what` is missing because of `why`. The test returns after it.
///
/// # Panics
/// In CI, where a skip is a failure.
pub fn skip(what: &str, why: &str) {
    let thread = thread::current();
    let line = line(thread.name().unwrap_or("a test"), what, why);
    eprint!("skipped: {line}");
    if let Some(path) = std::env::var_os(SKIPS) {
        let written = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .and_then(|mut file| file.write_all(line.as_bytes()));
        if let Err(error) = written {
            panic!("`{}` cannot be written: {error}", path.display());
        }
    }
    assert!(!in_ci(), "in CI a skipped test is a failure: {what}: {why}");
}

/// One line however many the reason has, so that lines can be counted.
fn line(test: &str, what: &str, why: &str) -> String {
    format!("{test}: {what}: {}\n", why.lines().map(str::trim).collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn a_skip_is_one_line() {
        assert_eq!(line("t", "mysql", "no package\n  help: none"), "t: mysql: no package; help: none\n");
    }
}
