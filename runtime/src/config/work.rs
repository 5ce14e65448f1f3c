//! What is done with events, commands and due times: each rule is the model's unless the configuration says otherwise.
//! It must not know: who carries it out.

use serde::{Deserialize, Serialize};

use super::{Moment, Size, Span};

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DispatchSection {
    pub(crate) lanes: usize,
    pub(crate) in_flight: usize,
    pub(crate) in_flight_bytes: Size,
    pub(crate) start: Start,
    pub(crate) commit_every: Span,
    pub(crate) done_ahead_bytes: usize,
    pub(crate) outage_pause: Span,
    pub(crate) max_hops: u32,
    pub(crate) slow_after: Span,
    pub(crate) dead: DeadSection,
    pub(crate) park: ParkSection,
}

/// When dead letters stop the line of a policy or command.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DeadSection {
    pub(crate) run: u32,
    pub(crate) share: f64,
    pub(crate) window: usize,
    pub(crate) pause: Span,
}

/// How many keys may be parked, and how often they are tried again.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ParkSection {
    pub(crate) retry: Span,
    pub(crate) keys: usize,
    pub(crate) records: usize,
    pub(crate) bytes: Size,
    pub(crate) ahead: usize,
}

/// What becomes of an event when a policy's attempts are used up, in the model's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Then {
    /// Its key waits.
    Park,
    /// It is a dead letter.
    Skip,
}

/// Where a group begins that has never committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Start {
    /// At the end of the topics: what happens from now on.
    Now,
    /// At the first record that is kept.
    Beginning,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PolicySection {
    pub(crate) retry: RetrySection,
    pub(crate) then: Option<Then>,
    pub(crate) pause: bool,
    pub(crate) skip_keys: Vec<String>,
    pub(crate) skip_tenants: Vec<String>,
    pub(crate) skip_before: Option<Moment>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CommandSection {
    pub(crate) retry: RetrySection,
    pub(crate) timeout: Span,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RetrySection {
    pub(crate) times: Option<u32>,
    pub(crate) from: Option<Span>,
    pub(crate) to: Option<Span>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ScheduleSection {
    pub(crate) missed: Missed,
    pub(crate) at_most: usize,
    pub(crate) grace: Span,
}

/// What becomes of due times that nobody was there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Missed {
    /// The latest one is run, for all of them.
    Once,
    /// Each is run, up to a bound.
    All,
    /// None is run.
    Skip,
}

impl Default for DispatchSection {
    fn default() -> Self {
        Self {
            lanes: 256,
            in_flight: 256,
            in_flight_bytes: Size(8 << 20),
            start: Start::Now,
            commit_every: Span::millis(200),
            done_ahead_bytes: 3_500,
            outage_pause: Span::seconds(5),
            max_hops: 64,
            slow_after: Span::seconds(10),
            dead: DeadSection::default(),
            park: ParkSection::default(),
        }
    }
}

impl Default for ScheduleSection {
    fn default() -> Self {
        Self { missed: Missed::Once, at_most: 100, grace: Span::seconds(30) }
    }
}

impl Default for DeadSection {
    fn default() -> Self {
        Self { run: 20, share: 0.5, window: 100, pause: Span::seconds(60) }
    }
}

impl Default for ParkSection {
    fn default() -> Self {
        let (retry, bytes) = (Span::seconds(30), Size(8 << 20));
        Self { retry, keys: 100, records: 1_000, bytes, ahead: 100_000 }
    }
}

impl Default for CommandSection {
    fn default() -> Self {
        Self { retry: RetrySection::default(), timeout: Span::seconds(60) }
    }
}

impl PolicySection {
    /// What holds for a policy: the key, the value, and the model's where this says otherwise.
    pub(crate) fn settings(
        &self,
        model: crate::Retry,
        give_up: crate::GiveUp,
    ) -> Vec<(&'static str, String, Option<String>)> {
        let setting = |key, said: Option<String>, model: String| match said {
            Some(value) => (key, value, Some(model)),
            None => (key, model, None),
        };
        let span = |span: Span| span.to_string();
        let list = |list: &[String]| (!list.is_empty()).then(|| format!("[{}]", list.join(", ")));
        let then = self.then.map(|then| if then == Then::Park { "park" } else { "skip" }.to_owned());
        let model_then = if give_up == crate::GiveUp::Park { "park" } else { "skip" };
        let before = self.skip_before.map(|moment| moment.0.to_rfc3339());
        vec![
            setting("retry.times", self.retry.times.map(|times| times.to_string()), model.times.to_string()),
            setting("retry.from", self.retry.from.map(span), span(Span(model.from))),
            setting("retry.to", self.retry.to.map(span), span(Span(model.to))),
            setting("then", then, model_then.into()),
            setting("pause", self.pause.then(|| "true".to_owned()), "false".into()),
            setting("skip_keys", list(&self.skip_keys), "[]".into()),
            setting("skip_tenants", list(&self.skip_tenants), "[]".into()),
            setting("skip_before", before, String::new()),
        ]
    }
}

impl RetrySection {
    pub(super) fn over(&self, model: crate::Retry) -> crate::Retry {
        crate::Retry {
            times: self.times.unwrap_or(model.times),
            from: self.from.map_or(model.from, |span| span.0),
            to: self.to.map_or(model.to, |span| span.0),
        }
    }
}
