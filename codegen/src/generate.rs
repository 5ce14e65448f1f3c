//! The whole way from a proven model to files, on one screen: refuse, settle, plan, render.

use storm_dsl::Valid;
use storm_dsl::diagnostic::{Diagnostic, Rule};
use storm_dsl::model::{Depth, Model};

use storm_dsl::source::SourceSet;

use crate::artifact::{self, Ground};
use crate::contract;
use crate::files::FileSet;
use crate::lock::{self, Lock};
use crate::project::Project;
use crate::refuse;

/// What `generate` yields.
#[derive(Debug, Clone)]
pub struct Generated {
    /// Every file, in the order of the paths.
    pub files: FileSet,
    /// The text of `storm.lock` as it must be from now on.
    pub lock_text: String,
    /// What a person should know: contexts for which nothing is written yet, pins that hold.
    pub notes: Vec<String>,
}

/// Makes every file of a model. `lock` is the text of `storm.lock`, if there is one.
///
/// # Errors
/// What cannot run yet, each with its place; what the lock forbids; a lock that cannot be read.
pub fn generate(
    model: &Valid<Model>,
    sources: &SourceSet,
    project: &Project,
    lock: Option<&str>,
) -> Result<Generated, Vec<Diagnostic>> {
    let mut lock = Lock::parse(lock).map_err(|wrong| vec![wrong])?;
    let refused = refuse::check(model);
    if !refused.is_empty() {
        return Err(refused);
    }
    let mut notes = depth_notes(model);
    let contract = contract::settle(model, sources, project, &mut lock, &mut notes)?;
    let ground = Ground::new(contract);
    Ok(Generated { files: artifact::render(&ground), lock_text: lock.text(), notes })
}

/// Every rule of this crate, for `stormc explain`.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    lock::RULES.iter().chain(refuse::RULES).copied()
}

fn depth_notes(model: &Model) -> Vec<String> {
    let note = |context: &storm_dsl::model::Context| {
        let name = &context.head.name;
        match context.depth {
            Depth::BigPicture => Some(format!("`{name}` is at big-picture depth: nothing is written for it yet")),
            Depth::Process => Some(format!("`{name}` is at process depth: nothing is written for it yet")),
            Depth::Contract => Some(format!("`{name}` is at contract depth: protos and topics, no service yet")),
            Depth::Service => None,
        }
    };
    model.contexts.iter().filter_map(note).collect()
}
