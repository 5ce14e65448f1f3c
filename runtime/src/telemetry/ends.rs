//! How commands end: a handle to each count, resolved at start.
//! It must not know: why.

use prometheus_client::metrics::counter::Counter;

use super::metrics::Metrics;
use super::table::Count;

/// How a command came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Its handler acted.
    Done,
    /// It had acted earlier.
    AlreadyDone,
    /// It was given up on.
    Failed,
}

/// The ends of one command.
pub(crate) struct Ends([Counter; 3]);

impl End {
    pub(super) const ALL: [Self; 3] = [Self::Done, Self::AlreadyDone, Self::Failed];

    /// As people read it.
    pub(crate) fn said(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::AlreadyDone => "already done",
            Self::Failed => "failed",
        }
    }

    /// As a label.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::AlreadyDone => "already_done",
            other => other.said(),
        }
    }
}

impl Ends {
    pub(crate) fn new(metrics: &Metrics, name: &str) -> Self {
        Self(End::ALL.map(|end| metrics.counter(Count::Commands, &[name, end.label()])))
    }

    pub(crate) fn count(&self, end: End) {
        self.0[end as usize].inc();
    }
}
