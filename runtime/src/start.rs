//! What a person's code may ask while it builds its handlers.
//! It must not know: loops.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::config::Config;
use crate::fault::Fault;

/// The start of a process: its configuration, before any loop runs.
#[derive(Debug, Clone)]
pub struct Start {
    pub(crate) config: Arc<Config>,
    pub(crate) embedded: bool,
}

impl Start {
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

    /// True in the embedded default: no database, no external systems.
    pub fn is_embedded(&self) -> bool {
        self.embedded
    }
}
