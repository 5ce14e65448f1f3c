//! A service's configuration: one typed file and the environment, checked before anything starts. Every key has a
//! default, a doc line (`config/keys.rs`) and a range.
//! It must not know: what the values are used for.

mod keys;
mod print;
mod read;
mod text;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) use print::print;
pub(crate) use read::read;
pub(crate) use text::{Moment, Secret, Size, Span};

/// Everything that a deployment may say about a service.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) service: ServiceSection,
    pub(crate) kafka: KafkaSection,
    pub(crate) database: DatabaseSection,
    pub(crate) source: BTreeMap<String, SourceSection>,
    pub(crate) capture: CaptureSection,
    pub(crate) publish: PublishSection,
    pub(crate) dispatch: DispatchSection,
    pub(crate) policy: BTreeMap<String, PolicySection>,
    pub(crate) command: BTreeMap<String, CommandSection>,
    pub(crate) schedule: BTreeMap<String, ScheduleSection>,
    pub(crate) external: BTreeMap<String, ExternalSection>,
    pub(crate) webhook: BTreeMap<String, WebhookSection>,
    pub(crate) http: HttpSection,
    pub(crate) log: LogSection,
    pub(crate) metrics: MetricsSection,
    pub(crate) otlp: OtlpSection,
    pub(crate) handlers: toml::Table,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ServiceSection {
    pub(crate) instance: String,
    pub(crate) threads: usize,
    pub(crate) drain: Span,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct KafkaSection {
    pub(crate) brokers: String,
    pub(crate) start_timeout: Span,
    pub(crate) replicas: Option<i16>,
    pub(crate) settings: BTreeMap<String, Secret>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DatabaseSection {
    pub(crate) url: Secret,
    pub(crate) connections: usize,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SourceSection {
    pub(crate) url: Secret,
    pub(crate) instance: String,
    pub(crate) incarnation: u32,
    pub(crate) server_id: u32,
    pub(crate) heartbeat: Span,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CaptureSection {
    pub(crate) commit_bytes: Size,
    pub(crate) commit_every: Span,
    pub(crate) commit_lull: Span,
    pub(crate) max_row_bytes: Size,
    pub(crate) idle_every: Span,
    pub(crate) retry_to: Span,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PublishSection {
    pub(crate) commit_bytes: Size,
    pub(crate) commit_every: Span,
    pub(crate) commit_lull: Span,
}

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

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ExternalSection {
    pub(crate) url: Option<String>,
    pub(crate) timeout: Option<Span>,
    pub(crate) at_most: Option<u32>,
    pub(crate) per: Option<Span>,
    pub(crate) wait: Span,
    pub(crate) breaker_failures: u32,
    pub(crate) breaker_pause: Span,
    pub(crate) outage: Outage,
}

/// What a webhook's calls are signed with.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct WebhookSection {
    pub(crate) secret: Secret,
    pub(crate) previous: Secret,
}

/// What it is for a command that an external system is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outage {
    /// It waits and burns no attempt.
    Wait,
    /// It burns an attempt.
    TryAgain,
    /// It is given up on.
    GiveUp,
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

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HttpSection {
    pub(crate) listen: String,
    pub(crate) open: bool,
    pub(crate) in_flight: usize,
    pub(crate) max_body: Size,
    pub(crate) timeout: Span,
    pub(crate) tenant: String,
    pub(crate) token: Option<Secret>,
    pub(crate) tokens: BTreeMap<String, Secret>,
    pub(crate) tls: TlsSection,
}

/// Files in PEM; all empty for a door without TLS.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TlsSection {
    pub(crate) cert: String,
    pub(crate) key: String,
    pub(crate) client_ca: String,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LogSection {
    pub(crate) format: LogFormat,
    pub(crate) level: String,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MetricsSection {
    pub(crate) every: Span,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct OtlpSection {
    pub(crate) endpoint: String,
    pub(crate) sample: f64,
    pub(crate) headers: BTreeMap<String, Secret>,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl Default for ServiceSection {
    fn default() -> Self {
        Self { instance: "0".into(), threads: 2, drain: Span::seconds(30) }
    }
}

impl Default for KafkaSection {
    fn default() -> Self {
        let (brokers, start_timeout) = ("127.0.0.1:9092".into(), Span::seconds(60));
        Self { brokers, start_timeout, replicas: None, settings: BTreeMap::new() }
    }
}

impl Default for SourceSection {
    fn default() -> Self {
        let (url, instance) = (Secret::default(), String::new());
        Self { url, instance, incarnation: 1, server_id: 0, heartbeat: Span::seconds(10) }
    }
}

impl Default for CaptureSection {
    fn default() -> Self {
        Self {
            commit_bytes: Size(4 << 20),
            commit_every: Span::millis(10),
            commit_lull: Span::millis(1),
            max_row_bytes: Size(16 << 20),
            idle_every: Span::seconds(60),
            retry_to: Span::seconds(30),
        }
    }
}

impl Default for PublishSection {
    fn default() -> Self {
        Self { commit_bytes: Size(4 << 20), commit_every: Span::millis(10), commit_lull: Span::millis(1) }
    }
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

impl Default for ExternalSection {
    fn default() -> Self {
        let (url, timeout, at_most, per) = (None, None, None, None);
        let (wait, breaker_pause) = (Span::seconds(5), Span::seconds(10));
        Self { url, timeout, at_most, per, wait, breaker_failures: 5, breaker_pause, outage: Outage::Wait }
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

impl Default for DatabaseSection {
    fn default() -> Self {
        Self { url: Secret::default(), connections: 16 }
    }
}

impl Default for HttpSection {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:9464".into(),
            open: false,
            in_flight: 256,
            max_body: Size(1 << 20),
            timeout: Span::seconds(10),
            tenant: "X-Tenant".into(),
            token: None,
            tokens: BTreeMap::new(),
            tls: TlsSection::default(),
        }
    }
}

impl Default for MetricsSection {
    fn default() -> Self {
        Self { every: Span::seconds(5) }
    }
}

impl Default for OtlpSection {
    fn default() -> Self {
        Self { endpoint: String::new(), sample: 1.0, headers: BTreeMap::new() }
    }
}

impl Default for LogSection {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: "info".into() }
    }
}

impl Config {
    /// The retry rule of a policy: the model's, with what this configuration says otherwise.
    pub(crate) fn retry(&self, policy: &str, model: crate::Retry) -> crate::Retry {
        self.policy.get(policy).map_or(model, |section| section.retry.over(model))
    }

    /// What a policy does when its attempts are used up: the model's word, unless this configuration says otherwise.
    pub(crate) fn give_up(&self, policy: &str, model: crate::GiveUp) -> crate::GiveUp {
        let said = self.policy.get(policy).and_then(|section| section.then);
        said.map_or(model, |then| match then {
            Then::Park => crate::GiveUp::Park,
            Then::Skip => crate::GiveUp::DeadLetter,
        })
    }

    /// The incarnation of a source that the operator asks for.
    pub(crate) fn incarnation(&self, source: &str) -> u32 {
        self.source.get(source).map_or(1, |section| section.incarnation)
    }

    /// The retry rule of a command that comes through the command topic.
    pub(crate) fn command_retry(&self, command: &str) -> crate::Retry {
        let model = crate::Retry::DEFAULT;
        self.command.get(command).map_or(model, |section| section.retry.over(model))
    }

    /// What becomes of the missed due times of a scheduled command.
    pub(crate) fn missed(&self, command: &str) -> crate::flow::schedule::Rule {
        let ScheduleSection { missed, at_most, grace } =
            self.schedule.get(command).cloned().unwrap_or_default();
        crate::flow::schedule::Rule { missed, at_most, grace: grace.0 }
    }

    /// How long one attempt of a command's handler may take.
    pub(crate) fn command_timeout(&self, command: &str) -> std::time::Duration {
        self.command.get(command).map_or(CommandSection::default().timeout, |section| section.timeout).0
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
    fn over(&self, model: crate::Retry) -> crate::Retry {
        crate::Retry {
            times: self.times.unwrap_or(model.times),
            from: self.from.map_or(model.from, |span| span.0),
            to: self.to.map_or(model.to, |span| span.0),
        }
    }
}
