//! Which enums and types any message holds: what none holds is not written.

use std::collections::BTreeSet;

use storm_dsl::model::{Base, Type};

use crate::contract::{Context, Contract, EnumShape, Message, Of};

/// Enums and records that commands and events hold, directly or inside of each other.
#[derive(Default)]
pub(super) struct Used {
    enums: BTreeSet<u32>,
    records: BTreeSet<u32>,
}

impl Used {
    pub(super) fn of(contract: &Contract<'_>) -> Self {
        let mut used = Used::default();
        for message in contract.contexts.iter().flat_map(|own| own.commands.iter().chain(&own.events)) {
            message.fields.iter().for_each(|field| used.ty(contract, &field.ty));
        }
        used
    }

    fn ty(&mut self, contract: &Contract<'_>, ty: &Type) {
        match &ty.base {
            Base::Map(value) => self.ty(contract, value),
            Base::Enum(id) => {
                self.enums.insert(id.0);
            }
            Base::Record(id) if self.records.insert(id.0) => {
                contract.model[*id].fields.iter().for_each(|field| self.ty(contract, &field.ty));
            }
            _ => {}
        }
    }

    /// A context's enums that are used, in the model's order.
    pub(super) fn enums<'c>(&self, own: &'c Context) -> Vec<&'c EnumShape> {
        own.enums.iter().filter(|one| self.enums.contains(&one.id.0)).collect()
    }

    /// A context's types that are used, in the model's order.
    pub(super) fn records<'c>(&self, own: &'c Context) -> Vec<&'c Message> {
        let is_used = |record: &&Message| match record.of {
            Of::Record(id) => self.records.contains(&id.0),
            Of::Command(_) | Of::Event(_) => true,
        };
        own.records.iter().filter(is_used).collect()
    }

    /// Has a context any type that is used?
    pub(super) fn any(&self, own: &Context) -> bool {
        !self.enums(own).is_empty() || !self.records(own).is_empty()
    }
}
