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
    for (section, keys) in &default {
        for key in keys.as_table().into_iter().flat_map(Table::keys) {
            assert!(
                text.contains(&format!("{key} = ")) || text.contains(&format!("[{section}.{key}]")),
                "{key}"
            );
        }
    }
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
