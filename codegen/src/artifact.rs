//! The registry: everything `generate` can write is one row of [`ARTIFACTS`]. First each plans its files, then the plans
//! are rendered; nothing here writes.

mod deploy;
mod descriptors;
mod exporters;
mod grafana;
mod kafka;
mod openapi;
mod prometheus;
mod proto;
mod readme;
mod rust;

use std::collections::BTreeMap;

use crate::contract::Contract;
use crate::files::{File, FileSet, Kind, Ownership};
pub(crate) use proto::{Compiled, ProtoFile};

/// Something that `generate` writes: a table row, a file, a template.
pub(crate) trait Artifact: Sync {
    /// What it is called in reports and tests.
    fn name(&self) -> &'static str;

    /// The files it will render.
    fn plan<'g>(&self, ground: &'g Ground<'g>) -> Vec<Plan<'g>>;
}

/// Every artifact, in the order of the output's folders.
pub(crate) const ARTIFACTS: &[&dyn Artifact] = &[
    &proto::Proto,
    &descriptors::Descriptors,
    &openapi::OpenApi,
    &rust::Manifests,
    &rust::PublicTypes,
    &rust::ServiceModel,
    &rust::PersonFiles,
    &rust::Demo,
    &kafka::Topics,
    &deploy::Deploy,
    &exporters::Exporters,
    &prometheus::Rules,
    &grafana::Grafana,
    &readme::Readme,
];

/// What artifacts stand on.
pub(crate) struct Ground<'m> {
    pub contract: Contract<'m>,
    /// The proto files as text, in the order of their paths.
    pub protos: Vec<ProtoFile>,
    /// The same, compiled, with what they import.
    pub descriptors: Compiled,
}

/// A file to be rendered.
pub(crate) struct Plan<'g> {
    pub path: String,
    pub ownership: Ownership,
    pub kind: Kind,
    pub render: Box<dyn FnOnce() -> Vec<u8> + 'g>,
}

impl<'m> Ground<'m> {
    /// The ground under a contract: its protos, compiled.
    pub(crate) fn new(contract: Contract<'m>) -> Self {
        let protos = proto::files(&contract);
        let descriptors = proto::compile(&protos);
        Ground { contract, protos, descriptors }
    }
}

impl<'g> Plan<'g> {
    /// A file of ours: the mark is put before its text.
    pub(crate) fn generated(
        ground: &'g Ground<'g>,
        path: String,
        kind: Kind,
        text: impl FnOnce() -> String + 'g,
    ) -> Self {
        let system = ground.contract.project.name.as_str();
        let render = move || ended(kind.mark(system) + &text());
        Plan { path, ownership: Ownership::Generated, kind, render: Box::new(render) }
    }

    /// A person's file, written once.
    pub(crate) fn person(path: String, kind: Kind, text: impl FnOnce() -> String + 'g) -> Self {
        Plan { path, ownership: Ownership::Person, kind, render: Box::new(move || ended(text())) }
    }
}

/// The text with one line end at its end.
fn ended(text: String) -> Vec<u8> {
    format!("{}\n", text.trim_end()).into_bytes()
}

/// Plans everything, then renders the plans.
pub(crate) fn render(ground: &Ground<'_>) -> FileSet {
    let mut plans: BTreeMap<String, (&str, Plan<'_>)> = BTreeMap::new();
    for artifact in ARTIFACTS {
        for plan in artifact.plan(ground) {
            if let Some((other, earlier)) = plans.insert(plan.path.clone(), (artifact.name(), plan)) {
                panic!("`{}` is planned by `{other}` and by `{}`", earlier.path, artifact.name());
            }
        }
    }
    let rendered = plans.into_values().map(|(_, plan)| {
        let Plan { path, ownership, kind, render } = plan;
        File { path, contents: render(), ownership, kind }
    });
    rendered.collect()
}

/// The text of a template.
///
/// # Panics
/// When it cannot be rendered: writing to memory does not fail.
pub(crate) fn text(template: &impl askama::Template) -> String {
    template.render().unwrap_or_else(|error| panic!("a template of finished values renders: {error}"))
}
