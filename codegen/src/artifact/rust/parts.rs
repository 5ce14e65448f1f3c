//! A folder of generated Rust files: what each is about, what it uses, its items, and the `mod.rs` that lists them.
//! It must not know what the items are.

use super::docs::doc;
use super::json::FromColumns;
use super::spell::Spell;
use super::uses::Uses;
use super::{codec, items};
use crate::contract::{EnumShape, Message, Of};
use crate::names;

/// A file: its name in the folder (`events`, `codec/events`), and what stands in it.
pub(super) struct Part {
    pub name: String,
    pub public: bool,
    pub about: String,
    pub uses: Uses,
    pub body: String,
}

impl Part {
    /// A public file whose context's parts are its neighbours.
    pub(super) fn new(name: &str, about: &str, body: String, spell: Spell<'_>) -> Self {
        Self { name: name.into(), public: true, about: about.into(), uses: spell.uses(None), body }
    }

    /// A private file under `codec/`; `parts` is the path of the context's parts in the crate.
    pub(super) fn codec(name: &str, about: &str, body: String, spell: Spell<'_>, parts: &str) -> Self {
        let (name, uses) = (format!("codec/{name}"), spell.uses(Some(parts)));
        Self { name, public: false, about: about.into(), uses, body }
    }

    pub(super) fn text(&self) -> String {
        inner(&self.about) + "\n" + &self.uses.lines(&self.body) + &self.body
    }
}

/// A doc comment of the file it stands in.
pub(super) fn inner(about: &str) -> String {
    doc("", about).replace("///", "//!")
}

/// Items with a blank line between them.
pub(super) fn joined(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.trim().to_owned()).collect();
    let items: Vec<String> = items.into_iter().filter(|item| !item.is_empty()).collect();
    if items.is_empty() { String::new() } else { items.join("\n\n") + "\n" }
}

/// Messages as types.
pub(super) fn types(spell: &Spell<'_>, json: &FromColumns, messages: &[&Message]) -> String {
    joined(messages.iter().map(|message| {
        let as_json = matches!(message.of, Of::Record(id) if json.records.contains(&id.0));
        items::message(spell, message, as_json)
    }))
}

/// Enums as types.
pub(super) fn enums(json: &FromColumns, enums: &[&EnumShape]) -> String {
    joined(enums.iter().map(|one| items::enumeration(one, json.enums.contains(&one.id.0))))
}

/// Enums from their numbers and texts.
pub(super) fn enum_codecs(json: &FromColumns, enums: &[&EnumShape]) -> String {
    joined(enums.iter().map(|one| codec::enumeration(one, json.texts.contains(&one.id.0))))
}

/// Messages to bytes and back.
pub(super) fn codecs(spell: &Spell<'_>, messages: &[&Message]) -> String {
    joined(messages.iter().map(|message| codec::message(spell, message)))
}

/// The files of a folder, `mod.rs` among them; `more` follows the modules of the outer one.
pub(super) fn files(folder: &str, about: &str, parts: &[Part], more: &str) -> Vec<(String, String)> {
    let mut files = vec![(format!("{folder}/mod.rs"), modules(about, parts, "") + more)];
    if parts.iter().any(|part| part.name.starts_with("codec/")) {
        let about = "Between the model's types and their bytes: exact both ways, or refused.";
        files.push((format!("{folder}/codec/mod.rs"), modules(about, parts, "codec/")));
    }
    files.extend(parts.iter().map(|part| (format!("{folder}/{}.rs", part.name), part.text())));
    files
}

/// The modules of a folder: those parts whose name starts with the prefix and has nothing further below.
fn modules(about: &str, parts: &[Part], prefix: &str) -> String {
    let mut names: Vec<(String, bool)> = Vec::new();
    for part in parts {
        let Some(rest) = part.name.strip_prefix(prefix) else { continue };
        let (name, public) = match rest.split_once('/') {
            Some((folder, _)) => (folder.to_owned(), false),
            None => (rest.to_owned(), part.public),
        };
        if !names.iter().any(|(known, _)| *known == name) {
            names.push((name, public));
        }
    }
    names.sort();
    let line = |(name, public): &(String, bool)| {
        let visibility = if *public { "pub " } else { "" };
        format!("{visibility}mod {};\n", names::rust(name))
    };
    let lines: String = names.iter().map(line).collect();
    inner(about) + "\n" + &lines
}
