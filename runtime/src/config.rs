//! A service's configuration: one typed file and the environment, checked before anything starts. Every key has a
//! default, a doc line (`config/keys.rs`) and a range.
//! It must not know: what the values are used for.

mod doors;
mod keys;
mod print;
mod read;
mod text;
mod work;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) use doors::{ExternalSection, HttpSection, Outage, TlsSection, WebhookSection};
pub(crate) use print::print;
pub(crate) use read::read;
pub(crate) use text::{Keep, Moment, Secret, Size, Span};
pub(crate) use work::{
    CommandSection, DeadSection, DispatchSection, Missed, PolicySection, ScheduleSection, Start, Then,
};

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
    pub(crate) renewed: Vec<String>,
    pub(crate) settings: BTreeMap<String, Secret>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DatabaseSection {
    pub(crate) url: Secret,
    pub(crate) connections: usize,
    pub(crate) inbox_keep: Option<Keep>,
    pub(crate) outbox_keep: Keep,
    pub(crate) prune_every: Span,
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
        Self { brokers, start_timeout, replicas: None, renewed: Vec::new(), settings: BTreeMap::new() }
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

impl Default for DatabaseSection {
    fn default() -> Self {
        let (outbox_keep, prune_every) = (Keep::For(Span::days(7)), Span::seconds(6 * 3_600));
        Self { url: Secret::default(), connections: 16, inbox_keep: None, outbox_keep, prune_every }
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

impl KafkaSection {
    /// True when the operator has said of the topic with this id that it takes the place of the one before.
    pub(crate) fn is_renewed(&self, topic: &str, id: &str) -> bool {
        self.renewed.iter().filter_map(|word| keys::renewal(word)).any(|said| said == (topic, id))
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
