//! What cannot run yet is refused when it is generated, by name and with its place; it is never left out in silence.
//! Checks of the language have passed before: a model that is refused here is a good model.

mod names;
mod orchestration;
mod policies;
mod shapes;
mod sources;

use storm_dsl::diagnostic::{Diagnostic, Rule};
use storm_dsl::model::{ContextId, Depth, Head, Model};

/// Every rule, in the order of the codes.
pub static RULES: &[&Rule] = &[
    &orchestration::PROCESS,
    &orchestration::SOURCED,
    &policies::JOIN,
    &policies::TIMER,
    &orchestration::VIEW,
    &orchestration::VERSION,
    &policies::PARK,
    &sources::SOURCE,
    &sources::STREAM,
    &names::TAKEN,
    &names::COLLISION,
    &shapes::SHAPE,
    &shapes::SCHEDULED_FIELDS,
    &sources::OUTBOX,
];

/// The checks: one table, each a function of the model.
const CHECKS: &[fn(&Model) -> Vec<Diagnostic>] = &[
    orchestration::processes,
    orchestration::sourced,
    orchestration::views,
    orchestration::versions,
    policies::joins,
    policies::timers,
    policies::parks,
    sources::sources,
    sources::streams,
    sources::outboxes,
    shapes::fields,
    shapes::schedules,
    names::taken,
    names::collisions,
];

/// What cannot run yet, in the order of the places.
pub(crate) fn check(model: &Model) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = CHECKS.iter().flat_map(|check| check(model)).collect();
    found.sort_by_key(|diagnostic| diagnostic.labels.first().map(|label| label.span));
    found
}

/// True for what stands in a context of which something is written.
fn is_written(model: &Model, head: &Head) -> bool {
    head.context.is_some_and(|context| depth(model, context) >= Depth::Contract)
}

fn depth(model: &Model, context: ContextId) -> Depth {
    model[context].depth
}
