//! `cargo x fuzz`: everything that reads bytes or text from outside, under libFuzzer.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::Outcome;
use crate::workspace::{root, status, target};

/// What is fuzzed: its name in `fuzz/fuzz_targets/`, what it reads, what of the tree it begins with beside `tests/fuzzed/`.
const TARGETS: &[(&str, &str, &[&str])] = &[
    ("model", ".storm text and DDL: findings, wall, generated files", &["models", "tests/diagnostics"]),
    ("binlog", "a database's binary log: events, table maps, rows, values", &["models/shop/recording"]),
    ("record", "Kafka records: publish, dispatch, what capture keeps", &[]),
    ("door", "HTTP requests: commands, webhooks, signatures", &[]),
    ("tail", "records as `stormc tail` and `stormc dlq` show them", &[]),
    ("frames", "what clients send to the embedded broker", &[]),
];

/// What libFuzzer holds an input to: memory (MiB; in one input less, which the targets see to), seconds, bytes.
const LIMITS: [&str; 3] = ["-rss_limit_mb=2048", "-timeout=20", "-max_len=12000"];

/// Fuzz everything that reads bytes or text from outside
///
/// Needs a nightly toolchain and cargo-fuzz. Ends in one line a target: executions, executions a second, edges covered,
/// crashes; with exit code 1 when there was a crash. An input that is copied to `tests/fuzzed/TARGET/` is played by
/// `cargo test -p storm-tests --test fuzzed` from then on.
#[derive(Args)]
pub(crate) struct Fuzz {
    /// Only this one
    #[arg(value_parser = names(), hide_possible_values = true, help = help())]
    target: Option<String>,

    /// So long, each
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,

    /// Play this input again, and nothing else
    #[arg(long, value_name = "FILE", requires = "target")]
    again: Option<PathBuf>,
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(TARGETS.iter().map(|(name, ..)| *name))
}

fn help() -> String {
    let lines = TARGETS.iter().map(|(name, about, _)| format!("{name}: {about}"));
    format!("Only this one\n{}", lines.collect::<Vec<_>>().join("\n"))
}

/// What came of a target.
struct Ended {
    executions: u64,
    edges: u64,
    crash: Option<PathBuf>,
}

