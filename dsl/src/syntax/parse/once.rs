//! A clause that may stand once. It must not know which clause it is.

use super::build::Build;
use crate::diagnostic::{Diagnostic, Rule};
use crate::source::Span;

pub(super) static GIVEN_TWICE: Rule = Rule {
    code: "S0107",
    title: "a clause is given twice",
    explain: "Two answers to one question leave the reader to guess which one holds. Each clause stands once, in any order.\n\n\
        ```storm\npolicy ChargeOnPlacement {\n  whenever OrderPlaced\n  then ChargeCard\n  lag at most 5s\n  lag at most 9s\n}\n```\n\n\
        Mended: keep the one that is meant.\n\n\
        ```storm\npolicy ChargeOnPlacement {\n  whenever OrderPlaced\n  then ChargeCard\n  lag at most 5s\n}\n```\n",
};

/// A clause's value and where it was given first.
pub(super) struct Once<T> {
    given: Option<(T, Span)>,
}

impl<T> Once<T> {
    /// Nothing given yet.
    pub(super) fn new() -> Self {
        Once { given: None }
    }

    /// Reads a clause. The first one is kept, each later one is reported and dropped; `clause` is the word the user wrote.
    pub(super) fn read<'t>(
        &mut self,
        build: &mut Build<'t>,
        clause: &str,
        span: Span,
        read: impl FnOnce(&mut Build<'t>) -> Option<T>,
    ) {
        if let Some((_, first)) = &self.given {
            build.report(twice(clause, span, *first));
        } else if let Some(value) = read(build) {
            self.given = Some((value, span));
        }
    }

    /// What was given.
    pub(super) fn take(self) -> Option<T> {
        self.given.map(|(value, _)| value)
    }
}

/// The finding for a second `clause` at `span`.
pub(super) fn twice(clause: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::error(&GIVEN_TWICE, span, format!("`{clause}` is given twice"))
        .at("the second")
        .also(first, "the first")
        .help("keep the one that is meant")
}
