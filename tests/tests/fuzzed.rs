//! What was found by fuzzing, and what fuzzing begins with, played through the same functions without a fuzzer: a file in
//! `tests/fuzzed/<target>/` is an input, and what was found once is held forever.

use std::alloc::System;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use cap::Cap;
use storm_runtime::testing::Readers;
use storm_runtime::testing::fuzzed::{binlog, door, record};

#[expect(dead_code, reason = "the model is that of the runtime's own tests")]
#[path = "../../runtime/tests/mini/mod.rs"]
mod mini;

/// A short input that makes room for more than this in all ends the program, as it would end a fuzzer's.
#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, 1 << 30);

static READERS: LazyLock<Readers> =
    LazyLock::new(|| Readers::new(mini::service::orders(mini::handlers::Handlers::default())));
static DESCRIPTORS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    fs::read(storm_tests::root().join("generated-example/proto/descriptors.binpb"))
        .expect("the example's set")
});

/// A target of `fuzz/fuzz_targets/`, what it plays, and what of the tree it begins with beside its own folder.
struct Target {
    name: &'static str,
    play: fn(&[u8]),
    seeds: &'static [&'static str],
}

const TARGETS: &[Target] = &[
    Target { name: "binlog", play: binlog, seeds: &["models/shop/recording"] },
    Target { name: "door", play: door, seeds: &[] },
    Target { name: "frames", play: storm_broker::fuzzed::frames, seeds: &[] },
    Target { name: "model", play: stormc::fuzzed::model, seeds: &["models", "tests/diagnostics"] },
    Target { name: "record", play: |bytes| record(&READERS, bytes), seeds: &[] },
    Target { name: "tail", play: |bytes| stormc::fuzzed::tail(&DESCRIPTORS, bytes), seeds: &[] },
];

/// Every file below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// Plays a target's inputs, each whole, cut short at some places, and with some bytes turned.
fn play(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target");
    let root = storm_tests::root();
    let own = format!("tests/fuzzed/{name}");
    let mut played = 0;
    for folder in std::iter::once(&own.as_str()).chain(target.seeds) {
        for file in files(&root.join(folder)) {
            let bytes = fs::read(&file).unwrap();
            // The one that a panic stops at is the last one that is named.
            println!("{}", file.strip_prefix(&root).unwrap().display());
            (target.play)(&bytes);
            for part in 1..8 {
                let at = bytes.len() * part / 8;
                (target.play)(&bytes[..at]);
                let mut turned = bytes.clone();
                if let Some(byte) = turned.get_mut(at) {
                    *byte ^= 1 << part;
                    (target.play)(&turned);
                }
            }
            played += 1;
        }
    }
    assert!(played > 0, "{own} has no input");
}

#[test]
fn a_model_is_understood_or_told_what_is_wrong_in_its_text() {
    play("model");
}

#[test]
fn bytes_of_a_binary_log_are_rows_or_a_coded_error() {
    play("binlog");
}

#[test]
fn a_record_is_work_a_dead_letter_or_passed_over() {
    play("record");
}

#[test]
fn a_request_at_the_door_is_taken_or_refused_field_by_field() {
    play("door");
}

#[test]
fn a_record_is_shown_as_one_line_of_json() {
    play("tail");
}

#[test]
fn bytes_of_a_client_are_answered_or_close_its_connection() {
    play("frames");
}

#[test]
fn every_target_is_played_here() {
    let targets = files(&storm_tests::root().join("fuzz/fuzz_targets"));
    let stem = |path: &PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let there: BTreeSet<String> = targets.iter().map(stem).collect();
    assert_eq!(there, TARGETS.iter().map(|target| target.name.to_owned()).collect());
}
