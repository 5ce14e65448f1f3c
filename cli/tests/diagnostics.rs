//! Bad models and what is said of them: `tests/diagnostics/<case>/model` and `expected.txt` beside it.
//!
//! A case runs `stormc check model`; a file `command` in it names another command line. `STORM_BLESS=1` writes what is
//! said now: read the difference before you commit it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/diagnostics");
    let mut cases: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    cases
}

fn run(case: &Path, arguments: &str) -> (String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_stormc"))
        .args(["--color", "never"])
        .args(arguments.split_whitespace())
        .current_dir(case)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
    (text, output.status.code())
}

#[test]
fn each_bad_model_gets_its_report() {
    let bless = std::env::var_os("STORM_BLESS").is_some();
    let mut wrong = Vec::new();
    let cases = cases();
    assert!(cases.len() >= 40, "only {} cases", cases.len());
    for case in cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let arguments = fs::read_to_string(case.join("command")).unwrap_or_else(|_| "check model".into());
        let (said, code) = run(&case, &arguments);
        let said = format!("$ stormc {}\n{said}exit code {}\n", arguments.trim(), code.unwrap());
        let expected = case.join("expected.txt");
        if bless {
            fs::write(&expected, &said).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != said {
            wrong.push(format!("{name}:\n{said}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} reports differ (STORM_BLESS=1 writes them):\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// One fault gives one error, or one warning where that is what it is. A case with more faults says how many in a file
/// `faults`.
#[test]
fn one_fault_gives_one_error() {
    for case in cases() {
        let faults: usize =
            fs::read_to_string(case.join("faults")).map_or(1, |text| text.trim().parse().unwrap());
        if case.join("command").exists() {
            continue; // not a `check`: it has no JSON form
        }
        let (said, _) = run(&case, "check model --format json");
        let document: serde_json::Value =
            serde_json::from_str(&said[said.find('{').unwrap_or_default()..]).unwrap_or_default();
        let all = document["diagnostics"].as_array().cloned().unwrap_or_default();
        let count = |severity: &str| all.iter().filter(|finding| finding["severity"] == severity).count();
        let of_a_folder = document["diagnostics"].is_null(); // it has no place in a text, so no JSON form
        let (errors, warnings) = (count("error"), count("warning"));
        let each_once = errors == faults || (errors, warnings, faults) == (0, 1, 1);
        assert!(of_a_folder || each_once, "{}: {errors} errors of {faults} faults:\n{said}", case.display());
    }
}
