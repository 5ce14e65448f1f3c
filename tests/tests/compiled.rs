//! A generated workspace with every type and every expression of the language: clippy finds nothing, every type comes
//! back from its bytes as it was, the configuration that a person starts with says the runtime's own defaults, and the
//! service has its allocator.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use storm_tests::generated::generate_into;
use toml::Table;

#[test]
fn every_type_compiles_without_a_warning_and_comes_back_from_its_bytes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let case = root.join("tests/artifacts/types");
    let out = tempfile::tempdir().unwrap();
    generate_into(&case.join("model"), out.path(), &root.join("runtime").to_string_lossy());
    fs::create_dir(out.path().join("lab/tests")).unwrap();
    fs::copy(case.join("roundtrip.rs"), out.path().join("lab/tests/roundtrip.rs")).unwrap();
    let manifest = out.path().join("lab/Cargo.toml");
    let with_json = fs::read_to_string(&manifest).unwrap() + "\n[dev-dependencies]\nserde_json = \"1\"\n";
    fs::write(manifest, with_json).unwrap();
    // The versions that the project itself is tested with.
    fs::copy(root.join("Cargo.lock"), out.path().join("Cargo.lock")).unwrap();
    cargo(root, out.path(), &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    cargo(root, out.path(), &["test", "--package", "lab-service", "--quiet"]);

    fs::write(out.path().join("empty.toml"), "").unwrap();
    let allocator = allocator_of_the_service(root);
    for setting in ["opt.narenas: 2", "opt.dirty_decay_ms: 100", "opt.muzzy_decay_ms: 0"] {
        assert!(allocator.contains(setting), "`{setting}` is not in:\n{allocator}");
    }
    let says = |file| {
        let run = ["run", "--quiet", "--package", "lab-service", "--", "--config", file, "--print-config"];
        cargo(root, out.path(), &run).parse::<Table>().unwrap()
    };
    let (mut default, mut written) = (says("empty.toml"), says("lab/lab.toml"));
    for deployment in ["database", "source", "policy", "command", "schedule", "external", "webhook"] {
        default.remove(deployment);
        written.remove(deployment);
    }
    assert_eq!(written, default, "the generated configuration says the defaults");
    let text = fs::read_to_string(out.path().join("lab/lab.toml")).unwrap();
    let absent: Vec<String> = keys(&default).into_iter().filter(|key| !is_shown(key, &text)).collect();
    assert!(absent.is_empty(), "the generated configuration does not show {absent:?}");
}

/// The full name of each key, at whatever depth.
fn keys(table: &Table) -> Vec<String> {
    let mut all = Vec::new();
    for (name, value) in table {
        match value.as_table() {
            Some(section) if !section.is_empty() => {
                all.extend(keys(section).into_iter().map(|key| format!("{name}.{key}")));
            }
            _ => all.push(name.clone()),
        }
    }
    all
}

/// True when a configuration has the key below the heading of its section, set or as a comment; a section whose names are
/// free has its heading alone.
fn is_shown(key: &str, text: &str) -> bool {
    let mut section = "";
    text.lines().any(|line| {
        let line = line.trim_start_matches("# ");
        if let Some((heading, _)) = line.strip_prefix('[').and_then(|line| line.split_once(']')) {
            section = heading;
            return section == key || section.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
        }
        let (of, name) = key.rsplit_once('.').unwrap_or(("", key));
        section == of && line.split_once(" = ").is_some_and(|(known, _)| known == name)
    })
}

#[test]
fn a_key_is_looked_for_in_its_own_section() {
    let text = "[one]\nrun = 1 # of `pause = 2`\n# every = 3\n\n[one.more]\npause = 2\n# [free.name]\n";
    for shown in ["one.run", "one.every", "one.more", "one.more.pause", "free"] {
        assert!(is_shown(shown, text), "{shown}");
    }
    for absent in ["one.pause", "one.more.run", "two.run", "fre"] {
        assert!(!is_shown(absent, text), "{absent}");
    }
    let table: Table = "a = 1\n[b]\nc = 2\n[b.d]\ne = 3\n[f]\n".parse().unwrap();
    assert_eq!(keys(&table), ["a", "b.c", "b.d.e", "f"]);
}

/// What jemalloc says of itself when the service ends that the tests above have built.
fn allocator_of_the_service(root: &Path) -> String {
    let mut service = Command::new(target(root).join("debug/lab-service"));
    let ended = service.arg("--help").env("MALLOC_CONF", "stats_print:true").output().unwrap();
    String::from_utf8_lossy(&ended.stderr).into_owned()
}

fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// Runs cargo in the generated workspace, in the target folder of this one, which has most of what it needs, and returns
/// what it printed.
fn cargo(root: &Path, workspace: &Path, arguments: &[&str]) -> String {
    let ended = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(workspace)
        .env("CARGO_TARGET_DIR", target(root))
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&ended.stdout).into_owned();
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "cargo {}:\n{told}{printed}", arguments[0]);
    printed
}
