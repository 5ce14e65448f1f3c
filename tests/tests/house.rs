//! The house's own rules: which crate may know which, where a library may be used, what a file may weigh. ARCHITECTURE.md
//! names these tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use toml::Table;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn manifest(path: &Path) -> Table {
    fs::read_to_string(path).unwrap().parse().unwrap()
}

/// Every file below a folder with this ending, in order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Which of our crates each may depend on, tests aside.
const ARROWS: &[(&str, &[&str])] = &[
    ("dsl", &[]),
    ("board", &["storm-dsl"]),
    ("codegen", &["storm-dsl"]),
    ("cli", &["storm-dsl", "storm-board", "storm-codegen"]),
    ("broker", &[]),
    ("contract", &[]),
    ("runtime", &["storm-contract", "storm-broker"]),
    ("servers", &[]),
    ("soak", &["storm-servers"]),
    ("bench", &["storm-servers"]),
    ("x", &["storm-servers"]),
];

#[test]
fn dependency_arrows_point_one_way() {
    for (folder, allowed) in ARROWS {
        let manifest = manifest(&root().join(folder).join("Cargo.toml"));
        let ours: BTreeSet<&str> = ["dependencies", "build-dependencies"]
            .iter()
            .filter_map(|section| manifest.get(*section)?.as_table())
            .flat_map(|table| table.keys())
            .map(String::as_str)
            .filter(|name| name.starts_with("storm"))
            .collect();
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        assert!(ours.is_subset(&allowed), "{folder} depends on {:?}", ours.difference(&allowed));
    }
}

#[test]
fn every_member_has_its_arrows_listed() {
    let workspace = manifest(&root().join("Cargo.toml"));
    for member in workspace["workspace"]["members"].as_array().unwrap() {
        let member = member.as_str().unwrap();
        assert!(
            member == "tests" || ARROWS.iter().any(|(name, _)| *name == member),
            "{member} is not in ARROWS"
        );
    }
}

/// A library, and the only places that may name it.
const HOMES: &[(&str, &[&str])] = &[
    ("pest", &["dsl/src/syntax"]),
    ("petgraph", &["dsl/src/graph", "board/src"]),
    ("askama", &["codegen/src"]),
    ("prost_build", &["codegen/src"]),
    ("protox", &["codegen/src"]),
    ("miette", &["cli/src/report"]),
    // The operator's commands talk to a cluster as well, and know nothing of the runtime: a room of their own.
    ("rdkafka", &["runtime/src/log", "soak/src/topics", "cli/src/kafka"]),
    ("prost_reflect", &["soak/src/topics", "cli/src/decode", "runtime/src/door/check/tests"]),
    (
        "mysql_async",
        &[
            "runtime/src/source",
            "runtime/src/command",
            "runtime/src/sql",
            "runtime/src/failure",
            "runtime/src/entry/real",
            "soak/src/database",
        ],
    ),
    ("kafka_protocol", &["broker/src"]),
    ("axum", &["runtime/src/door"]),
    ("tokio_rustls", &["runtime/src/door"]),
    ("tikv_jemallocator", &["runtime/src/allocator"]),
];

#[test]
fn libraries_stay_in_their_rooms() {
    let root = root();
    for folder in ["dsl", "board", "codegen", "cli", "runtime", "broker", "servers", "soak", "x"] {
        for file in files(&root.join(folder).join("src"), "rs") {
            let place = file.strip_prefix(&root).unwrap().to_str().unwrap();
            let text = fs::read_to_string(&file).unwrap();
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            for line in code {
                for (library, homes) in HOMES {
                    let used =
                        line.contains(&format!("{library}::")) || line.contains(&format!("use {library}"));
                    let at_home = homes.iter().any(|home| place.starts_with(home));
                    assert!(!used || at_home, "{place} uses {library}, which lives in {homes:?}:\n{line}");
                }
            }
        }
    }
}

#[test]
fn the_pure_crates_forbid_input_and_output() {
    for folder in ["dsl", "board", "codegen"] {
        let lint = fs::read_to_string(root().join(folder).join("clippy.toml")).unwrap();
        for forbidden in
            ["std::fs::read", "std::env::var", "std::process::Command::new", "std::time::SystemTime::now"]
        {
            assert!(lint.contains(forbidden), "{folder}/clippy.toml does not forbid {forbidden}");
        }
    }
}

