//! `cargo x bless`: what the program says now becomes what the tests expect.

use std::process::ExitCode;

use clap::Args;

use crate::Outcome;
use crate::workspace::{cargo, generate_example, status};

/// The variable under which a suite writes its expected files instead of comparing with them.
const BLESS: &str = "STORM_BLESS";

/// The suites with expected files: package and test target.
const SUITES: [(&str, &str); 6] = [
    ("storm-board", "cases"),
    ("storm-runtime", "seen"),
    ("stormc", "diagnostics"),
    ("stormc", "example"),
    ("storm-tests", "artifacts"),
    ("storm-tests", "demo"),
];

/// Rewrite every expected file and the generated example from what the program does now
///
/// Look at `git diff` before you commit: a blessed mistake is a mistake that the tests defend.
#[derive(Args)]
pub(crate) struct Bless {
    /// Only the cases whose test names contain this
    filter: Option<String>,
}

pub(crate) fn run(task: &Bless) -> Outcome {
    storm_servers::build_tools().map_err(|error| error.to_string())?;
    generate_example()?;
    let mut code = ExitCode::SUCCESS;
    for (package, suite) in SUITES {
        let mut tests = cargo(&["test", "--quiet", "-p", package, "--test", suite]);
        if !status(tests.args(&task.filter).env(BLESS, "1"))?.success() {
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::{BLESS, SUITES};
    use crate::workspace::root;

    /// A suite that can bless and is not in the table would be forgotten.
    #[test]
    fn every_suite_that_can_bless_is_in_the_table() {
        let mut found = BTreeSet::new();
        for member in fs::read_dir(root()).unwrap().flatten() {
            let Ok(manifest) = fs::read_to_string(member.path().join("Cargo.toml")) else { continue };
            let Some((_, rest)) = manifest.split_once("name = \"") else { continue };
            let package = rest.split('"').next().unwrap_or_default();
            for test in fs::read_dir(member.path().join("tests")).into_iter().flatten().flatten() {
                if fs::read_to_string(test.path()).is_ok_and(|text| text.contains(BLESS)) {
                    let suite = test.path().file_stem().unwrap().to_string_lossy().into_owned();
                    found.insert((package.to_owned(), suite));
                }
            }
        }
        let listed = SUITES.map(|(package, suite)| (package.to_owned(), suite.to_owned()));
        assert_eq!(found, BTreeSet::from(listed));
    }
}
