//! How findings are shown: miette's reports for people, JSON for machines, one way for both streams and exit codes.

mod confirm;
mod json;
mod output;
mod pretty;
mod progress;
mod table;

use std::io::IsTerminal;
use std::process::ExitCode;

use storm_dsl::diagnostic::{Diagnostic, Rule, Severity};
use storm_dsl::source::SourceSet;

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
    /// The world is: a file that cannot be read, a full disk. Exit code 2.
    World { message: String, help: String },
    /// So is this, under a code that `stormc explain` knows. Exit code 2.
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

    /// An input or output error on a path.
    pub(crate) fn io(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let help = match error.kind() {
            std::io::ErrorKind::NotFound => "check the path",
            std::io::ErrorKind::PermissionDenied => "check who may read and write there",
            std::io::ErrorKind::StorageFull => {
                "free some space and run it again: nothing is left half-written"
            }
            _ => "see the system's message",
        };
        Stop::World { message: format!("cannot {doing} `{}`: {error}", path.display()), help: help.into() }
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
                eprint!("{}", pretty::fault(Some(rule.code), message, help, self.colour));
                ExitCode::from(1)
            }
            Stop::World { message, help } => {
                eprint!("{}", pretty::fault(None, message, help, self.colour));
                ExitCode::from(2)
            }
            Stop::Outside { rule, message, help } => {
                eprint!("{}", pretty::fault(Some(rule.code), message, help, self.colour));
                ExitCode::from(2)
            }
            Stop::Differs => ExitCode::from(3),
        }
    }
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
