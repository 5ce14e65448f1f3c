//! What went wrong outside: a server that cannot be had, or that does not do what it was asked to.

use std::fmt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The result of everything that touches a server.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure in words for the person who runs the tests: what failed, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    what: String,
    help: Option<String>,
}

impl Error {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// An operating-system error with the thing it happened to.
    pub(crate) fn io(doing: impl fmt::Display, error: &std::io::Error) -> Self {
        Self::new(format!("{doing}: {error}"))
    }

    /// A file operation's error with its path.
    pub(crate) fn file(path: &Path) -> impl Fn(std::io::Error) -> Self + '_ {
        move |error| Self::io(path.display(), &error)
    }

    /// The last lines of a server's log, which hold the reason more often than not.
    pub(crate) fn with_log(self, log: &Path) -> Self {
        let text = std::fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let Ok(text) = text else { return self };
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(15)..].join("\n    ");
        self.help(format!("its log ends with\n    {tail}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// Runs a command to its end without input and returns what it printed.
///
/// Fails with the last lines of its error output when it cannot be started or ends with a failure.
pub(crate) fn run(command: &mut Command) -> Result<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|e| Error::io(format!("`{name}`"), &e))?;
    if output.status.success() {
        return Ok(output);
    }
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines[lines.len().saturating_sub(15)..].join("\n    ");
    Err(Error::new(format!("`{name}` failed: {}", output.status)).help(format!("it said\n    {tail}")))
}
