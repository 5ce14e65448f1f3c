//! Places between two steps at which a process can be made to die, so that a test goes through each of them. Only with the
//! feature `failpoints`: without it a point is nothing, and no program that is deployed has it.
//!
//! `STORM_FAIL_AT=<point>` aborts the process when it gets there for the first time, `STORM_FAIL_AT=<point>:<n>` for the
//! nth time: at once and without destructors, as a kill does. The points are named where they stand; the test that goes
//! through them has the list, and a test compares.
//! It must not know: what the steps are for.

/// The process has got to this point.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub(crate) const fn reach(_: &'static str) {}

/// The process has got to this point, and dies if it is told to.
#[cfg(feature = "failpoints")]
pub(crate) fn reach(point: &'static str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static TOLD: OnceLock<Option<(String, AtomicU64)>> = OnceLock::new();
    let told = TOLD.get_or_init(|| {
        let told = std::env::var("STORM_FAIL_AT").ok()?;
        let (point, times) = told.split_once(':').unwrap_or((&told, "1"));
        Some((point.to_owned(), AtomicU64::new(times.parse().unwrap_or(1))))
    });
    let Some((wanted, left)) = told else { return };
    if point == wanted && left.fetch_sub(1, Ordering::SeqCst) == 1 {
        std::process::abort();
    }
}
