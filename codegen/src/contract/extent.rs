//! How much of each context is written: its depth says so, and who uses its types.

use std::collections::BTreeMap;

use storm_dsl::model::{Base, ContextId, Depth, Field, Model, Type};

/// How much of a context is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Extent {
    /// Its types alone, because a contract of another context uses one of them.
    Types,
    /// Its messages and its public topics.
    Contract,
    /// All of it.
    Service,
}

/// The contexts of which anything is written.
pub(crate) fn extents(model: &Model) -> BTreeMap<ContextId, Extent> {
    let mut found = BTreeMap::new();
    for (index, context) in model.contexts.iter().enumerate() {
        let extent = match context.depth {
            Depth::Service => Extent::Service,
            Depth::Contract => Extent::Contract,
            Depth::Process | Depth::BigPicture => continue,
        };
        found.insert(ContextId(index as u32), extent);
    }
    let written = |context: Option<ContextId>| context.is_some_and(|id| found.contains_key(&id));
    let events = model.events.iter().filter(|event| written(event.head.context)).map(|event| &event.fields);
    let commands =
        model.commands.iter().filter(|one| written(one.head.context)).map(|command| &command.fields);
    let records = model.records.iter().filter(|one| written(one.head.context)).map(|record| &record.fields);
    let fields: Vec<&Field> = events.chain(commands).chain(records).flatten().collect();
    let mut lent = BTreeMap::new();
    for field in fields {
        lenders(model, &field.ty, &mut lent);
    }
    for context in lent.into_keys() {
        found.entry(context).or_insert(Extent::Types);
    }
    found
}

/// The contexts that a type is lent by, through the records in it.
fn lenders(model: &Model, ty: &Type, found: &mut BTreeMap<ContextId, ()>) {
    match &ty.base {
        Base::Map(value) => lenders(model, value, found),
        Base::Enum(id) => found.extend(model[*id].head.context.map(|context| (context, ()))),
        Base::Record(id) => {
            found.extend(model[*id].head.context.map(|context| (context, ())));
            // Records do not contain themselves: a check has seen to it.
            model[*id].fields.iter().for_each(|field| lenders(model, &field.ty, found));
        }
        _ => {}
    }
}