#[test]
fn every_dependency_says_why() {
    let text = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, dependencies) = text.split_once("[workspace.dependencies]").unwrap();
    let dependencies = dependencies.split("\n[").next().unwrap();
    let mut previous_is_comment = false;
    for line in dependencies.lines().filter(|line| !line.trim().is_empty()) {
        let is_entry = line.starts_with(|first: char| first.is_ascii_lowercase()) && line.contains('=');
        let ours = line.starts_with("storm-");
        assert!(!is_entry || ours || line.contains('#') || previous_is_comment, "no reason: {line}");
        previous_is_comment = line.starts_with('#') && !line.starts_with("# --");
    }
}

#[test]
fn no_file_is_too_long() {
    let root = root();
    for folder in ["dsl", "board", "codegen", "cli", "runtime", "broker", "servers", "soak", "x"] {
        for file in files(&root.join(folder).join("src"), "rs") {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            assert!(lines <= 500, "{} has {lines} lines", file.display());
        }
    }
    for file in files(&root.join("templates"), "jinja") {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= 80, "{} has {lines} lines", file.display());
    }
}

/// What stands in place of a test where there is none, or none that runs each time.
const UNTESTED: [&str; 3] = ["left for the snapshot", "measured, not tested", "by hand"];

/// The tests that an item names as `path.rs::name`: each is there, is a test, and runs unless the item says that it is
/// played by hand.
fn named_tests(item: &str) -> usize {
    let tests: Vec<&str> = item.split('`').filter(|word| word.contains(".rs::")).collect();
    for test in &tests {
        let (file, name) = test.split_once("::").unwrap();
        let source =
            fs::read_to_string(root().join(file)).unwrap_or_else(|_| panic!("{file} is not there: {test}"));
        let name = name.rsplit("::").next().unwrap();
        match runs(&source, name) {
            Some(true) => {}
            Some(false) => assert!(item.contains("by hand"), "{test} is ignored, and nobody says so: {item}"),
            None => panic!("{file} has no test {name}"),
        }
    }
    tests.len()
}

/// Whether the test of this name runs; nothing when there is no test of this name.
fn runs(source: &str, name: &str) -> Option<bool> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let is_it = |line: &&str| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        line.strip_prefix("fn ")
            .and_then(|line| line.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with('('))
    };
    let at = lines.iter().position(is_it)?;
    let above = lines[..at].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
    let attributes: Vec<&&str> = above.filter(|line| line.starts_with("#[")).collect();
    let any =
        |starts: &[&str]| attributes.iter().any(|line| starts.iter().any(|start| line.starts_with(start)));
    any(&["#[test]", "#[tokio::test]", "#[tokio::test("]).then(|| !any(&["#[ignore"]))
}

/// The items of a list, each with what belongs to it.
fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n- ").skip(1).map(|item| item.split("\n\n").next().unwrap_or_default())
}

#[test]
fn only_what_is_run_is_a_test() {
    let source = "
        /// fn of_a_comment()
        #[test]
        fn plain() {}
        #[tokio::test(flavor = \"multi_thread\")]
        // Said between.
        async fn awaited() {}
        #[tokio::test]
        #[ignore = \"slow\"]
        async fn ignored() {}
        fn helper() {}
        #[test]

        fn apart() {}
    ";
    let found = ["plain", "awaited", "ignored", "helper", "apart", "plai", "of_a_comment"];
    let found = found.map(|name| runs(source, name));
    assert_eq!(found, [Some(true), Some(true), Some(false), None, None, None, None]);
}

/// Each invariant of ARCHITECTURE.md ends in its test: `tests/tests/house.rs::name` in back-ticks.
#[test]
fn each_invariant_names_a_test_that_exists() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, invariants) =
        text.split_once("## Invariants").expect("ARCHITECTURE.md has a part called Invariants");
    let items: Vec<&str> = items(invariants.split("\n## ").next().unwrap()).collect();
    assert!(items.len() >= 10, "only {} invariants", items.len());
    for item in items {
        assert!(named_tests(item) > 0, "no test is named: {item}");
    }
}

/// Each item below each promise of docs/promises.md names its tests, or says why there is none.
#[test]
fn each_promise_names_a_test_that_exists() {
    let text = fs::read_to_string(root().join("docs/promises.md")).unwrap();
    let promises: Vec<&str> = text.split("\n## ").skip(1).collect();
    assert!(promises.len() >= 9, "only {} promises", promises.len());
    for promise in promises {
        let items: Vec<&str> = items(promise).collect();
        assert!(!items.is_empty(), "no item below {promise}");
        for item in items {
            let said = named_tests(item) > 0 || UNTESTED.iter().any(|words| item.contains(words));
            assert!(said, "no test is named, and nobody says why: {item}");
        }
    }
}
