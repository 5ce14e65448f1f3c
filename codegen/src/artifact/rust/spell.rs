//! How types are spelled in a place of a generated crate, and where their names come from. It must not know what is
//! done with them.

use storm_dsl::model::{Base, ContextId, Type};

use super::externals;
use super::policies::reactions;
use super::spec::database_constant;
use super::translate::function;
use super::uses::Uses;
use crate::contract::{Context, Contract, Message, Of};
use crate::names;
use crate::types::rust_type;

/// A place in a crate.
#[derive(Clone, Copy)]
pub(super) struct Spell<'c> {
    pub contract: &'c Contract<'c>,
    /// The context that it stands in.
    pub own: ContextId,
    /// The crate.
    pub here: Crate,
}

/// A kind of generated crate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Crate {
    /// A context's service.
    Service,
    /// The public types of the whole system.
    Public,
}

impl Spell<'_> {
    /// A type.
    pub(super) fn ty(&self, ty: &Type) -> String {
        rust_type(ty, &|base| self.named(base))
    }

    /// An enum or a record.
    pub(super) fn named(&self, base: &Base) -> String {
        let (home, name) = self.contract.home(base);
        self.at(home, name)
    }

    /// A message of any context.
    pub(super) fn message(&self, message: &Message) -> String {
        self.at(message.context, message.name.clone())
    }

    fn at(&self, home: ContextId, name: String) -> String {
        if home == self.own {
            name
        } else {
            format!("{}::{name}", names::rust(&self.contract.context(home).slug))
        }
    }

    /// Every name that this place may spell. `below`: the path of the parts of its context from there, when it is not
    /// `super`.
    pub(super) fn uses(&self, below: Option<&str>) -> Uses {
        let parts = below.unwrap_or("super");
        let mut uses = match self.here {
            Crate::Service => Uses::new(),
            Crate::Public => Uses::public(),
        };
        let context = self.contract.context(self.own);
        let enums = context.enums.iter().map(|one| (one.name.as_str(), "types"));
        let messages = context.messages().map(|message| (message.name.as_str(), module(message.of)));
        for (name, module) in enums.chain(messages) {
            uses.offer(&format!("{parts}::{module}"), &[name]);
        }
        let others = match self.here {
            Crate::Service => names::events_path(&self.contract.project.name),
            Crate::Public => "crate".into(),
        };
        for other in self.contract.contexts.iter().filter(|other| other.id != self.own) {
            uses.offer(&others, &[names::rust(&other.slug)]);
        }
        match self.here {
            Crate::Public => uses.offer("crate", &["wire"]),
            Crate::Service => self.offer_service(&mut uses, context, parts),
        }
        uses
    }

    /// The names that only a service has.
    fn offer_service(&self, uses: &mut Uses, context: &Context, parts: &str) {
        for row in &context.rows {
            uses.offer(&format!("{parts}::raw"), &[row.name.as_str()]);
        }
        uses.offer(&format!("{parts}::commands"), &["Commands", "command_table"]);
        uses.offer(parts, &["doors", "raw", "webhooks", "wire"]);
        let databases = context.captures_from.iter().map(|database| database_constant(context, database));
        let constants: Vec<String> = databases.chain([names::constant(&context.slug)]).collect();
        uses.offer(&format!("{parts}::spec"), &constants);
        let externals: Vec<String> =
            externals::called(self.contract, context).into_iter().map(|known| known.name).collect();
        uses.offer(&format!("{parts}::externals"), &externals);
        let reactions: Vec<String> =
            reactions(self.contract, context).into_iter().map(|reaction| reaction.name).collect();
        uses.offer(&format!("{parts}::policies"), &reactions);
        let translations: Vec<String> = context.events.iter().map(function).collect();
        uses.offer_values(&format!("{parts}::translate"), &translations);
    }
}

/// The file that a message stands in.
pub(super) fn module(of: Of) -> &'static str {
    match of {
        Of::Record(_) => "types",
        Of::Command(_) => "commands",
        Of::Event(_) => "events",
    }
}

/// The path of a wire type from a file beside or below `wire.rs`: `wire::ordering::OrderPlaced`.
pub(super) fn wire_path(contract: &Contract<'_>, context: ContextId, proto: &str) -> String {
    format!("wire::{}::{}", names::rust(&contract.context(context).slug), names::wire_type(proto))
}
