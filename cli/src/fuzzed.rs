//! What must hold of any text as a model, and of any record as `stormc tail` shows it. Each takes any bytes and panics when a
//! promise is broken: fuzzing calls them without end (`cargo x fuzz`), and a plain test plays what was found.

use storm_codegen::project::{Project, Runtime};
use storm_dsl::diagnostic::{Diagnostic, Severity};
use storm_dsl::source::{SourceFile, SourceSet};

use crate::command::tail;
use crate::decode::Descriptors;
use crate::kafka::Record;
use crate::letters::{Entry, redrive};
use crate::report;

/// How the line begins that begins a file of a model in one text.
const FILE: &str = "=== ";

/// A model: one `.storm` file, or several and their DDL, a line `=== <path>` before each. What is wrong with it stands in
/// its text and can be shown; what is right can be drawn and generated; and all of it the same again.
///
/// # Panics
/// When a promise is broken.
pub fn model(bytes: &[u8]) {
    let sources = sources(&String::from_utf8_lossy(bytes));
    let analysis = storm_dsl::analyse(&sources);
    let _ = storm_dsl::schema_paths(&sources);
    places(&sources, &analysis.diagnostics);
    let found = report::document(&sources, &analysis.diagnostics);
    assert!(serde_json::from_str::<serde_json::Value>(&found).is_ok(), "findings are JSON");
    let _ = report::in_words(&sources, &analysis.diagnostics[..analysis.diagnostics.len().min(3)]);
    let again = storm_dsl::analyse(&sources);
    assert_eq!(report::document(&sources, &again.diagnostics), found, "the same findings again");
    let is_wrong = analysis.diagnostics.iter().any(|found| found.severity == Severity::Error);
    if is_wrong {
        return;
    }
    let options = storm_board::Options::default();
    let svg = storm_board::render(&analysis.graph, &options);
    assert_eq!(storm_board::render(&again.graph, &options), svg, "the same wall again");
    let (valid, ..) = analysis.valid().expect("no error was found");
    let project = Project { name: sources.name.clone(), runtime: Runtime::default() };
    match storm_codegen::generate(&valid, &sources, &project, None) {
        Ok(generated) => {
            // What was generated once is generated again under its own lock, numbers and all.
            let second = storm_codegen::generate(&valid, &sources, &project, Some(&generated.lock_text));
            let second = second.map(|second| second.lock_text).map_err(|found| found.len());
            assert_eq!(second, Ok(generated.lock_text), "the lock is kept");
        }
        Err(refused) => {
            assert!(!refused.is_empty(), "a refusal says why");
            places(&sources, &refused);
        }
    }
}

fn sources(text: &str) -> SourceSet {
    let mut sources = SourceSet { name: "any".into(), ..SourceSet::default() };
    let mut add = |path: &str, text: &str| {
        let file = SourceFile { path: path.into(), text: text.into() };
        if path.ends_with(".sql") { sources.schemas.push(file) } else { sources.files.push(file) }
    };
    let mut rest = text;
    if !rest.starts_with(FILE) {
        add("any.storm", rest);
        return sources;
    }
    while let Some(file) = rest.strip_prefix(FILE) {
        let (path, file) = file.split_once('\n').unwrap_or((file, ""));
        let end = file.find(&format!("\n{FILE}")).map_or(file.len(), |end| end + 1);
        add(path, &file[..end]);
        rest = &file[end..];
    }
    sources
}

/// Each place lies within its file, between two characters.
fn places(sources: &SourceSet, found: &[Diagnostic]) {
    for it in found {
        assert!(!it.labels.is_empty(), "{} has no place", it.rule.code);
        for span in it.labels.iter().map(|label| label.span) {
            let text = &sources.file(span.file).text;
            let place = text.get(span.start as usize..span.end as usize);
            assert!(place.is_some(), "{} points at {span:?} of {} bytes", it.rule.code, text.len());
        }
    }
}

/// A record as `stormc tail` and `stormc dlq` show it, by a descriptor set: its topic and key in the first line, apart by a
/// space; a line for each header, `name: value`; behind an empty line the body.
///
/// # Panics
/// When a promise is broken, or `descriptors` are none.
pub fn tail(descriptors: &[u8], bytes: &[u8]) {
    let descriptors = Descriptors::of(descriptors).expect("a descriptor set");
    let record = record(bytes);
    for reveal in [false, true] {
        let line = tail::shown(&record, &descriptors, reveal);
        assert!(!line.contains('\n'), "a record is one line");
        assert!(serde_json::from_str::<serde_json::Value>(&line).is_ok(), "a line is JSON: {line}");
    }
    if let Entry::Letter(letter) = Entry::of(&record) {
        let _ = letter.name();
        if let Some(back) = &letter.back {
            let [sent, mark] = redrive(&record, back);
            assert!(sent.topic == back.topic && mark.topic == record.topic);
            assert!(
                sent.headers.iter().all(|(name, _)| !name.starts_with("dead-")),
                "a letter goes back as it was"
            );
            assert_eq!((&sent.body, &sent.key), (&record.body, &record.key));
        }
    }
}

fn record(bytes: &[u8]) -> Record {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let end = bytes.windows(2).position(|pair| pair == b"\n\n");
    let mut lines = bytes[..end.unwrap_or(bytes.len())].split(|byte| *byte == b'\n');
    let first = text(lines.next().unwrap_or_default());
    let (topic, key) = first.split_once(' ').map_or((&*first, None), |(topic, key)| (topic, Some(key)));
    let header = |line: &[u8]| match line.windows(2).position(|pair| pair == b": ") {
        Some(at) => (text(&line[..at]), Some(line[at + 2..].to_vec())),
        None => (text(line), None),
    };
    Record {
        topic: topic.into(),
        key: key.map(|key| key.as_bytes().to_vec()),
        headers: lines.map(header).collect(),
        body: end.map(|end| bytes[end + 2..].to_vec()),
        ..Record::default()
    }
}
