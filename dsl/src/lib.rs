//! The `.storm` language: from text to a proven model and its flow graph. Pure: no file, clock, environment or network.

extern crate alloc; // what the grammar's derive refers to: pest is taken without `std`, whose stack probe costs a fifth

pub mod check;
pub mod diagnostic;
pub mod graph;
pub mod model;
pub mod schema;
pub mod source;
pub mod suggest;
pub mod syntax;
mod valid;

use std::collections::BTreeSet;

use diagnostic::{Diagnostic, Rule};
use graph::FlowGraph;
use model::{Model, resolve};
use source::{FileId, SourceSet, Span};
use syntax::tree::{Item, SyntaxTree};

pub use valid::Valid;

/// What is known of a model after reading it.
#[derive(Debug)]
pub struct Analysis {
    /// The model, as far as it could be understood.
    pub model: Model,
    /// Its flow graph.
    pub graph: FlowGraph,
    /// What is wrong with it and what could be better, by file and place.
    pub diagnostics: Vec<Diagnostic>,
}

/// The whole front of the compiler: parse, resolve, check, graph. It never fails: what is wrong is in the diagnostics, and
/// as much of the model as could be understood is there.
pub fn analyse(sources: &SourceSet) -> Analysis {
    let (trees, damage) = parse(sources);
    let resolve::Resolved { mut model, doubts, diagnostics: mut faults } =
        resolve::resolve(sources, &trees, !damage.is_empty());
    check::depth::reckon(&mut model);
    faults.extend(check::check(&check::Facts { sources, model: &model, doubts: &doubts }));
    // What the parser put in the place of a damaged text is nobody's second fault.
    let damaged: BTreeSet<Span> = damage.iter().map(|it| it.labels[0].span).collect();
    faults.retain(|it| !damaged.contains(&it.labels[0].span));
    let graph = graph::build(sources, &model);
    let mut diagnostics = [damage, faults].concat();
    diagnostics.sort_by_key(|it| (it.labels[0].span, it.severity, it.rule.code));
    Analysis { model, graph, diagnostics }
}

fn parse(sources: &SourceSet) -> (Vec<SyntaxTree>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut trees = Vec::with_capacity(sources.files.len());
    for (index, file) in sources.files.iter().enumerate() {
        let id = FileId(index as u32);
        let unread = check::file::too_large::check(id, file).or_else(|| check::file::empty::check(id, file));
        if let Some(diagnostic) = unread {
            diagnostics.push(diagnostic);
            continue;
        }
        let (tree, found) = syntax::parse(id, &file.text);
        diagnostics.extend(found);
        trees.push(tree);
    }
    (trees, diagnostics)
}

/// The schema files that the sources of a model name, with the places that name them: what to read into
/// [`SourceSet::schemas`] before [`analyse`].
pub fn schema_paths(sources: &SourceSet) -> Vec<(String, Span)> {
    // A file that never says the word names no schema, and most do not.
    let naming =
        sources.files.iter().enumerate().filter(|(_, file)| {
            file.text.len() <= check::file::too_large::MOST && file.text.contains("schema")
        });
    let trees: Vec<SyntaxTree> =
        naming.map(|(index, file)| syntax::parse(FileId(index as u32), &file.text).0).collect();
    let items = trees.iter().flat_map(|tree| &tree.items);
    let schemas = items.filter_map(|item| match item {
        Item::Source(source) => source.schema.as_ref(),
        _ => None,
    });
    schemas.map(|schema| (schema.value.clone(), schema.span)).collect()
}

/// Every rule of the language, by code.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    syntax::RULES.iter().copied().chain(check::CHECKS.iter().map(|check| check.rule))
}
