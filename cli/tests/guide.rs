//! The guide, played: its files are written, its commands run in order and their output compared, its Rust is found in
//! code that is compiled.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A fenced sample: its language, its text, the line of the page it begins at.
struct Sample {
    language: String,
    text: String,
    line: usize,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn samples() -> Vec<Sample> {
    let page = fs::read_to_string(root().join("docs/guide.md")).unwrap();
    let mut samples: Vec<Sample> = Vec::new();
    let mut open = false;
    for (number, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), open) {
            (Some(_), true) => open = false,
            (Some(language), false) => {
                open = true;
                samples.push(Sample { language: language.into(), text: String::new(), line: number + 1 });
            }
            (None, true) => samples.last_mut().unwrap().text += &format!("{line}\n"),
            (None, false) => {}
        }
    }
    samples
}

/// Writes a file that says in its first line where it stands.
fn write(folder: &Path, sample: &Sample, comment: &str) {
    let name = sample.text.lines().next().and_then(|line| line.strip_prefix(comment)).unwrap_or_else(|| {
        panic!("docs/guide.md:{}: the first line of a file is `{comment}` and its name", sample.line)
    });
    let path = folder.join(name.trim());
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, &sample.text).unwrap();
}

/// Runs each `$` line. What stands below it is its output, line by line; `…` stands for any lines.
fn play(folder: &Path, sample: &Sample) {
    for step in sample.text.split("$ ").filter(|step| !step.is_empty()) {
        let (command, shown) = step.split_once('\n').unwrap();
        let mut words = command.split_whitespace();
        assert_eq!(words.next(), Some("stormc"), "docs/guide.md:{}: {command}", sample.line);
        let ended = Command::new(env!("CARGO_BIN_EXE_stormc"))
            .args(words)
            .current_dir(folder)
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        let said = String::from_utf8([ended.stderr, ended.stdout].concat()).unwrap();
        assert!(
            !shown.is_empty() || ended.status.success(),
            "docs/guide.md:{}: `{command}` says\n{said}",
            sample.line
        );
        assert!(matches(&said, shown), "docs/guide.md:{}: `{command}` says\n{said}", sample.line);
    }
}

/// True when `shown` is what was said. A command that shows nothing may say anything on its way.
fn matches(said: &str, shown: &str) -> bool {
    let mut rest: Vec<&str> = said.lines().map(str::trim_end).collect();
    let mut anywhere = false;
    for line in shown.lines().map(str::trim_end) {
        if line == "…" {
            anywhere = true;
            continue;
        }
        let at = rest.iter().position(|there| *there == line);
        match at {
            Some(at) if at == 0 || anywhere => drop(rest.drain(..=at)),
            _ => return false,
        }
        anywhere = false;
    }
    shown.is_empty() || anywhere || rest.is_empty()
}

#[test]
fn every_sample_of_the_guide_holds() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("library");
    fs::create_dir(&folder).unwrap();
    let (mut files, mut commands, mut excerpts) = (0, 0, 0);
    let compiled = fs::read_to_string(root().join("generated-example/ordering/src/handlers.rs")).unwrap();
    for sample in samples() {
        match sample.language.as_str() {
            "storm" => write(&folder, &sample, "// "),
            "sql" => write(&folder, &sample, "-- "),
            "console" => play(&folder, &sample),
            "rust" => {
                assert!(compiled.contains(&sample.text), "docs/guide.md:{}: not compiled", sample.line);
            }
            other => panic!("docs/guide.md:{}: nobody holds `{other}`", sample.line),
        }
        match sample.language.as_str() {
            "storm" | "sql" => files += 1,
            "console" => commands += 1,
            _ => excerpts += 1,
        }
    }
    assert!(
        files >= 6 && commands >= 5 && excerpts >= 2,
        "{files} files, {commands} plays, {excerpts} excerpts"
    );
}

#[test]
fn output_is_compared_line_by_line() {
    assert!(matches("a\nb\n", "a\nb\n"));
    assert!(!matches("a\nb\n", "a\n"), "what comes after is not shown");
    assert!(!matches("a\nb\n", "b\n"));
    assert!(matches("a\nb\nc\n", "…\nb\n…\n"));
    assert!(!matches("a\nb\n", "…\nc\n"));
}
