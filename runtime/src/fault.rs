//! A fault: why a service cannot start or go on, said to the operator with a code and a remedy.
//! It must not know: retries. What may pass by itself never becomes a fault.

/// Why a service stops, for its operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A stable code, for example `K-101`; the list is in `docs/codes.md`.
    pub code: &'static str,
    /// What is wrong, without row values or secrets.
    pub message: String,
    /// What to do.
    pub help: String,
    /// True when the configuration is wrong (exit code 1), false when the world is (exit code 2).
    pub configuration: bool,
}

impl Fault {
    /// The world is wrong: a server, a network, a stored position. Exit code 2.
    pub fn world(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: help.into(), configuration: false }
    }

    /// The operating system gives no thread (C-002).
    pub(crate) fn no_thread(error: &std::io::Error) -> Self {
        let message = format!("a thread cannot be started: {}", error.kind());
        Self::world("C-002", message, "look at the limits on threads of this process")
    }

    /// The configuration is wrong. Exit code 1.
    pub fn configuration(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: help.into(), configuration: true }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}\n  help: {}", self.code, self.message, self.help)
    }
}

impl std::error::Error for Fault {}

impl From<crate::source::SourceError> for Fault {
    fn from(error: crate::source::SourceError) -> Self {
        Self::world(error.code, error.message, error.help)
    }
}
