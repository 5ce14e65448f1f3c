//! Findings as miette shows them: the code, the sentence, the snippet with its labels, the help.

use miette::{Diagnostic as _, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource};
use storm_dsl::diagnostic::{Diagnostic, Label, Severity};
use storm_dsl::source::{FileId, SourceSet};

/// One finding in one file; places in other files are related findings.
struct Report<'a> {
    code: &'a str,
    severity: miette::Severity,
    message: String,
    help: Option<&'a str>,
    source: Option<NamedSource<String>>,
    labels: Vec<LabeledSpan>,
    related: Vec<Report<'a>>,
}

impl std::fmt::Debug for Report<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        (!self.code.is_empty()).then(|| Box::new(self.code) as Box<dyn std::fmt::Display>)
    }
    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.help.map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }
    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.source.as_ref().map(|source| source as &dyn miette::SourceCode)
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        Some(Box::new(self.related.iter().map(|report| report as &dyn miette::Diagnostic)))
    }
}

pub(super) fn findings(sources: &SourceSet, findings: &[Diagnostic], colour: bool) -> String {
    findings.iter().map(|finding| show(&report(sources, finding), colour)).collect()
}

pub(super) fn fault(code: &str, message: &str, help: &str, colour: bool) -> String {
    let report = Report {
        code,
        severity: miette::Severity::Error,
        message: message.to_owned(),
        help: Some(help),
        source: None,
        labels: vec![],
        related: vec![],
    };
    show(&report, colour)
}

fn show(report: &Report<'_>, colour: bool) -> String {
    debug_assert!(report.help().is_none_or(|help| !help.to_string().is_empty()));
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(110).with_links(false);
    let mut text = String::new();
    handler.render_report(&mut text, report).expect("writing to a String cannot fail");
    text.push('\n');
    text
}

fn report<'a>(sources: &SourceSet, finding: &'a Diagnostic) -> Report<'a> {
    let file = finding.labels.first().map(|label| label.span.file);
    let (here, elsewhere): (Vec<_>, Vec<_>) =
        finding.labels.iter().partition(|label| Some(label.span.file) == file);
    Report {
        code: finding.rule.code,
        severity: match finding.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Advice => miette::Severity::Advice,
        },
        message: finding.message.clone(),
        help: finding.help.as_deref(),
        source: file.map(|file| source(sources, file)),
        labels: here.into_iter().map(labelled).collect(),
        related: elsewhere.into_iter().map(|label| related(sources, label)).collect(),
    }
}

/// A place in another file than the finding's own.
fn related<'a>(sources: &SourceSet, label: &Label) -> Report<'a> {
    let message = if label.text.is_empty() { "see also".to_owned() } else { label.text.clone() };
    Report {
        code: "",
        severity: miette::Severity::Advice,
        message,
        help: None,
        source: Some(source(sources, label.span.file)),
        labels: vec![LabeledSpan::new_with_span(None, range(label))],
        related: vec![],
    }
}

fn source(sources: &SourceSet, file: FileId) -> NamedSource<String> {
    let file = sources.file(file);
    NamedSource::new(&file.path, file.text.clone())
}

fn labelled(label: &Label) -> LabeledSpan {
    let text = (!label.text.is_empty()).then(|| label.text.clone());
    LabeledSpan::new_with_span(text, range(label))
}

fn range(label: &Label) -> std::ops::Range<usize> {
    label.span.start as usize..label.span.end as usize
}
