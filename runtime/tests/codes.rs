//! Every code that the runtime can say is explained in docs/codes.md, and reached by a test.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The codes in a text: a quoted capital letter, a dash and three digits.
fn codes(text: &str, quote: &str, into: &mut BTreeSet<String>) {
    for part in text.split(quote) {
        let bytes = part.as_bytes();
        let is_code = bytes.len() == 5 && bytes[0].is_ascii_uppercase() && bytes[1] == b'-';
        if is_code && bytes[2..].iter().all(u8::is_ascii_digit) {
            into.insert(part.to_owned());
        }
    }
}

fn walk(folder: &Path, into: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        // The testing rig's script says a code of its own.
        if path.ends_with("testing") {
            continue;
        }
        if path.is_dir() {
            walk(&path, into);
        } else {
            codes(&std::fs::read_to_string(&path).unwrap(), "\"", into);
        }
    }
}

#[test]
fn every_code_is_explained() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut said, mut explained) = (BTreeSet::new(), BTreeSet::new());
    walk(&home.join("src"), &mut said);
    walk(&home.join("../contract/src"), &mut said);
    codes(
        &std::fs::read_to_string(home.join("../docs/codes.md"))
            .unwrap()
            .replace("| ", "|")
            .replace(" |", "|"),
        "|",
        &mut explained,
    );
    assert!(said.len() > 50, "codes are found at all");
    assert_eq!(said.difference(&explained).collect::<Vec<_>>(), Vec::<&String>::new(), "said, not explained");
    assert_eq!(
        explained.difference(&said).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "explained, never said"
    );
}

/// Codes that no test reaches, and why not.
const UNREACHED: &[(&str, &str)] = &[
    ("A-104", "a system without random numbers"),
    ("C-002", "a process that may start no further thread: so may its test"),
    ("C-003", "no source of ours ends: a server that ends its stream is a C-120"),
    ("K-107", "librdkafka's fatal errors of a consumer, but for those that fence it"),
    (
        "K-112",
        "a broker that goes between a record and the commit of its offset, within one call of the client",
    ),
    ("K-113", "a machine without a free port"),
    ("K-123", "a broker that forgets what it has acknowledged"),
    ("K-125", "a broker that takes offsets and, right after, no record"),
];

/// Files that list codes and reach none: this one, and what is held to the guide.
const LISTS: [&str; 2] = ["runtime/tests/codes.rs", "tests/tests/operate.rs"];

/// Adds the tests' text of a folder: whole files of tests, and what stands in a file behind its `mod tests`.
fn tests(home: &Path, folder: &Path, into: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            tests(home, &path, into);
            continue;
        }
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let name = path.strip_prefix(home).unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let whole = name.contains("/tests/") || name.ends_with("tests.rs");
        let from = if whole { Some(0) } else { text.find("#[cfg(test)]\nmod tests {") };
        let Some(from) = from.filter(|_| !LISTS.contains(&name.as_str())) else { continue };
        let code = text[from..].lines().filter(|line| !line.trim_start().starts_with("//"));
        into.insert(name, code.collect::<Vec<_>>().join("\n"));
    }
}

#[test]
fn every_code_is_reached_by_a_test_or_says_why_not() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut explained = BTreeSet::new();
    let page = std::fs::read_to_string(home.join("docs/codes.md")).unwrap();
    codes(&page.replace("| ", "|").replace(" |", "|"), "|", &mut explained);
    let mut texts = BTreeMap::new();
    for folder in ["runtime/src", "runtime/tests", "contract/src", "cli/tests", "tests/tests"] {
        tests(&home, &home.join(folder), &mut texts);
    }
    assert!(texts.len() > 50, "tests are found at all");
    let named = |code: &str| texts.values().any(|text| text.contains(code));
    let excused = |code: &str| UNREACHED.iter().any(|(excused, _)| *excused == code);
    let unreached: Vec<&String> = explained.iter().filter(|code| !named(code) && !excused(code)).collect();
    assert!(unreached.is_empty(), "no test names these: {unreached:?}");
    for (code, why) in UNREACHED {
        assert!(explained.contains(*code) && !why.is_empty(), "{code} is not in docs/codes.md");
        assert!(!named(code), "{code} is reached by a test: take it off the list");
    }
}
