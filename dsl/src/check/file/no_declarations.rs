//! Models without anything in them.

use crate::check::Facts;
use crate::diagnostic::{Diagnostic, Rule};
use crate::source::{FileId, Span};

/// A model declares something.
pub static RULE: Rule = Rule {
    code: "S0803",
    title: "a model declares something",
    explain: r#"Comments alone are no model: there is nothing to draw.
"#,
};

pub(crate) fn check(facts: &Facts, found: &mut Vec<Diagnostic>) {
    let model = facts.model;
    let counts = [
        model.contexts.len(),
        model.actors.len(),
        model.enums.len(),
        model.records.len(),
        model.aggregates.len(),
        model.externals.len(),
        model.commands.len(),
        model.events.len(),
        model.policies.len(),
        model.views.len(),
        model.processes.len(),
        model.hotspots.len(),
        model.sources.len(),
    ];
    let written = facts.sources.files.iter().any(|file| !file.text.trim().is_empty());
    if counts.iter().sum::<usize>() == 0 && !facts.doubts.damaged && written {
        let span = Span { file: FileId(0), start: 0, end: 0 };
        found.push(
            Diagnostic::error(&RULE, span, "the model declares nothing")
                .help("write a first event: `event OrderPlaced`"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::codes;

    #[test]
    fn comments_alone_are_no_model() {
        assert_eq!(codes("// later\n"), ["S0803"]);
    }
}
