//! `cargo x test`: everything, on real servers, with one line of totals at the end.

mod servers;
mod totals;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitCode, Stdio};

use clap::Args;
use storm_servers::{Kind, SKIPS, in_ci};

use crate::Outcome;
use crate::start::each;
use crate::workspace::{EXAMPLE, cargo, root, status};
use servers::Fleet;
use totals::Totals;

/// Run every test, on real servers, and end with one line of totals
///
/// Installs what the tests need when it is absent: Debian packages as root, Kafka's jars through
/// Maven, MySQL unpacked privately. Tests whose server cannot be had are named and counted as
/// skipped; with CI=true they fail.
#[derive(Args)]
pub(crate) struct Test {
    /// Leave out the tests that need a server
    #[arg(long)]
    quick: bool,

    /// Handed on to `cargo test`: a filter, `-p PACKAGE`, `-- --nocapture`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(task: &Test) -> Outcome {
    storm_servers::build_tools().map_err(|error| error.to_string())?;
    let suites = suites(&task.arguments);
    // Fetching waits for the network and compiling for the processor: do both at once.
    let compiled = std::thread::scope(|scope| {
        let fetching = (!task.quick).then(|| scope.spawn(|| each(&Kind::ALL, Kind::install)));
        let compiled = compile(&suites);
        drop(fetching.map(std::thread::ScopedJoinHandle::join));
        compiled
    })?;
    let mut totals = Totals::default();
    if compiled {
        play(task, &suites, &mut totals)?;
    } else {
        totals.add_unreported_failure();
    }
    println!("{totals}");
    Ok(if totals.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The arguments of each `cargo test` that makes up the whole.
fn suites(asked: &[String]) -> Vec<Vec<String>> {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let names_packages = asked.iter().any(|word| word == "-p" || word.starts_with("--package"));
    if names_packages {
        return vec![[owned(&["test"]), asked.to_vec()].concat()];
    }
    let mut suites = vec![[owned(&["test", "--workspace"]), asked.to_vec()].concat()];
    let example = format!("{EXAMPLE}/Cargo.toml");
    if root().join(&example).exists() {
        let manifest = ["test", "--workspace", "--manifest-path", &example];
        suites.push([owned(&manifest), asked.to_vec()].concat());
    }
    suites
}

fn compile(suites: &[Vec<String>]) -> Result<bool, String> {
    for suite in suites {
        // What stands behind `--` is for the test programs.
        let mut build = cargo(&[]);
        build.args(suite.iter().take_while(|word| *word != "--")).arg("--no-run").stdout(Stdio::null());
        if in_ci() {
            build.arg("--quiet");
        }
        if !status(&mut build)?.success() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn play(task: &Test, suites: &[Vec<String>], totals: &mut Totals) -> Result<(), String> {
    let notes = tempfile::tempdir().map_err(|error| error.to_string())?;
    let skips = notes.path().join("skips");
    let fleet = if task.quick { Fleet::left_out() } else { Fleet::start() };
    for suite in suites {
        let mut test = cargo(&[]);
        test.args(suite.iter().take(1)).arg("--no-fail-fast");
        if in_ci() {
            test.arg("--quiet");
        }
        test.args(suite.iter().skip(1)).envs(fleet.variables()).env(SKIPS, &skips);
        stream(&mut test, totals)?;
    }
    let said = fs::read_to_string(&skips).unwrap_or_default();
    for line in said.lines() {
        println!("skipped: {line}");
    }
    // In CI a skip has failed already.
    if !in_ci() {
        totals.move_to_skipped(said.lines().count());
    }
    drop(fleet);
    Ok(())
}

/// Shows what a suite prints while it runs, and counts.
fn stream(test: &mut Command, totals: &mut Totals) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("`cargo test`: {error}");
    let before = totals.failed;
    let mut child = test.stdout(Stdio::piped()).spawn().map_err(failed)?;
    if let Some(output) = child.stdout.take() {
        let mut screen = std::io::stdout().lock();
        for line in BufReader::new(output).split(b'\n') {
            let line = line.map_err(failed)?;
            totals.read(&String::from_utf8_lossy(&line));
            screen.write_all(&line).and_then(|()| screen.write_all(b"\n")).map_err(failed)?;
        }
    }
    let ended = child.wait().map_err(failed)?;
    if !ended.success() && totals.failed == before {
        totals.add_unreported_failure();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::suites;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn a_named_package_stands_for_the_whole() {
        assert_eq!(suites(&words("-p storm-dsl typo")), [words("test -p storm-dsl typo")]);
    }

    #[test]
    fn a_filter_goes_to_every_suite() {
        let suites = suites(&words("typo -- --nocapture"));
        assert_eq!(suites[0], words("test --workspace typo -- --nocapture"));
        assert!(suites.iter().all(|suite| suite.ends_with(&words("typo -- --nocapture"))));
    }
}
