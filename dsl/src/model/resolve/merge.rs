//! One fault gives one error: a misspelt declaration makes every use of its name unknown, and is reported once with all the
//! places.

use std::collections::HashMap;

use crate::check::capture::{unknown_column, unknown_source};
use crate::check::names::unknown_context;
use crate::check::types::{bare_field, enum_value, unknown_field, unknown_type};
use crate::diagnostic::{Diagnostic, Label};
use crate::source::Span;

/// The most places that one error shows.
const MOST_PLACES: usize = 8;

/// Joins the errors about one unknown name into the first of them.
pub(crate) fn same_faults(found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let joined = [
        &unknown_context::RULE,
        &unknown_type::RULE,
        &unknown_source::RULE,
        &bare_field::RULE,
        &unknown_field::RULE,
        &enum_value::RULE,
        &unknown_column::RULE,
    ];
    let mut first: HashMap<(&str, String, Option<String>), usize> = HashMap::new();
    let mut kept: Vec<Diagnostic> = Vec::with_capacity(found.len());
    for diagnostic in found {
        if !joined.iter().any(|rule| rule.code == diagnostic.rule.code) {
            kept.push(diagnostic);
            continue;
        }
        let key = (diagnostic.rule.code, diagnostic.message.clone(), diagnostic.help.clone());
        match first.get(&key) {
            Some(&index) => add(&mut kept[index], diagnostic.labels[0].span),
            None => {
                first.insert(key, kept.len());
                kept.push(diagnostic);
            }
        }
    }
    kept
}

/// Adds a place to an error.
pub(crate) fn add(to: &mut Diagnostic, span: Span) {
    if to.labels.len() < MOST_PLACES {
        to.labels.push(Label { span, text: "and here".into() });
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::codes;

    #[test]
    fn a_misspelt_declaration_is_one_error() {
        let model = "context A { event Placd\n command C -> Placed\n policy P { whenever Placed }\n policy Q { whenever Placed } }";
        assert_eq!(codes(model), ["S0202"]);
    }
}
