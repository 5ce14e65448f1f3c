//! The names of a model and what they stand for: one namespace a context, one for loose declarations, and the
//! shortenings of each file's `use` lines.

use std::collections::HashMap;

use crate::model::{
    ActorId, AggregateId, CommandId, ContextId, EnumId, EventId, ExternalId, Head, Model, PolicyId,
    ProcessId, RecordId, Subject, ViewId,
};
use crate::source::{FileId, Span};

/// The id in a symbol, if it is of this kind.
macro_rules! pick {
    ($symbol:expr, $kind:ident) => {
        match $symbol {
            $crate::model::resolve::Symbol::$kind(id) => Some(id),
            _ => None,
        }
    };
}
pub(crate) use pick;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Symbol {
    Actor(ActorId),
    Enum(EnumId),
    Record(RecordId),
    Aggregate(AggregateId),
    External(ExternalId),
    Command(CommandId),
    Event(EventId),
    Policy(PolicyId),
    View(ViewId),
    Process(ProcessId),
}

/// Every declared name.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Contexts by name.
    pub contexts: HashMap<String, ContextId>,
    /// Declarations by name, a table a context.
    pub declared: Vec<HashMap<String, Symbol>>,
    /// Loose declarations by name.
    pub loose: HashMap<String, Symbol>,
    /// Names shortened by `use`, a table a file, with the places of the `use`.
    pub shortened: HashMap<FileId, HashMap<String, (Symbol, Span)>>,
    /// The contexts in which a name is declared.
    pub everywhere: HashMap<String, Vec<ContextId>>,
}

impl Names {
    /// The table of a context, or of what is loose.
    pub(crate) fn table(&self, context: Option<ContextId>) -> &HashMap<String, Symbol> {
        context.map_or(&self.loose, |id| &self.declared[id.0 as usize])
    }

    /// Declares a name; the earlier holder if there is one.
    pub(crate) fn declare(
        &mut self,
        context: Option<ContextId>,
        name: &str,
        symbol: Symbol,
    ) -> Result<(), Symbol> {
        let table = match context {
            Some(id) => &mut self.declared[id.0 as usize],
            None => &mut self.loose,
        };
        if let Some(&earlier) = table.get(name) {
            return Err(earlier);
        }
        table.insert(name.to_owned(), symbol);
        if let Some(id) = context {
            self.everywhere.entry(name.to_owned()).or_default().push(id);
        }
        Ok(())
    }
}

impl Symbol {
    /// `a command`: how messages call it.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Symbol::Actor(_) => "an actor",
            Symbol::Enum(_) => "an enum",
            Symbol::Record(_) => "a type",
            Symbol::Aggregate(_) => "an aggregate",
            Symbol::External(_) => "an external system",
            Symbol::Command(_) => "a command",
            Symbol::Event(_) => "an event",
            Symbol::Policy(_) => "a policy",
            Symbol::View(_) => "a view",
            Symbol::Process(_) => "a process",
        }
    }

    /// What it has in common with all named things.
    pub(crate) fn head(self, model: &Model) -> &Head {
        match self {
            Symbol::Actor(id) => &model[id].head,
            Symbol::Enum(id) => &model[id].head,
            Symbol::Record(id) => &model[id].head,
            Symbol::Aggregate(id) => &model[id].head,
            Symbol::External(id) => &model[id].head,
            Symbol::Command(id) => &model[id].head,
            Symbol::Event(id) => &model[id].head,
            Symbol::Policy(id) => &model[id].head,
            Symbol::View(id) => &model[id].head,
            Symbol::Process(id) => &model[id].head,
        }
    }

    /// What a hotspot or a scenario can be about.
    pub(crate) fn subject(self) -> Option<Subject> {
        Some(match self {
            Symbol::Aggregate(id) => Subject::Aggregate(id),
            Symbol::External(id) => Subject::External(id),
            Symbol::Command(id) => Subject::Command(id),
            Symbol::Event(id) => Subject::Event(id),
            Symbol::Policy(id) => Subject::Policy(id),
            Symbol::View(id) => Subject::View(id),
            Symbol::Process(id) => Subject::Process(id),
            Symbol::Actor(_) | Symbol::Enum(_) | Symbol::Record(_) => return None,
        })
    }
}
