//! What a service needs of other contexts: events its policies read, commands they send, and the types in both.

use std::collections::BTreeSet;

use storm_dsl::model::{Base, CommandId, ContextId, EventId, Type};

use crate::contract::{Context, Contract, EnumShape, Message, Of};

/// What is needed of one other context, in its own order.
pub(super) struct Foreign<'c> {
    pub context: &'c Context,
    pub enums: Vec<&'c EnumShape>,
    pub messages: Vec<&'c Message>,
}

/// What this context's service needs of others, in the model's order of contexts.
pub(super) fn foreign<'c>(contract: &'c Contract<'c>, own: &Context) -> Vec<Foreign<'c>> {
    let model = contract.model;
    let mut needed = Needed { contract, own: own.id, bases: BTreeSet::new() };
    let mut commands: BTreeSet<CommandId> = BTreeSet::new();
    let mut events: BTreeSet<EventId> = BTreeSet::new();
    for policy in model.policies.iter().filter(|policy| policy.head.context == Some(own.id)) {
        events.extend(policy.whenever.iter().filter(|&&id| model[id].head.context != Some(own.id)));
        let sent = policy.then.iter().map(|send| send.command);
        commands.extend(sent.filter(|&id| model[id].head.context != Some(own.id)));
    }
    for message in own.messages() {
        needed.fields(message);
    }
    for context in &contract.contexts {
        for message in context.messages() {
            if is_among(message, &commands, &events) {
                needed.fields(message);
            }
        }
    }
    let found = contract.contexts.iter().filter(|context| context.id != own.id).map(|context| Foreign {
        context,
        enums: context.enums.iter().filter(|one| needed.bases.contains(&Named::Enum(one.id.0))).collect(),
        messages: context
            .messages()
            .filter(|message| match message.of {
                Of::Record(id) => needed.bases.contains(&Named::Record(id.0)),
                _ => is_among(message, &commands, &events),
            })
            .collect(),
    });
    found.filter(|foreign| !foreign.enums.is_empty() || !foreign.messages.is_empty()).collect()
}

fn is_among(message: &Message, commands: &BTreeSet<CommandId>, events: &BTreeSet<EventId>) -> bool {
    match message.of {
        Of::Command(id) => commands.contains(&id),
        Of::Event(id) => events.contains(&id),
        Of::Record(_) => false,
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Enum(u32),
    Record(u32),
}

struct Needed<'c> {
    contract: &'c Contract<'c>,
    own: ContextId,
    bases: BTreeSet<Named>,
}

impl Needed<'_> {
    fn fields(&mut self, message: &Message) {
        for field in &message.fields {
            self.ty(&field.ty);
        }
    }

    fn ty(&mut self, ty: &Type) {
        match &ty.base {
            Base::Map(value) => self.ty(value),
            Base::Enum(id) if self.contract.home(&ty.base).0 != self.own => {
                self.bases.insert(Named::Enum(id.0));
            }
            Base::Record(id) => {
                let fresh = self.bases.insert(Named::Record(id.0));
                let fields: Vec<Type> =
                    self.contract.model[*id].fields.iter().map(|field| field.ty.clone()).collect();
                if fresh {
                    fields.iter().for_each(|ty| self.ty(ty));
                }
            }
            _ => {}
        }
    }
}
