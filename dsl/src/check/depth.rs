//! How far each context has come, and what it lacks for the next depth.

use crate::model::{Context, ContextId, Depth, Model};
use crate::source::Span;

/// A context's depth and what is missing for the next.
#[derive(Debug, Clone)]
pub struct DepthReport {
    /// The context.
    pub context: ContextId,
    /// How far it has come.
    pub depth: Depth,
    /// What it lacks for the next depth, in the order of the model; empty at service depth.
    pub missing: Vec<Missing>,
}

/// Something a context lacks.
#[derive(Debug, Clone)]
pub struct Missing {
    /// What, in the board's words: "the event `OrderPaid` has no fields".
    pub what: String,
    /// Where it would be written.
    pub span: Span,
}

/// The depth of every context, in the model's order.
pub fn report(model: &Model) -> Vec<DepthReport> {
    let contents = contents(model);
    (0..model.contexts.len())
        .map(|index| {
            let context = ContextId(index as u32);
            let (depth, missing) = reached(model, &contents[index], context);
            DepthReport { context, depth, missing }
        })
        .collect()
}

/// What stands in a context, as indices into the model's arenas.
#[derive(Default, Clone)]
struct Contents {
    aggregates: Vec<usize>,
    commands: Vec<usize>,
    events: Vec<usize>,
    policies: Vec<usize>,
    others: usize,
}

fn contents(model: &Model) -> Vec<Contents> {
    let mut contents = vec![Contents::default(); model.contexts.len()];
    let mut at = |context: Option<ContextId>, put: &mut dyn FnMut(&mut Contents)| {
        if let Some(id) = context {
            put(&mut contents[id.0 as usize]);
        }
    };
    for (index, it) in model.aggregates.iter().enumerate() {
        at(it.head.context, &mut |contents| contents.aggregates.push(index));
    }
    for (index, it) in model.commands.iter().enumerate() {
        at(it.head.context, &mut |contents| contents.commands.push(index));
    }
    for (index, it) in model.events.iter().enumerate() {
        at(it.head.context, &mut |contents| contents.events.push(index));
    }
    for (index, it) in model.policies.iter().enumerate() {
        at(it.head.context, &mut |contents| contents.policies.push(index));
    }
    for head in model.views.iter().map(|it| &it.head).chain(model.processes.iter().map(|it| &it.head)) {
        at(head.context, &mut |contents| contents.others += 1);
    }
    contents
}

fn reached(model: &Model, contents: &Contents, id: ContextId) -> (Depth, Vec<Missing>) {
    for (next, missing) in [
        (Depth::BigPicture, for_process(model, contents, &model[id])),
        (Depth::Process, for_contract(model, contents)),
        (Depth::Contract, for_service(model, contents)),
    ] {
        if !missing.is_empty() {
            return (next, missing);
        }
    }
    (Depth::Service, vec![])
}

/// Who issues what, what follows what.
fn for_process(model: &Model, contents: &Contents, context: &Context) -> Vec<Missing> {
    let mut missing = Vec::new();
    let mut lacks = |span: Span, what: String| missing.push(Missing { what, span });
    if contents.commands.is_empty() && contents.policies.is_empty() && contents.others == 0 {
        let entered = |index: &usize| model.events[*index].raised_by.is_some();
        if contents.events.is_empty() || !contents.events.iter().all(entered) {
            let name = &context.head.name;
            lacks(context.head.name_span, format!("the context `{name}` has no command and no policy"));
        }
    }
    for &index in &contents.commands {
        let command = &model.commands[index];
        if command.emits.is_empty() && command.on.is_none() {
            let name = &command.head.name;
            lacks(
                command.head.name_span,
                format!("the command `{name}` has no event after it and nothing that handles it"),
            );
        }
    }
    for &index in &contents.policies {
        let policy = &model.policies[index];
        let name = &policy.head.name;
        if policy.whenever.is_empty() {
            lacks(policy.head.name_span, format!("the policy `{name}` hears no event"));
        } else if policy.then.is_empty() {
            lacks(policy.head.name_span, format!("the policy `{name}` sends no command"));
        }
    }
    let emitted = emitted(model, contents);
    for &index in &contents.events {
        let event = &model.events[index];
        if event.raised_by.is_none() && event.entrance.is_none() && !emitted.contains(&index) {
            let name = &event.head.name;
            lacks(event.head.name_span, format!("nothing raises the event `{name}`"));
        }
    }
    missing
}

