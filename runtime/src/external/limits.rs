//! What holds for an external system: the model's word, with what the configuration says otherwise.
//! It must not know: how it is kept.

use std::time::Duration;

use crate::config::{ExternalSection, Outage};
use crate::spec::ExternalSpec;

/// What is usual where the model says nothing.
const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// How long a call may take.
    pub(super) timeout: Duration,
    /// So many calls in any such time; none: as many as there are.
    pub(super) at_most: Option<(u32, Duration)>,
    /// How long a call may wait for its turn.
    pub(super) wait: Duration,
    /// The breaker opens after so many outages one after the other.
    pub(super) failures: u32,
    /// How long it stays open before one call tries again.
    pub(super) pause: Duration,
    /// What an outage is for the command.
    pub(super) outage: Outage,
}

impl Limits {
    pub(super) fn of(spec: &ExternalSpec, section: &ExternalSection) -> Self {
        let per = section.per.map(|span| span.0).or(spec.at_most.map(|(_, per)| per));
        let calls = section.at_most.or(spec.at_most.map(|(calls, _)| calls));
        Self {
            timeout: section.timeout.map(|span| span.0).or(spec.timeout).unwrap_or(TIMEOUT),
            at_most: calls.map(|calls| (calls, per.unwrap_or(Duration::from_secs(1)))),
            wait: section.wait.0,
            failures: section.breaker_failures,
            pause: section.breaker_pause.0,
            outage: section.outage,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Span;

    static BANK: ExternalSpec = ExternalSpec {
        context: "payments",
        name: "Bank",
        url: Some("https://bank.example"),
        timeout: Some(Duration::from_secs(3)),
        at_most: Some((50, Duration::from_secs(1))),
    };

    #[test]
    fn the_configuration_overrides_the_model() {
        let model = Limits::of(&BANK, &ExternalSection::default());
        assert_eq!((Some(model.timeout), model.at_most), (BANK.timeout, BANK.at_most));
        let section = ExternalSection {
            timeout: Some(Span::seconds(1)),
            at_most: Some(5),
            ..ExternalSection::default()
        };
        let ours = Limits::of(&BANK, &section);
        assert_eq!((ours.timeout, ours.at_most), (Duration::from_secs(1), Some((5, Duration::from_secs(1)))));
    }
}
