//! Counting what the test programs report.

use std::fmt;

/// What became of the tests. Its display is the last line of `cargo x test`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

impl Totals {
    /// Reads one line of output; only a test program's closing line counts.
    pub(crate) fn read(&mut self, line: &str) {
        let Some((_, counts)) = line.split_once("test result: ") else { return };
        let counts = counts.split_once(". ").map_or(counts, |(_, after)| after);
        for count in counts.split("; ") {
            let mut words = count.split_whitespace();
            let number = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
            match words.next() {
                Some("passed") => self.passed += number,
                Some("failed") => self.failed += number,
                Some("ignored") => self.skipped += number,
                _ => {}
            }
        }
    }

    /// Something failed that no test program counted: the build, or a program that was killed.
    pub(crate) fn add_unreported_failure(&mut self) {
        self.failed += 1;
    }

    /// A test that skips at run time ends well as far as its program knows.
    pub(crate) fn move_to_skipped(&mut self, tests: usize) {
        self.passed = self.passed.saturating_sub(tests);
        self.skipped += tests;
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::Totals;

    #[test]
    fn closing_lines_are_summed_and_nothing_else() {
        let mut totals = Totals::default();
        totals.read("running 5 tests");
        totals.read(
            "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 9 filtered out; finished in 0.00s",
        );
        totals.read(
            "test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s",
        );
        totals.read("4 passed; 4 failed");
        assert_eq!(totals.to_string(), "7 passed, 3 failed, 1 skipped");
    }

    #[test]
    fn a_skip_is_not_a_pass() {
        let mut totals = Totals { passed: 7, failed: 0, skipped: 1 };
        totals.move_to_skipped(2);
        assert_eq!(totals.to_string(), "5 passed, 0 failed, 3 skipped");
    }
}
