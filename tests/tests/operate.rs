//! The operator's guide against what a service really says: each code that stops one has its place there, and each alert
//! its heading.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Codes that stop nothing: the loop goes on by itself, the record is dead-lettered, the caller is answered. Their rows in
/// `docs/codes.md` say all there is to do.
const PASSING: &[&str] =
    &["C-003", "C-009", "C-101", "C-120", "C-121", "C-154", "C-156", "K-103", "K-110", "K-111", "K-112"];
const PASSING_KINDS: &[&str] = &["A-2", "D-", "H-1", "H-2", "K-12", "K-13", "P-00", "S-00", "T-", "V-"];
/// Of these kinds, the ones that stop a service after all.
const HALTING: &[&str] = &["H-106", "K-121", "K-122", "P-001", "S-004"];

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// `C-101` within a text, and all between two that are joined by `to`.
fn codes(text: &str) -> BTreeSet<String> {
    let words: Vec<&str> =
        text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).filter(|w| !w.is_empty()).collect();
    let code = |word: &str| {
        let (kind, number) = word.split_once('-')?;
        let is_code = kind.len() == 1 && kind.chars().all(|c| c.is_ascii_uppercase()) && number.len() == 3;
        Some((kind.to_owned(), number.parse::<u32>().ok()?)).filter(|_| is_code)
    };
    let mut found = BTreeSet::new();
    for (place, word) in words.iter().enumerate() {
        let Some((kind, number)) = code(word) else { continue };
        let before = place.checked_sub(2).filter(|_| words[place - 1] == "to").and_then(|at| code(words[at]));
        let first = before.filter(|(other, _)| *other == kind).map_or(number, |(_, first)| first);
        found.extend((first..=number).map(|number| format!("{kind}-{number:03}")));
    }
    found
}

#[test]
fn every_halt_has_its_place_in_the_guide() {
    let rows: BTreeSet<String> = read("docs/codes.md")
        .lines()
        .filter_map(|line| Some(line.strip_prefix("| ")?.get(..5)?.to_owned()))
        .collect();
    let rows: BTreeSet<String> = rows.into_iter().filter(|row| codes(row).contains(row)).collect();
    assert!(rows.len() > 80, "{rows:?}");
    let guide = codes(&read("docs/operate.md"));
    let passes = |code: &str| {
        !HALTING.contains(&code)
            && (PASSING.contains(&code) || PASSING_KINDS.iter().any(|kind| code.starts_with(kind)))
    };
    let missing: Vec<&String> = rows.iter().filter(|code| !passes(code) && !guide.contains(*code)).collect();
    assert!(missing.is_empty(), "docs/operate.md says nothing of {missing:?}");
    let ranges = |code: &String| !rows.contains(code) && !codes_in_ranges().contains(code);
    let unknown: Vec<&String> = guide.iter().filter(|code| ranges(code)).collect();
    assert!(unknown.is_empty(), "docs/operate.md names {unknown:?}, which docs/codes.md does not have");
}

/// Numbers that a range of the guide passes over need not be taken.
fn codes_in_ranges() -> BTreeSet<String> {
    let text = read("docs/operate.md");
    let single: BTreeSet<String> = codes(&text.replace(" to ", " , "));
    codes(&text).difference(&single).cloned().collect()
}

#[test]
fn every_alert_has_its_heading_in_the_guide() {
    let rules = read("generated-example/deploy/rules.yml");
    let alerts: BTreeSet<&str> =
        rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).map(str::trim).collect();
    assert!(alerts.len() > 10, "{alerts:?}");
    let guide = read("docs/operate.md");
    let headings: BTreeSet<&str> = guide.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let missing: Vec<&&str> = alerts.iter().filter(|alert| !headings.contains(*alert)).collect();
    assert!(missing.is_empty(), "docs/operate.md has no heading for {missing:?}");
    let one_word = |heading: &&&str| {
        heading.starts_with("Storm") || heading.starts_with("Kafka") && !heading.contains(' ')
    };
    let unknown: Vec<&&str> =
        headings.iter().filter(one_word).filter(|heading| !alerts.contains(*heading)).collect();
    assert!(
        unknown.is_empty(),
        "docs/operate.md has headings for alerts that are not generated: {unknown:?}"
    );
}

/// An offset counts in one partition: whoever is sent to a record is sent to that one.
#[test]
fn a_record_is_named_by_its_partition_and_offset() {
    let guide = read("docs/operate.md");
    let commands = guide.split('`').flat_map(str::lines).filter(|text| text.starts_with("stormc tail "));
    let at_offsets: Vec<&str> = commands.filter(|command| command.contains(" --from <offset>")).collect();
    assert!(at_offsets.len() >= 3, "{at_offsets:?}");
    for command in at_offsets {
        assert!(command.contains(" --partition ") && command.contains(" --limit 1"), "{command}");
    }
}

/// What a person needs who has only this page: where the cluster is, what reads a record, how a service is started.
#[test]
fn the_guide_says_how_to_reach_things() {
    let guide = read("docs/operate.md");
    for word in
        ["--brokers", "STORM_KAFKA__BROKERS", "--descriptors", "--model", "S0824", "--config", "  help: "]
    {
        assert!(guide.contains(word), "docs/operate.md says nothing of `{word}`");
    }
}

#[test]
fn ranges_are_read() {
    let found = codes("F-101 to F-103, H-106. See C-1 and X-0012");
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["F-101", "F-102", "F-103", "H-106"]);
}
