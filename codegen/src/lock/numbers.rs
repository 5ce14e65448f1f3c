//! Numbers of one message or enum: given once, kept for ever.

use std::collections::{BTreeMap, BTreeSet};

use storm_dsl::diagnostic::Diagnostic;
use storm_dsl::source::Span;

use super::rules::{STILL_THERE, TYPE_CHANGED};
use crate::types::same_wire;

/// The numbers of a message's fields or of an enum's values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers {
    /// What is there now: number and type by name. An enum's values have no type (`""`).
    pub live: BTreeMap<String, (u32, String)>,
    /// What was there once: numbers by name.
    pub removed: BTreeMap<String, BTreeSet<u32>>,
}

/// A field or value that wants a number.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its name, as the lock spells it.
    pub name: String,
    /// Its type in words; empty for an enum's value.
    pub ty: String,
    /// `renamed from old`
    pub renamed_from: Option<String>,
    /// Its place, for complaints.
    pub span: Span,
}

/// What is done when a type changes so that old bytes would be misread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnTypeChange {
    /// It is an error: the message is a contract.
    Refuse,
    /// The field gets a new number and the old one is reserved: a raw row follows its table.
    Renumber,
}

/// Protobuf keeps these for itself.
const KEPT_BY_PROTOBUF: std::ops::RangeInclusive<u32> = 19_000..=19_999;

impl Numbers {
    /// Gives a number to each that is wanted. One that is no longer wanted is reserved; the order plays no part for
    /// what has a number already.
    pub fn settle(
        &mut self,
        owner: &str,
        wanted: &[Wanted],
        on_type_change: OnTypeChange,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        self.rename(wanted, diagnostics);
        let names: BTreeSet<&str> = wanted.iter().map(|one| one.name.as_str()).collect();
        let gone: Vec<String> =
            self.live.keys().filter(|name| !names.contains(name.as_str())).cloned().collect();
        for name in gone {
            self.reserve(&name);
        }
        for one in wanted {
            match self.live.get_mut(&one.name) {
                Some((_, ty)) if same_wire(ty, &one.ty) => *ty = one.ty.clone(),
                Some((number, ty)) if on_type_change == OnTypeChange::Refuse => diagnostics.push(
                    Diagnostic::error(
                        &TYPE_CHANGED,
                        one.span,
                        format!("`{owner}.{}` was published as `{ty}` (number {number})", one.name),
                    )
                    .at(format!("now `{}`", one.ty))
                    .help("give the new field a new name; if nothing has been published yet, delete its line from `storm.lock`"),
                ),
                Some(_) => {
                    self.reserve(&one.name);
                    self.give(one);
                }
                None => self.give(one),
            }
        }
    }

    /// The number of a name that was settled.
    ///
    /// # Panics
    /// When it was not.
    pub fn number(&self, name: &str) -> u32 {
        self.live.get(name).unwrap_or_else(|| panic!("`{name}` was settled before its number is asked for")).0
    }

    /// Reserved numbers, sorted.
    pub fn reserved(&self) -> Vec<u32> {
        let mut numbers: Vec<u32> = self.removed.values().flatten().copied().collect();
        numbers.sort_unstable();
        numbers
    }

    /// Reserved names: those that are not in use again, sorted.
    pub fn reserved_names(&self) -> Vec<&str> {
        self.removed.keys().filter(|name| !self.live.contains_key(*name)).map(String::as_str).collect()
    }

    fn rename(&mut self, wanted: &[Wanted], diagnostics: &mut Vec<Diagnostic>) {
        for one in wanted {
            let Some(old) = &one.renamed_from else { continue };
            if let Some(still) = wanted.iter().find(|other| other.name == *old) {
                diagnostics.push(
                    Diagnostic::error(
                        &STILL_THERE,
                        one.span,
                        format!("`{}` is renamed from `{old}`, which is still there", one.name),
                    )
                    .also(still.span, "here")
                    .help(format!("remove `{old}`, or leave out `renamed from {old}`")),
                );
            } else if !self.live.contains_key(&one.name)
                && let Some(pin) = self.live.remove(old)
            {
                self.live.insert(one.name.clone(), pin);
            }
        }
    }

    fn reserve(&mut self, name: &str) {
        if let Some((number, _)) = self.live.remove(name) {
            self.removed.entry(name.to_owned()).or_default().insert(number);
        }
    }

    fn give(&mut self, one: &Wanted) {
        let used =
            self.live.values().map(|(number, _)| *number).chain(self.removed.values().flatten().copied());
        let mut number = used.max().unwrap_or(0) + 1;
        if KEPT_BY_PROTOBUF.contains(&number) {
            number = KEPT_BY_PROTOBUF.end() + 1;
        }
        self.live.insert(one.name.clone(), (number, one.ty.clone()));
    }
}

#[cfg(test)]
#[path = "numbers_tests.rs"]
mod tests;
