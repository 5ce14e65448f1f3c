//! What a person's code may ask while it builds its handlers.
//! It must not know: loops.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;

use crate::config::Config;
use crate::external::{External, Guard, System};
use crate::fault::Fault;
use crate::service::Service;
use crate::spec::ExternalSpec;

/// What stands before each external system, by context and name.
type Guards = BTreeMap<(&'static str, &'static str), Arc<Guard>>;

/// The start of a process: its configuration, before any loop runs.
#[derive(Clone)]
pub struct Start {
    pub(crate) config: Arc<Config>,
    embedded: bool,
    /// One for all who call it.
    guards: Arc<Mutex<Guards>>,
}

impl Start {
    pub(crate) fn new(config: Arc<Config>, embedded: bool) -> Self {
        Self { config, embedded, guards: Arc::default() }
    }

    /// The settings under `[handlers.<name>]`, if there are any.
    ///
    /// # Errors
    /// They are not a `T` (F-108).
    pub fn setting<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Fault> {
        let Some(value) = self.config.handlers.get(name) else { return Ok(None) };
        let wrong = |error: toml::de::Error| {
            let message = format!("`handlers.{name}`: {}", error.message().replace('\n', "; "));
            Fault::configuration("F-108", message, "correct the section; the handlers say what they ask for")
        };
        value.clone().try_into().map(Some).map_err(wrong)
    }

    /// An external system of the model, with the limits that the model and `[external.<name>]` set for it. All who ask for
    /// it share them.
    pub fn external<S: System>(&self) -> External<S> {
        let url = self.config.external.get(S::SPEC.name).and_then(|section| section.url.clone());
        External::new(self.guard(S::SPEC), url)
    }

    fn guard(&self, spec: &'static ExternalSpec) -> Arc<Guard> {
        let mut guards = self.guards.lock().unwrap_or_else(PoisonError::into_inner);
        let section = || self.config.external.get(spec.name).cloned().unwrap_or_default();
        let guard = guards.entry((spec.context, spec.name));
        guard.or_insert_with(|| Arc::new(Guard::of(spec, &section()))).clone()
    }

    /// The service with what stands before its external systems.
    pub(crate) fn built(&self, mut service: Service) -> Service {
        for outside in &mut service.externals {
            outside.guard = Some(self.guard(outside.spec));
        }
        service
    }

    /// True in the embedded default: no database, no external systems.
    pub fn is_embedded(&self) -> bool {
        self.embedded
    }
}

impl std::fmt::Debug for Start {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Start");
        shown.field("config", &self.config).field("embedded", &self.embedded).finish_non_exhaustive()
    }
}
