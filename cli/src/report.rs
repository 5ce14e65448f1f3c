//! How findings are shown: miette's reports for people, JSON for machines, one way for both streams and exit codes.

mod confirm;
mod json;
mod output;
mod pretty;
mod progress;
mod table;

use std::io::{self, ErrorKind, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

use storm_dsl::diagnostic::{Diagnostic, Rule, Severity};
use storm_dsl::source::SourceSet;

use crate::rules;

pub(crate) use confirm::confirm;
pub(crate) use output::Output;
pub(crate) use progress::Progress;
pub(crate) use table::table;

/// Why a command ends early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The model is wrong, and this was shown already: exit code 1.
    Wrong,
    /// The model or what surrounds it is wrong, without a place in a text: exit code 1.
    Fault { rule: &'static Rule, message: String, help: String },
    /// What surrounds `stormc` is: a file that cannot be read, a full disk, a cluster that refuses. Exit code 2.
    Outside { rule: &'static Rule, message: String, help: String },
    /// The cluster is not what the model says, and this was shown already: exit code 3.
    Differs,
}

impl Stop {
    pub(crate) fn fault(rule: &'static Rule, message: impl Into<String>, help: impl Into<String>) -> Self {
        Stop::Fault { rule, message: message.into(), help: help.into() }
    }

    pub(crate) fn outside(rule: &'static Rule, message: impl Into<String>, help: impl Into<String>) -> Self {
        Stop::Outside { rule, message: message.into(), help: help.into() }
    }

    /// A path that cannot be read.
    pub(crate) fn unread(path: &Path, error: &io::Error) -> Self {
        let message = format!("cannot read `{}`: {error}", path.display());
        Self::outside(&rules::UNREADABLE, message, advice(error))
    }

    /// A path that cannot be written; `doing` is `create`, `write` or `remove`.
    pub(crate) fn unwritten(doing: &str, path: &Path, error: &io::Error) -> Self {
        let message = format!("cannot {doing} `{}`: {error}", path.display());
        Self::outside(&rules::UNWRITABLE, message, advice(error))
    }
}

/// What to do about an error of the disk.
fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory => "check the path",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => "check who may read and write there",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "free some space and run it again: no file is left half-written"
        }
        _ => "see the system's message",
    }
}

/// `--format` of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For machines: one JSON document.
    Json,
}

/// `--color`
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What is known of the terminal.
pub(crate) struct Terminal {
    colour: bool,
}

impl Terminal {
    pub(crate) fn new(colour: Colour) -> Self {
        let colour = match colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => std::env::var_os("NO_COLOR").is_none() && std::io::stderr().is_terminal(),
        };
        Terminal { colour }
    }

    /// Shows findings to people, on standard error.
    pub(crate) fn show(&self, sources: &SourceSet, findings: &[Diagnostic]) {
        eprint!("{}", pretty::findings(sources, findings, self.colour));
    }

    /// Shows findings for people, and stops if one is an error.
    pub(crate) fn show_or_stop(&self, sources: &SourceSet, findings: &[Diagnostic]) -> Result<(), Stop> {
        self.show(sources, findings);
        if has_errors(findings) { Err(Stop::Wrong) } else { Ok(()) }
    }

    /// Says why a command ended early.
    pub(crate) fn stop(&self, stop: &Stop) -> ExitCode {
        match stop {
            Stop::Wrong => ExitCode::from(1),
            Stop::Fault { rule, message, help } => {
                eprint!("{}", pretty::fault(rule.code, message, help, self.colour));
                ExitCode::from(1)
            }
            Stop::Outside { rule, message, help } => {
                eprint!("{}", pretty::fault(rule.code, message, help, self.colour));
                ExitCode::from(2)
            }
            Stop::Differs => ExitCode::from(3),
        }
    }
}

/// Findings for people, as text.
pub(crate) fn in_words(sources: &SourceSet, findings: &[Diagnostic]) -> String {
    pretty::findings(sources, findings, false)
}

/// Findings for machines.
pub(crate) fn document(sources: &SourceSet, findings: &[Diagnostic]) -> String {
    json::findings(sources, findings).to_string()
}

pub(crate) fn has_errors(findings: &[Diagnostic]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}

/// `2 errors, 1 warning`
pub(crate) fn totals(findings: &[Diagnostic]) -> String {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    format!("{}, {}", plural(count(Severity::Error), "error"), plural(count(Severity::Warning), "warning"))
}