pub(crate) fn run(task: &Fuzz) -> Outcome {
    storm_servers::build_tools().map_err(|error| error.to_string())?;
    present()?;
    let programs = build(task.target.as_deref())?;
    if let (Some(name), Some(input)) = (&task.target, &task.again) {
        let ended = status(Command::new(programs.join(name)).args(LIMITS).arg(input))?;
        return Ok(if ended.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let (mut lines, mut code) = (Vec::new(), ExitCode::SUCCESS);
    for (name, _, seeds) in
        TARGETS.iter().filter(|(name, ..)| task.target.as_deref().is_none_or(|only| only == *name))
    {
        eprintln!("fuzzing {name} for {} s", task.seconds);
        let Ended { executions, edges, crash } = fuzz(&programs, name, seeds, task.seconds)?;
        let (pace, crashes) = (executions / u64::from(task.seconds), u8::from(crash.is_some()));
        lines.push(format!(
            "{name}: {executions} executions, {pace}/s, {edges} edges covered, {crashes} crashes"
        ));
        if let Some(input) = crash {
            code = ExitCode::FAILURE;
            let input = input.display();
            lines.push(format!("  {input}\n  again: cargo x fuzz {name} --again {input}"));
        }
    }
    println!("{}", lines.join("\n"));
    Ok(code)
}

/// # Errors
/// What is absent, and how it is installed.
fn present() -> Result<(), String> {
    let says = |command: &mut Command| {
        let output = command.stdin(Stdio::null()).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let toolchains = says(Command::new("rustup").args(["toolchain", "list"])).unwrap_or_default();
    if !toolchains.lines().any(|line| line.starts_with("nightly")) {
        return Err(
            "fuzzing needs a nightly toolchain, for coverage: `rustup toolchain install nightly`".into()
        );
    }
    match says(Command::new("cargo").args(["fuzz", "--version"])) {
        Some(_) => Ok(()),
        None => Err("fuzzing needs cargo-fuzz: `cargo install cargo-fuzz --locked`".into()),
    }
}

/// Builds the targets, or one. The folder with the programs.
fn build(only: Option<&str>) -> Result<PathBuf, String> {
    let into = target().join("fuzz");
    let mut build = Command::new("rustup");
    // Without a sanitizer: none of ours is unsafe, and librdkafka does not build under one.
    build
        .args(["run", "nightly", "cargo", "fuzz", "build", "--sanitizer", "none", "--target-dir"])
        .arg(&into)
        .args(only);
    build
        .current_dir(root())
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("CARGO")
        .env_remove("RUSTUP_TOOLCHAIN");
    if !status(&mut build)?.success() {
        return Err("`cargo fuzz build` failed".into());
    }
    let made = fs::read_dir(&into).into_iter().flatten().flatten().map(|entry| entry.path().join("release"));
    made.filter(|folder| folder.join(only.unwrap_or(TARGETS[0].0)).is_file())
        .find(|folder| folder.parent().is_some_and(|triple| triple.to_string_lossy().contains('-')))
        .ok_or_else(|| format!("there is no program in `{}`", into.display()))
}

/// Runs one target for so many seconds. What it learns stays in the build folder.
fn fuzz(programs: &Path, name: &str, seeds: &[&str], seconds: u32) -> Result<Ended, String> {
    let folder = |what: &str| {
        let folder = target().join("fuzz").join(what).join(name);
        fs::create_dir_all(&folder).map(|()| folder).map_err(|error| format!("`{what}`: {error}"))
    };
    let (corpus, crashes) = (folder("corpus")?, folder("crashes")?);
    if name == "model" {
        join_models(&corpus).map_err(|error| format!("`{}`: {error}", corpus.display()))?;
    }
    let mut fuzzer = Command::new(programs.join(name));
    fuzzer.args(LIMITS).arg(format!("-max_total_time={seconds}")).arg("-print_final_stats=1");
    fuzzer.arg(format!("-artifact_prefix={}/", crashes.display())).arg(&corpus);
    fuzzer.arg(root().join("tests/fuzzed").join(name)).args(seeds.iter().map(|seed| root().join(seed)));
    let mut child = fuzzer
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("`{name}`: {error}"))?;
    let (mut said, mut log) = (Said::default(), Vec::new());
    for line in BufReader::new(child.stderr.take().ok_or("no standard error")?).split(b'\n') {
        let line = line.map_err(|error| error.to_string())?;
        said.hear(&String::from_utf8_lossy(&line));
        log.write_all(&line).and_then(|()| log.write_all(b"\n")).map_err(|error| error.to_string())?;
    }
    let ended = child.wait().map_err(|error| error.to_string())?;
    if !ended.success() {
        // Why, as the fuzzer and the program say it, stands at the end.
        let from = log.len().saturating_sub(6_000);
        eprintln!("{}", String::from_utf8_lossy(&log[from..]));
    }
    match (ended.success(), said.crash) {
        (false, None) => Err(format!("`{name}` ended with {ended}")),
        (_, crash) => Ok(Ended { executions: said.executions, edges: said.edges, crash }),
    }
}

/// What libFuzzer says while it runs.
#[derive(Default)]
struct Said {
    executions: u64,
    edges: u64,
    crash: Option<PathBuf>,
}

impl Said {
    fn hear(&mut self, line: &str) {
        let word = |line: &str| line.split_whitespace().next().and_then(|number| number.parse().ok());
        if let Some((count, rest)) =
            line.strip_prefix('#').and_then(|line| line.split_once(char::is_whitespace))
        {
            self.executions = count.parse().unwrap_or(self.executions);
            self.edges = rest.split_once("cov: ").and_then(|(_, cov)| word(cov)).unwrap_or(self.edges);
        }
        if let Some(units) = line.strip_prefix("stat::number_of_executed_units:") {
            self.executions = word(units).unwrap_or(self.executions);
        }
        if let Some((_, path)) = line.split_once("Test unit written to ") {
            self.crash = Some(path.trim().into());
        }
    }
}

/// Writes each model of the tree as one text, its schema beside it: a file alone names what others declare.
fn join_models(corpus: &Path) -> std::io::Result<()> {
    let mut folders = vec![root().join("models"), root().join("tests/diagnostics")];
    while let Some(folder) = folders.pop() {
        let (mut joined, mut names) = (String::new(), 0);
        let mut add = |path: &Path, name: String| -> std::io::Result<()> {
            names += 1;
            joined += &format!("=== {name}\n{}", String::from_utf8_lossy(&fs::read(path)?));
            if !joined.ends_with('\n') {
                joined.push('\n');
            }
            Ok(())
        };
        let mut entries: Vec<PathBuf> = fs::read_dir(&folder)?.flatten().map(|entry| entry.path()).collect();
        entries.sort();
        for path in &entries {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match path.extension().and_then(|ending| ending.to_str()) {
                Some("storm") => add(path, name)?,
                _ if path.is_dir() && name == "schema" => {
                    for ddl in fs::read_dir(path)?.flatten() {
                        add(&ddl.path(), format!("schema/{}", ddl.file_name().to_string_lossy()))?;
                    }
                }
                _ if path.is_dir() => folders.push(path.clone()),
                _ => {}
            }
        }
        if names > 1 && entries.iter().any(|path| path.extension().is_some_and(|ending| ending == "storm")) {
            let parts = folder.strip_prefix(root()).unwrap_or(&folder).components();
            let name: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
            fs::write(corpus.join(name.join("-")), joined)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Said, TARGETS};
    use crate::workspace::root;

    #[test]
    fn every_target_is_a_program_and_begins_with_what_is_there() {
        let manifest = std::fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
        assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
        for (name, _, seeds) in TARGETS {
            assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
            assert!(root().join(format!("fuzz/fuzz_targets/{name}.rs")).is_file(), "{name}");
            assert!(seeds.iter().all(|seed| root().join(seed).exists()), "{name}");
        }
    }

    #[test]
    fn what_the_fuzzer_says_is_heard() {
        let mut said = Said::default();
        for line in [
            "INFO: seed corpus: files: 12 min: 1b max: 9043b total: 50000b rss: 60Mb",
            "#13\tINITED cov: 812 ft: 1200 corp: 9/20Kb exec/s: 0 rss: 70Mb",
            "#4096\tpulse  cov: 815 ft: 1210 corp: 11/21Kb lim: 4096 exec/s: 2048 rss: 80Mb",
            "artifact_prefix='/t/'; Test unit written to /t/crash-1",
        ] {
            said.hear(line);
        }
        assert_eq!((said.executions, said.edges), (4096, 815));
        assert_eq!(said.crash.as_deref(), Some(std::path::Path::new("/t/crash-1")));
        said.hear("stat::number_of_executed_units: 5000");
        assert_eq!(said.executions, 5000);
    }
}
