//! From a file's text to its syntax tree: scan, match the grammar once, build the tree, and say what is wrong with
//! what the grammar's catch-alls ate. It must not know what a name refers to.

mod aggregate;
mod braces;
mod build;
mod damage;
mod declaration;
mod entry;
mod expected;
mod expression;
mod field;
mod grammar;
mod literal;
mod once;
mod outside;
mod policy;
mod process;
mod scan;
mod scenario;
mod stop;
mod stream;

use self::build::Build;
use self::grammar::{Rule, Storm};
use crate::diagnostic::{self, Diagnostic};
use crate::source::FileId;
use crate::syntax::tree::SyntaxTree;
use pest::Parser;

/// The rules of the syntax, by code.
pub(super) static RULES: &[&diagnostic::Rule] = &[
    &damage::UNEXPECTED,
    &damage::UNKNOWN_WORD,
    &braces::BRACE_MISSING,
    &braces::BRACE_TOO_MANY,
    &damage::TEXT_NOT_CLOSED,
    &damage::TWO_ON_A_LINE,
    &once::GIVEN_TWICE,
    &damage::ANNOTATION_AFTER,
    &damage::DOC_AFTER,
    &entry::OUTSIDE_IN_CONTEXT,
    &scan::NESTED_TOO_DEEPLY,
    &literal::NUMBER_TOO_LARGE,
    &literal::NOT_A_DATE,
    &expression::CHAINED_COMPARISON,
    &literal::UNKNOWN_ESCAPE,
    &field::DEFAULT_OUTSIDE_STATE,
    &scenario::AND_AFTER_NOTHING,
    &policy::MIXED_JOIN,
    &entry::NOT_ANNOTATED,
    &build::MORE_ERRORS,
];

/// See [`crate::syntax::parse`].
pub(super) fn file(file: FileId, text: &str) -> (SyntaxTree, Vec<Diagnostic>) {
    let scanned = scan::scan(file, text);
    let mut build = Build::new(file, &scanned.text, scanned.diagnostics);
    let items = match Storm::parse(Rule::file, &scanned.text) {
        Ok(mut pairs) => entry::items(&mut build, pairs.next().expect("a match of `file` holds one pair")),
        Err(error) => {
            // The catch-alls take whatever stands in a file, so that this is a defect of the grammar; it is said, not hidden.
            damage::unread_file(&mut build, &error);
            Vec::new()
        }
    };
    (SyntaxTree { file, items }, build.finish())
}
