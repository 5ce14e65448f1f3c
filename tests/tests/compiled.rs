//! A generated workspace with every type and every expression of the language: clippy finds nothing, and every type
//! comes back from its bytes as it was.

use std::fs;
use std::path::Path;
use std::process::Command;

use storm_tests::generated::generate_into;

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
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    for arguments in [
        ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"].as_slice(),
        ["test", "--package", "lab-service", "--quiet"].as_slice(),
    ] {
        let ended = Command::new(env!("CARGO"))
            .args(arguments)
            .current_dir(out.path())
            .env("CARGO_TARGET_DIR", target.join("generated"))
            .output()
            .unwrap();
        let told =
            String::from_utf8_lossy(&ended.stderr).into_owned() + &String::from_utf8_lossy(&ended.stdout);
        assert!(ended.status.success(), "cargo {}:\n{told}", arguments[0]);
    }
}