/// Every field has a type.
fn for_contract(model: &Model, contents: &Contents) -> Vec<Missing> {
    let mut missing = Vec::new();
    let mut lacks = |span: Span, what: String| missing.push(Missing { what, span });
    for &index in &contents.aggregates {
        let aggregate = &model.aggregates[index];
        if aggregate.key.is_empty() {
            lacks(aggregate.head.name_span, format!("the aggregate `{}` has no key", aggregate.head.name));
        }
    }
    for &index in &contents.commands {
        let command = &model.commands[index];
        let name = &command.head.name;
        if !command.has_body {
            lacks(command.head.name_span, format!("the command `{name}` has no fields"));
        } else if command.key.is_empty() && command.every.is_none() && !handled_by_keyless(model, command.on)
        {
            lacks(command.head.name_span, format!("the command `{name}` has no key"));
        }
    }
    for &index in &contents.events {
        let event = &model.events[index];
        let name = &event.head.name;
        if !event.has_body {
            lacks(event.head.name_span, format!("the event `{name}` has no fields"));
        } else if event.key.is_empty() && !handled_by_keyless(model, event.raised_by) {
            lacks(event.head.name_span, format!("the event `{name}` has no key"));
        }
    }
    missing
}

/// Its aggregate has no key yet, which is said already.
fn handled_by_keyless(model: &Model, handler: Option<crate::model::Handler>) -> bool {
    matches!(handler, Some(crate::model::Handler::Aggregate(id)) if model[id].key.is_empty())
}

/// Every event has an entrance.
fn for_service(model: &Model, contents: &Contents) -> Vec<Missing> {
    let without = contents.events.iter().map(|index| &model.events[*index]);
    without
        .filter(|event| event.entrance.is_none())
        .map(|event| Missing {
            what: format!(
                "the event `{}` has no entrance: no capture maps it and no command records it",
                event.head.name
            ),
            span: event.head.name_span,
        })
        .collect()
}

fn emitted(model: &Model, contents: &Contents) -> std::collections::HashSet<usize> {
    let commands = contents.commands.iter().map(|index| &model.commands[*index]);
    commands.flat_map(|command| command.emits.iter().map(|event| event.0 as usize)).collect()
}

/// Writes each context's depth into the model.
pub(crate) fn reckon(model: &mut Model) {
    for report in report(model) {
        model.contexts[report.context.0 as usize].depth = report.depth;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::model;

    fn depth(text: &str) -> (Depth, Vec<String>) {
        let report = report(&model(text)).remove(0);
        (report.depth, report.missing.into_iter().map(|it| it.what).collect())
    }

    #[test]
    fn the_four_depths() {
        assert_eq!(depth("context A { event E }").0, Depth::BigPicture);
        assert_eq!(depth("context A { event E\n command C -> E }").0, Depth::Process);
        let contract = "context A { external X { }\n event E from X key k { k: u32 } }";
        assert_eq!(depth(contract).0, Depth::Contract);
        let service = "context A { aggregate G key k: u32\n event E on G { k }\n command C on G -> E { k } }";
        assert_eq!(depth(service), (Depth::Service, vec![]));
        assert_eq!(model(service).events[0].entrance, Some(crate::model::Entrance::Recorded));
    }

    #[test]
    fn what_is_missing_is_said() {
        let (_, missing) =
            depth("context A { aggregate G key k: u32\n event E on G\n command C on G -> E { k } }");
        assert_eq!(missing, ["the event `E` has no fields"]);
    }
}
