//! What is wrong with a model, as data: a rule, a place, the user's words, what to do. It must not know how it is shown.

use crate::source::Span;

/// A rule that a model can break. Each lives in the file that checks it; `stormc explain` shows its text.
#[derive(Debug)]
pub struct Rule {
    /// A stable code: `S01xx` syntax, `S02xx` names, `S03xx` types, `S04xx` the board, `S05xx` captures and schemas,
    /// `S06xx` streams and keys, `S07xx` what cannot run yet, `S08xx` files, folders and clusters.
    pub code: &'static str,
    /// The rule in one line, without a full stop.
    pub title: &'static str,
    /// Why it is a rule, an example that breaks it and the mended one; Markdown.
    pub explain: &'static str,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The model is wrong: nothing is generated from it.
    Error,
    /// The model is probably not what was meant.
    Warning,
    /// What is missing for the next depth.
    Advice,
}

/// One finding.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// The rule that is broken.
    pub rule: &'static Rule,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong: lower case, no full stop, the user's words in back-ticks.
    pub message: String,
    /// Where: the first is the place, others are related places.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
}

/// A marked place with a few words.
#[derive(Debug, Clone)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The words beside it; may be empty.
    pub text: String,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(rule: &'static Rule, span: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            rule,
            severity: Severity::Error,
            message: message.into(),
            labels: vec![Label { span, text: String::new() }],
            help: None,
        }
    }

    /// The same as a warning.
    pub fn warning(rule: &'static Rule, span: Span, message: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Self::error(rule, span, message) }
    }

    /// Words beside the first place.
    #[must_use]
    pub fn at(mut self, text: impl Into<String>) -> Self {
        self.labels[0].text = text.into();
        self
    }

    /// A related place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// What to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
