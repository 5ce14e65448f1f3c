//! What models generate, as files: `artifacts/<case>/model` makes `artifacts/<case>/expected`. `STORM_BLESS=1` writes
//! the expected files. A file `shown` beside them names the paths that are kept, a prefix a line; without it all are.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use storm_tests::generated::{generate_into, read_tree};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("artifacts");
    let mut cases: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

fn shown(case: &Path, path: &str) -> bool {
    let Ok(list) = fs::read_to_string(case.join("shown")) else { return true };
    list.lines().any(|prefix| path == prefix || path.starts_with(&format!("{prefix}/")))
}

/// What differs, a line a file.
fn differences(expected: &BTreeMap<String, Vec<u8>>, found: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let paths = expected.keys().chain(found.keys().filter(|path| !expected.contains_key(*path)));
    let told = paths.filter_map(|path| match (expected.get(path), found.get(path)) {
        (Some(one), Some(other)) if one == other => None,
        (Some(one), Some(other)) => {
            let (one, other) = (String::from_utf8_lossy(one), String::from_utf8_lossy(other));
            let line = one.lines().zip(other.lines()).position(|(one, other)| one != other);
            Some(format!("{path}: differs from line {}", line.map_or(0, |line| line + 1)))
        }
        (Some(_), None) => Some(format!("{path}: is not generated any more")),
        (None, _) => Some(format!("{path}: is new")),
    });
    told.collect()
}

#[test]
fn models_generate_what_is_expected() {
    let bless = std::env::var_os("STORM_BLESS").is_some();
    let mut wrong = Vec::new();
    for case in cases() {
        let out = tempfile::tempdir().unwrap();
        generate_into(&case.join("model"), out.path(), "../runtime");
        let mut found = read_tree(out.path());
        found.retain(|path, _| shown(&case, path) && !path.ends_with(".binpb"));
        assert!(!found.is_empty(), "{}: shows no file", case.display());
        let expected = case.join("expected");
        if bless {
            let _ = fs::remove_dir_all(&expected);
            for (path, contents) in &found {
                let path = expected.join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, contents).unwrap();
            }
        }
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        wrong.extend(
            differences(&read_tree(&expected), &found).into_iter().map(|line| format!("{name}: {line}")),
        );
    }
    assert!(wrong.is_empty(), "look, then bless with STORM_BLESS=1:\n{}", wrong.join("\n"));
}
