//! The three loops and the ground they share. Loops own time, retries and acknowledgement; what a record becomes is
//! decided by plain functions elsewhere.
//! It must not know: generated types.

pub(crate) mod activity;
mod begun;
pub(crate) mod capture;
mod dead;
pub(crate) mod dispatch;
mod due;
pub(crate) mod gone;
mod lag;
pub(crate) mod prune;
pub(crate) mod publish;
pub(crate) mod schedule;
mod session;
mod stop;

use std::sync::Arc;

use crate::config::Config;
use crate::log::kafka::Kafka;
use crate::spec::ContextSpec;
use crate::telemetry::{Metrics, Spans};

pub(crate) use begun::{Begun, Name};
pub(crate) use stop::Stop;

/// What every loop of a service stands on.
#[derive(Clone)]
pub(crate) struct Ground {
    pub(crate) spec: &'static ContextSpec,
    pub(crate) config: Arc<Config>,
    pub(crate) kafka: Kafka,
    pub(crate) metrics: Metrics,
    pub(crate) spans: Spans,
    pub(crate) stop: Stop,
    pub(crate) begun: Begun,
    /// Counted when someone waits for quiet: in the embedded default and in tests.
    pub(crate) activity: Option<Arc<activity::Activity>>,
}

impl Ground {
    /// `<context>.<what>`: consumer groups and transactional ids.
    pub(crate) fn name(&self, what: &str) -> String {
        format!("{}.{what}", self.spec.slug)
    }

    /// The topic that remembers what has begun: `<raw topic>.begun`.
    pub(crate) fn journal(&self) -> String {
        journal(self.spec)
    }

    /// The package that this context's messages live in, with its last dot: `shop.ordering.`.
    pub(crate) fn package(&self) -> String {
        format!("{}.{}.", self.spec.system, self.spec.slug)
    }
}

/// `<raw topic>.begun`.
pub(crate) fn journal(spec: &ContextSpec) -> String {
    format!("{}.begun", spec.topics.raw.name)
}
