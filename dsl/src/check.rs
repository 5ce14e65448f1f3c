//! The rules of the language: a file each, with its message, its explanation and its tests. The table below is the
//! registry: what `stormc explain` shows, what is checked and what is tested all derive from it.

pub mod board;
pub mod capture;
pub mod depth;
pub mod file;
pub mod names;
pub mod stream;
#[cfg(test)]
pub(crate) mod testing;
pub mod types;

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::Model;
use crate::model::resolve::Doubts;
use crate::source::SourceSet;

/// What a check looks at.
pub(crate) struct Facts<'a> {
    pub sources: &'a SourceSet,
    pub model: &'a Model,
    /// What has been reported already: a check says nothing about it.
    pub doubts: &'a Doubts,
}

/// A line of the table.
pub(crate) struct Check {
    pub rule: &'static Rule,
    /// Looks for what breaks it; none if that is found while names and types are resolved.
    run: Option<fn(&Facts, &mut Vec<Diagnostic>)>,
}

const fn run(rule: &'static Rule, run: fn(&Facts, &mut Vec<Diagnostic>)) -> Check {
    Check { rule, run: Some(run) }
}

const fn resolving(rule: &'static Rule) -> Check {
    Check { rule, run: None }
}

/// Every rule, by code. A new one is a file and a line.
pub(crate) static CHECKS: &[Check] = &[
    resolving(&names::declared_twice::RULE),
    resolving(&names::unknown_name::RULE),
    resolving(&names::unknown_context::RULE),
    resolving(&names::shadowed::RULE),
    resolving(&names::subject::RULE),
    resolving(&names::ambiguous_name::RULE),
    resolving(&names::said_twice::RULE),
    resolving(&names::ambiguous_value::RULE),
    resolving(&names::annotation::RULE),
    resolving(&types::unknown_type::RULE),
    resolving(&types::type_arguments::RULE),
    resolving(&types::type_shape::RULE),
    resolving(&types::bare_field::RULE),
    resolving(&types::misfit::RULE),
    resolving(&types::literal::RULE),
    resolving(&types::operands::RULE),
    resolving(&types::unset::RULE),
    resolving(&types::lacking::RULE),
    resolving(&types::is_set::RULE),
    resolving(&types::unknown_field::RULE),
    resolving(&types::no_fields::RULE),
    resolving(&types::enum_value::RULE),
    resolving(&types::event_unnamed::RULE),
    resolving(&types::for_each::RULE),
    resolving(&types::state_default::RULE),
    run(&types::recursive_type::RULE, types::recursive_type::check),
    resolving(&board::events_at_home::RULE),
    resolving(&board::hears_events::RULE),
    resolving(&board::sends_commands::RULE),
    resolving(&board::handled_by::RULE),
    resolving(&board::raised_from::RULE),
    resolving(&board::issued_by::RULE),
    run(&board::entrance::RULE, board::entrance::check),
    run(&board::loops::RULE, board::loops::check),
    resolving(&board::invariant::RULE),
    resolving(&board::scenario_step::RULE),
    resolving(&board::clauses::RULE),
    resolving(&board::versions::RULE),
    run(&board::unissued::RULE, board::unissued::check),
    run(&board::cron::RULE, board::cron::check),
    run(&board::retry::RULE, board::retry::check),
    run(&board::loose::RULE, board::loose::check),
    run(&board::scheduled::RULE, board::scheduled::check),
    resolving(&capture::schema_missing::RULE),
    resolving(&capture::schema_syntax::RULE),
    resolving(&capture::schema_alter::RULE),
    resolving(&capture::no_table::RULE),
    resolving(&capture::unknown_source::RULE),
    resolving(&capture::source_kind::RULE),
    resolving(&capture::source_settings::RULE),
    resolving(&capture::change::RULE),
    resolving(&capture::row_image::RULE),
    resolving(&capture::unknown_column::RULE),
    resolving(&capture::nullable_column::RULE),
    resolving(&capture::unmapped::RULE),
    resolving(&capture::column_fits::RULE),
    run(&capture::one_context::RULE, capture::one_context::check),
    run(&capture::table_key::RULE, capture::table_key::check),
    run(&capture::primary_key::RULE, capture::primary_key::check),
    run(&capture::unused_table::RULE, capture::unused_table::check),
    run(&stream::key_field::RULE, stream::key_field::check),
    run(&stream::key_type::RULE, stream::key_type::check),
    run(&stream::depth_order::RULE, stream::depth_order::check),
    run(&stream::ascii::RULE, stream::ascii::check),
    run(&stream::settings::RULE, stream::settings::check),
    run(&stream::topic_name::RULE, stream::topic_name::check),
    run(&stream::topic_twice::RULE, stream::topic_twice::check),
    resolving(&stream::reader_of::RULE),
    resolving(&stream::stream_event::RULE),
    resolving(&stream::stream_view::RULE),
    resolving(&file::too_large::RULE),
    resolving(&file::empty::RULE),
    run(&file::no_declarations::RULE, file::no_declarations::check),
];

/// Runs every check of the table on a resolved model whose depths are reckoned.
pub(crate) fn check(facts: &Facts) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for check in CHECKS {
        if let Some(run) = check.run {
            run(facts, &mut found);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::testing::sources;
    use crate::analyse;
    use crate::diagnostic::Severity;

    /// The fenced blocks of an explanation in this language.
    fn blocks<'t>(explain: &'t str, language: &str) -> Vec<&'t str> {
        let fence = format!("```{language}\n");
        explain.split(fence.as_str()).skip(1).filter_map(|rest| rest.split("```").next()).collect()
    }

    #[test]
    fn every_explanation_shows_a_model_that_breaks_the_rule_and_one_that_does_not() {
        for check in super::CHECKS {
            let rule = check.rule;
            let ddl = blocks(rule.explain, "sql").first().copied().unwrap_or("");
            let models = blocks(rule.explain, "storm");
            let Some((broken, mended)) = models.split_first() else {
                assert!(rule.code.starts_with("S08"), "{} shows no model", rule.code);
                continue;
            };
            let found = analyse(&sources(broken, ddl)).diagnostics;
            assert!(found.iter().any(|it| it.rule.code == rule.code), "{}\n{broken}\n{found:#?}", rule.code);
            for other in found.iter().filter(|it| it.severity == Severity::Error) {
                assert_eq!(other.rule.code, rule.code, "{broken}\n{other:#?}");
            }
            for mended in mended {
                let found = analyse(&sources(mended, ddl)).diagnostics;
                let wrong =
                    found.iter().find(|it| it.severity == Severity::Error || it.rule.code == rule.code);
                assert!(wrong.is_none(), "{}\n{mended}\n{wrong:#?}", rule.code);
            }
        }
    }

    #[test]
    fn rules_are_sorted_by_code_and_no_code_is_taken_twice() {
        let codes: Vec<&str> = crate::rules().map(|rule| rule.code).collect();
        assert!(codes.is_sorted_by(|one, other| one < other), "{codes:?}");
    }
}
