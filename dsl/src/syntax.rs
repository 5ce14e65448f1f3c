//! Text to syntax tree. pest lives here and nowhere else.

pub mod tree;

mod parse;

use crate::diagnostic::{Diagnostic, Rule};
use crate::source::FileId;
use tree::SyntaxTree;

/// Reads one file. It never fails: what could not be read became diagnostics, and poisons the declaration it stands in.
///
/// The work grows with the length of the text alone, whatever it says.
pub fn parse(file: FileId, text: &str) -> (SyntaxTree, Vec<Diagnostic>) {
    parse::file(file, text)
}

/// Every rule of the syntax, by code, for `stormc explain`.
pub static RULES: &[&Rule] = parse::RULES;

#[cfg(test)]
mod tests;
