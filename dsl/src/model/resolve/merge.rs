//! One fault gives one error: a misspelt declaration makes every use of its name unknown, and is reported once with all the
//! places.

use std::collections::HashMap;

use crate::check::capture::unknown_source;
use crate::check::names::{unknown_context, unknown_name};
use crate::check::types::unknown_type;
use crate::diagnostic::{Diagnostic, Label};

/// The most places that one error shows.
const MOST_PLACES: usize = 8;

/// Joins the errors about one unknown name into the first of them.
pub(crate) fn same_faults(found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let joined = [&unknown_name::RULE, &unknown_context::RULE, &unknown_type::RULE, &unknown_source::RULE];
    let mut first: HashMap<(&str, String, Option<String>), usize> = HashMap::new();
    let mut kept: Vec<Diagnostic> = Vec::with_capacity(found.len());
    for diagnostic in found {
        if !joined.iter().any(|rule| rule.code == diagnostic.rule.code) {
            kept.push(diagnostic);
            continue;
        }
        let key = (diagnostic.rule.code, diagnostic.message.clone(), diagnostic.help.clone());
        match first.get(&key) {
            Some(&index) => add(&mut kept[index], diagnostic.labels[0].clone()),
            None => {
                first.insert(key, kept.len());
                kept.push(diagnostic);
            }
        }
    }
    kept
}

fn add(to: &mut Diagnostic, place: Label) {
    if to.labels.len() < MOST_PLACES {
        to.labels.push(Label { text: "and here".into(), ..place });
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
