//! The lock's text: TOML, one pin a line, sorted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::Deserialize;
use storm_dsl::diagnostic::{Diagnostic, Rule, Severity};

use super::rules::{NUMBER_TWICE, UNREADABLE};
use super::{Lock, Numbers, TopicPin};

const FORMAT: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    format: u32,
    #[serde(default)]
    topic: BTreeMap<String, PinText>,
    #[serde(default, rename = "enum")]
    enums: BTreeMap<String, EnumText>,
    #[serde(default)]
    message: BTreeMap<String, MessageText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PinText {
    name: String,
    partitions: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EnumText {
    #[serde(default)]
    values: BTreeMap<String, u32>,
    #[serde(default)]
    removed: BTreeMap<String, BTreeSet<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MessageText {
    #[serde(default)]
    fields: BTreeMap<String, FieldText>,
    #[serde(default)]
    removed: BTreeMap<String, BTreeSet<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldText {
    number: u32,
    #[serde(rename = "type")]
    ty: String,
}

pub(super) fn parse(text: &str) -> Result<Lock, Diagnostic> {
    if let Some(line) =
        text.lines().position(|line| line.starts_with("<<<<<<<") || line.starts_with(">>>>>>>"))
    {
        let message = format!("`storm.lock`, line {}: a merge conflict is not resolved", line + 1);
        return Err(complaint(
            &UNREADABLE,
            message,
            "keep the lines of both sides, then run `stormc generate` again",
        ));
    }
    let read: Text = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        let message = format!("`storm.lock`, line {line}: {}", error.message().trim().to_lowercase());
        complaint(
            &UNREADABLE,
            message,
            "restore the file from version control; do not delete it: it holds numbers that are published",
        )
    })?;
    if read.format != FORMAT {
        let message = format!("`storm.lock` is of format {}, this stormc knows format {FORMAT}", read.format);
        return Err(complaint(&UNREADABLE, message, "use the stormc that wrote it, or a newer one"));
    }
    let enums = read.enums.into_iter().map(|(name, text)| {
        let live = text.values.into_iter().map(|(value, number)| (value, (number, String::new()))).collect();
        (name, Numbers { live, removed: text.removed })
    });
    let messages = read.message.into_iter().map(|(name, text)| {
        let live = text.fields.into_iter().map(|(field, pin)| (field, (pin.number, pin.ty))).collect();
        (name, Numbers { live, removed: text.removed })
    });
    let topics =
        read.topic.into_iter().map(|(of, pin)| (of, TopicPin { name: pin.name, partitions: pin.partitions }));
    let lock = Lock { enums: enums.collect(), messages: messages.collect(), topics: topics.collect() };
    lock.enums.iter().chain(&lock.messages).try_for_each(|(name, numbers)| proven(name, numbers))?;
    Ok(lock)
}

/// Each number once, and within what protobuf allows.
fn proven(owner: &str, numbers: &Numbers) -> Result<(), Diagnostic> {
    let live = numbers.live.iter().map(|(name, (number, _))| (name, *number));
    let removed =
        numbers.removed.iter().flat_map(|(name, gone)| gone.iter().map(move |number| (name, *number)));
    let mut seen: BTreeMap<u32, &str> = BTreeMap::new();
    for (name, number) in live.chain(removed) {
        if number == 0 || number > 536_870_911 || (19_000..=19_999).contains(&number) {
            let message = format!(
                "`storm.lock`: `{owner}.{name}` has the number {number}, which protobuf does not allow"
            );
            return Err(complaint(&UNREADABLE, message, "restore the file from version control"));
        }
        if let Some(other) = seen.insert(number, name) {
            let message =
                format!("`storm.lock`: `{other}` and `{name}` of `{owner}` both have the number {number}");
            return Err(complaint(
                &NUMBER_TWICE,
                message,
                "keep the one that is published, delete the other's line, and run `stormc generate`",
            ));
        }
    }
    Ok(())
}

fn complaint(rule: &'static Rule, message: String, help: &str) -> Diagnostic {
    Diagnostic { rule, severity: Severity::Error, message, labels: Vec::new(), help: Some(help.into()) }
}

pub(super) fn text(lock: &Lock) -> String {
    let mut out = String::from(
        "# Numbers and names that published data depends on. Written by `stormc generate`; commit it beside the model.\n\
         # A number is never changed and never given twice: do not edit.\n",
    );
    let _ = writeln!(out, "format = {FORMAT}");
    for (of, pin) in &lock.topics {
        let _ = writeln!(
            out,
            "\n[topic.{}]\nname = {}\npartitions = {}",
            quoted(of),
            quoted(&pin.name),
            pin.partitions
        );
    }
    for (name, numbers) in &lock.enums {
        let _ = writeln!(out, "\n[enum.{}.values]", quoted(name));
        for (value, (number, _)) in by_number(numbers) {
            let _ = writeln!(out, "{} = {number}", key(value));
        }
        removed(&mut out, "enum", name, numbers);
    }
    for (name, numbers) in &lock.messages {
        let _ = writeln!(out, "\n[message.{}.fields]", quoted(name));
        for (field, (number, ty)) in by_number(numbers) {
            let _ = writeln!(out, "{} = {{ number = {number}, type = {} }}", key(field), quoted(ty));
        }
        removed(&mut out, "message", name, numbers);
    }
    out
}

fn by_number(numbers: &Numbers) -> Vec<(&String, &(u32, String))> {
    let mut live: Vec<_> = numbers.live.iter().collect();
    live.sort_by_key(|(_, (number, _))| *number);
    live
}

fn removed(out: &mut String, kind: &str, name: &str, numbers: &Numbers) {
    if numbers.removed.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n[{kind}.{}.removed]", quoted(name));
    for (gone, given) in &numbers.removed {
        let given: Vec<String> = given.iter().map(u32::to_string).collect();
        let _ = writeln!(out, "{} = [{}]", key(gone), given.join(", "));
    }
}

fn key(name: &str) -> String {
    let bare = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare && !name.is_empty() { name.to_owned() } else { quoted(name) }
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock() -> Lock {
        let live =
            [("a".to_owned(), (2, "string".to_owned())), ("größe".to_owned(), (1, "Line[]".to_owned()))];
        let removed = [("gone".to_owned(), BTreeSet::from([3, 4]))];
        let numbers = Numbers { live: live.into(), removed: removed.into() };
        let values =
            Numbers { live: [("placed".to_owned(), (1, String::new()))].into(), removed: BTreeMap::new() };
        Lock {
            messages: [("ordering.v1.OrderPlaced".to_owned(), numbers)].into(),
            enums: [("ordering.v1.OrderStatus".to_owned(), values)].into(),
            topics: [(
                "ordering.events".to_owned(),
                TopicPin { name: "ordering_events".into(), partitions: 8 },
            )]
            .into(),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text = text(&lock());
        assert_eq!(parse(&text).unwrap(), lock());
        assert!(text.contains("a = { number = 2, type = \"string\" }"), "{text}");
    }

    #[test]
    fn a_damaged_lock_is_named_with_its_line() {
        let conflict = "format = 1\n<<<<<<< HEAD\n";
        assert!(parse(conflict).unwrap_err().message.contains("line 2: a merge conflict"));
        let broken = "format = 1\n[topic.\"x\"]\nname = 3\npartitions = 1\n";
        let error = parse(broken).unwrap_err();
        assert_eq!((error.rule.code, error.message.contains("line 3")), ("S0680", true), "{}", error.message);
        let twice = text(&lock()).replace("number = 2", "number = 1");
        assert_eq!(parse(&twice).unwrap_err().rule.code, "S0681");
        assert_eq!(parse("format = 9").unwrap_err().rule.code, "S0680");
    }
}
