//! The `use` lines of a Rust file, found by reading its body: a name that is offered and stands in the code is imported.
//! It must not know what the code is about.

use std::collections::{BTreeMap, BTreeSet};

/// Names that a file may use, each with the path it is imported from.
#[derive(Default)]
pub(super) struct Uses {
    offered: BTreeMap<String, Offer>,
}

/// What public types stand on.
const CONTRACT: &[&str] = &[
    "Command",
    "Date",
    "Decimal",
    "Duration",
    "Event",
    "Json",
    "Message",
    "Refusal",
    "Time",
    "Timestamp",
    "Uuid",
];

/// The runtime's names.
#[rustfmt::skip]
const RUNTIME: &[&str] = &[
    "Change", "ColumnSpec", "Command", "CommandTable", "ContextSpec", "Date", "Decimal", "Duration", "Event", "Failure",
    "GiveUp", "Json", "Message", "Op", "Policy", "RawRow", "Refusal", "Retry", "Service", "SourceSpec", "TableSpec", "Time",
    "Timestamp", "TopicSpec", "TopicsSpec", "Uuid", "Wire", "Work", "hours", "millis", "minutes", "row", "seconds",
];

struct Offer {
    /// `storm_runtime`, `super::events`
    path: String,
    /// As it stands in the braces: `wire as convert`.
    import: String,
    /// A name in small letters that counts wherever it stands, not only where it is called.
    anywhere: bool,
}

impl Uses {
    /// What every generated file of a service may use.
    pub(super) fn new() -> Self {
        Self::standing_on("storm_runtime", RUNTIME)
    }

    /// What every file of the public types may use.
    pub(super) fn public() -> Self {
        Self::standing_on("storm_contract", CONTRACT)
    }

    fn standing_on(library: &str, names: &[&str]) -> Self {
        let mut uses = Uses::default();
        uses.offer("std", &["fmt"]);
        uses.offer("std::collections", &["BTreeMap"]);
        uses.offer("serde", &["Serialize", "Deserialize"]);
        uses.offer(library, names);
        uses.offer(&format!("{library}::wire"), &["required"]);
        uses.offer_as("convert", library, "wire as convert");
        uses
    }

    /// These names are in scope already.
    pub(super) fn forget<S: AsRef<str>>(&mut self, names: &[S]) {
        for name in names {
            self.offered.remove(name.as_ref());
        }
    }

    /// These names come from this path.
    pub(super) fn offer<S: AsRef<str>>(&mut self, path: &str, names: &[S]) {
        for name in names {
            self.offer_as(name.as_ref(), path, name.as_ref());
        }
    }

    /// This name comes from this path, written like this.
    pub(super) fn offer_as(&mut self, name: &str, path: &str, import: &str) {
        let offer = Offer { path: path.to_owned(), import: import.to_owned(), anywhere: false };
        self.offered.entry(name.to_owned()).or_insert(offer);
    }

    /// These functions come from this path; they are handed on, not called.
    pub(super) fn offer_values<S: AsRef<str>>(&mut self, path: &str, names: &[S]) {
        for name in names {
            let offer = Offer { path: path.to_owned(), import: name.as_ref().to_owned(), anywhere: true };
            self.offered.insert(name.as_ref().to_owned(), offer);
        }
    }

    /// The `use` lines for this body, in rustfmt's groups and order, with a blank line after them.
    pub(super) fn lines(&self, body: &str) -> String {
        let mut by_path: BTreeMap<(u8, &str), BTreeSet<&str>> = BTreeMap::new();
        let found = names_in(body);
        for (name, use_of) in &found.used {
            if let Some(offer) = self.offered.get(name)
                && (offer.anywhere || *use_of == Use::Counts)
                && !found.defined.contains(name)
            {
                by_path.entry((group(&offer.path), &offer.path)).or_default().insert(&offer.import);
            }
        }
        // prost's own trait, for its methods.
        if body.contains(".encode_to_vec()") || body.contains("::decode(bytes)") {
            by_path.entry((1, "prost")).or_default().insert("Message as _");
        }
        let mut out = String::new();
        let mut last = None;
        for ((group, path), names) in by_path {
            if last.is_some_and(|last| last != group) {
                out.push('\n');
            }
            last = Some(group);
            out.push_str(&one(path, &names));
        }
        if !out.is_empty() {
            out.push('\n');
        }
        out
    }
}

fn group(path: &str) -> u8 {
    match path.split("::").next() {
        Some("std") => 0,
        Some("crate" | "super" | "self") => 2,
        _ => 1,
    }
}

fn one(path: &str, names: &BTreeSet<&str>) -> String {
    let all: Vec<&str> = names.iter().copied().collect();
    if let [only] = all.as_slice() {
        return format!("use {path}::{only};\n");
    }
    let line = format!("use {path}::{{{}}};\n", all.join(", "));
    if line.len() <= 101 {
        return line;
    }
    let mut out = format!("use {path}::{{\n");
    let mut row = String::from("   ");
    for name in all {
        if row.len() + name.len() + 2 > 100 {
            out.push_str(&row);
            out.push('\n');
            row = String::from("   ");
        }
        row.push_str(&format!(" {name},"));
    }
    out + &row + "\n};\n"
}

/// What stands in a body.
#[derive(Default)]
struct Names {
    used: BTreeMap<String, Use>,
    defined: BTreeSet<String>,
}

/// How a name is used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    /// In small letters, neither called nor the start of a path: perhaps a variable or a field.
    Perhaps,
    Counts,
}

/// Names in the code, those in comments, in strings and after `::` or `.` not among them.
fn names_in(body: &str) -> Names {
    let mut names = Names::default();
    for line in body.lines() {
        let code = without_strings(line);
        let code = code.split("//").next().unwrap_or("");
        let bytes = code.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let start = at;
            while at < bytes.len() && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_') {
                at += 1;
            }
            if at == start {
                at += 1;
                continue;
            }
            let (name, before, after) = (&code[start..at], &code[..start], &code[at..]);
            if before.ends_with("::") || before.ends_with('.') || after.trim_start().starts_with("= ") {
                continue;
            }
            if ["pub struct ", "pub enum ", "pub trait ", "pub fn ", "pub static "].contains(&before) {
                names.defined.insert(name.to_owned());
            }
            let small = name.starts_with(|c: char| c.is_ascii_lowercase());
            let counts = !small || after.starts_with("::") || after.starts_with('(');
            let use_of = if counts { Use::Counts } else { Use::Perhaps };
            let known = names.used.entry(name.to_owned()).or_insert(use_of);
            *known = use_of.max(*known);
        }
    }
    names
}

fn without_strings(line: &str) -> String {
    let mut out = String::new();
    let (mut inside, mut escaped) = (false, false);
    for letter in line.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if inside => escaped = true,
            '"' => inside = !inside,
            _ if inside => {}
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_in_the_code_is_imported() {
        let mut uses = Uses::new();
        uses.offer("super::events", &["OrderPaid", "OrderPlaced", "OrderGone"]);
        uses.offer("super::foreign", &["payments"]);
        uses.offer("storm_runtime", &["hours", "minutes"]);
        let body = "/// [`OrderGone`]\nfn a(x: &OrderPlaced) -> Decimal { payments::OrderPaid { hours: x.hours } }\n\
                    const S: &str = \"OrderGone\"; fn b() { minutes(1) }\n";
        assert_eq!(
            uses.lines(body),
            "use storm_runtime::{Decimal, minutes};\n\nuse super::events::OrderPlaced;\nuse super::foreign::payments;\n\n"
        );
    }
}
