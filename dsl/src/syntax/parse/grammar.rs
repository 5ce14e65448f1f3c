//! The matcher that pest makes of `storm.pest`. It must not know the syntax tree.

/// Matches a text against the rules of `storm.pest`.
#[derive(pest_derive::Parser)]
#[grammar = "syntax/storm.pest"]
pub(super) struct Storm;

/// A matched rule and its place.
pub(super) type Pair<'t> = pest::iterators::Pair<'t, Rule>;
