//! Findings as JSON, for editors and other programs.

use serde::Serialize;
use storm_dsl::diagnostic::{Diagnostic, Severity};
use storm_dsl::source::{SourceSet, Span};

/// One finding. Lines and columns count from 1, columns in characters; offsets are bytes.
#[derive(Serialize)]
struct Finding<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    help: Option<&'a str>,
    labels: Vec<Place<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    start: u32,
    end: u32,
    text: &'a str,
}

/// `{"diagnostics": [...]}`; the first label of each is its place.
pub(super) fn findings(sources: &SourceSet, findings: &[Diagnostic]) -> String {
    let list: Vec<_> = findings.iter().map(|finding| finding_of(sources, finding)).collect();
    let document = serde_json::json!({ "diagnostics": list });
    serde_json::to_string_pretty(&document).expect("findings hold only text and numbers")
}

fn finding_of<'a>(sources: &'a SourceSet, finding: &'a Diagnostic) -> Finding<'a> {
    Finding {
        code: finding.rule.code,
        severity: match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Advice => "advice",
        },
        message: &finding.message,
        help: finding.help.as_deref(),
        labels: finding.labels.iter().map(|label| place(sources, label.span, &label.text)).collect(),
    }
}

fn place<'a>(sources: &'a SourceSet, span: Span, text: &'a str) -> Place<'a> {
    let (line, column) = sources.line_column(span);
    Place { file: &sources.file(span.file).path, line, column, start: span.start, end: span.end, text }
}
