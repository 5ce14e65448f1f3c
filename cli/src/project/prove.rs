//! A model that was read, proven, with what else decides over its output: the lock and the settings.

use storm_codegen::project::Project as Target;
use storm_dsl::Valid;
use storm_dsl::model::Model;

use super::Project;
use crate::report::{Stop, Terminal};

/// All that code generation looks at.
pub(crate) struct Proven {
    pub(crate) model: Valid<Model>,
    /// The text of `storm.lock`, if there is one.
    pub(crate) lock: Option<String>,
    pub(crate) target: Target,
}

impl Project {
    /// Proves the model. Warnings are shown.
    ///
    /// # Errors
    /// It is wrong, which was shown; the lock cannot be read; the settings name no runtime.
    pub(crate) fn prove(&self, terminal: &Terminal) -> Result<Proven, Stop> {
        let analysis = storm_dsl::analyse(&self.sources);
        let model = match analysis.valid() {
            Ok((model, _, warnings)) => {
                terminal.show(&self.sources, &warnings);
                model
            }
            Err(findings) => {
                terminal.show(&self.sources, &findings);
                return Err(Stop::Wrong);
            }
        };
        let path = self.lock_path();
        let lock = match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(Stop::unread(&path, &error)),
        };
        let target = Target { name: self.sources.name.clone(), runtime: self.settings.runtime()? };
        Ok(Proven { model, lock, target })
    }

    pub(crate) fn lock_path(&self) -> std::path::PathBuf {
        self.folder.join("storm.lock")
    }
}
