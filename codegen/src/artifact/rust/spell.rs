//! How types are spelled in a place of a generated crate, and where their names come from. It must not know what is
//! done with them.

use storm_dsl::model::{Base, ContextId, Type};

use super::policies::reactions;
use super::spec::database_constant;
use super::translate::function;
use super::uses::Uses;
use crate::contract::{Contract, Message, Of};
use crate::names;
use crate::types::rust_type;

/// A place in a crate.
#[derive(Clone, Copy)]
pub(super) struct Spell<'c> {
    pub contract: &'c Contract<'c>,
    /// The crate's context.
    pub own: ContextId,
    /// The context whose messages the file holds: `own`, or a foreign one in its file under `foreign`.
    pub here: ContextId,
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
        if home == self.here || home == self.own {
            name
        } else {
            format!("{}::{name}", names::rust(&self.contract.context(home).slug))
        }
    }

    /// Offers every name that this place may spell. `model`: the path of the model from there; `super` for its own
    /// parts.
    pub(super) fn offer(&self, uses: &mut Uses, model: Option<&str>) {
        let context = self.contract.context(self.own);
        let model = model.unwrap_or(if self.here == self.own { "super" } else { "crate::model" });
        let enums = context.enums.iter().map(|one| (one.name.as_str(), "types"));
        let messages = context.messages().map(|message| {
            let module = match message.of {
                Of::Record(_) => "types",
                Of::Command(_) => "commands",
                Of::Event(_) => "events",
            };
            (message.name.as_str(), module)
        });
        for (name, module) in enums.chain(messages) {
            uses.offer(&format!("{model}::{module}"), &[name]);
        }
        for row in &context.rows {
            uses.offer(&format!("{model}::raw"), &[row.name.as_str()]);
        }
        for other in
            self.contract.contexts.iter().filter(|other| other.id != self.own && other.id != self.here)
        {
            uses.offer(&format!("{model}::foreign"), &[names::rust(&other.slug)]);
        }
        uses.offer(&format!("{model}::commands"), &["Commands", "command_table"]);
        uses.offer(model, &["raw", "wire"]);
        let databases = context.captures_from.iter().map(|database| database_constant(context, database));
        let constants: Vec<String> = databases.chain([names::constant(&context.slug)]).collect();
        uses.offer(&format!("{model}::spec"), &constants);
        let reactions: Vec<String> =
            reactions(self.contract, context).into_iter().map(|reaction| reaction.name).collect();
        uses.offer(&format!("{model}::policies"), &reactions);
        let translations: Vec<String> = context.events.iter().map(function).collect();
        uses.offer_values(&format!("{model}::translate"), &translations);
    }
}

/// The path of a wire type from a file beside or below `wire.rs`: `wire::ordering::OrderPlaced`.
pub(super) fn wire_path(contract: &Contract<'_>, context: ContextId, proto: &str) -> String {
    format!("wire::{}::{}", names::rust(&contract.context(context).slug), names::wire_type(proto))
}
