//! Syntax trees to the model: every name found, every type known, every expression typed. What is wrong becomes a
//! diagnostic, made by the rule's file under `check`; what cannot be known becomes a doubt, about which later checks
//! say nothing, so that one fault gives one error. It must not know how anything is generated or drawn.

mod aggregate;
mod assign;
mod capture;
mod collect;
mod declare;
mod expr;
mod fields;
mod literal;
mod lookup;
mod merge;
mod missing;
mod names;
mod operators;
mod policy;
mod process;
mod reckon;
mod scenario;
mod scope;
mod source;
mod stream;
mod typeref;
mod webhook;
mod widen;

use crate::diagnostic::Diagnostic;
use crate::model::Model;
use crate::source::{FileId, SourceSet, Span};
use crate::syntax::tree::SyntaxTree;

pub(crate) use lookup::Found;
pub(crate) use names::{Names, Symbol};

use super::{AggregateId, ContextId, EventId, TableId};
use std::collections::{HashMap, HashSet};

/// What resolving yields.
#[derive(Debug)]
pub(crate) struct Resolved {
    /// The model, as far as it could be understood.
    pub model: Model,
    /// What is not known although it is written.
    pub doubts: Doubts,
    /// What is wrong, in no particular order.
    pub diagnostics: Vec<Diagnostic>,
}

/// What could not be understood and has been reported: a check that would stumble over it says nothing.
#[derive(Debug, Default)]
pub(crate) struct Doubts {
    /// Some text could not be read at all.
    pub damaged: bool,
    /// Declarations whose fields or clauses are not all known.
    pub symbols: HashSet<Symbol>,
    /// Contexts that may hold more than is known.
    pub contexts: HashSet<ContextId>,
    /// Contexts with an aggregate whose key is not understood.
    pub keys: HashSet<ContextId>,
    /// Events that a capture feeds which could not be understood.
    pub captured: HashSet<EventId>,
    /// Tables of which a capture could not be understood.
    pub tables: HashSet<TableId>,
}

impl Doubts {
    pub(crate) fn about(&self, symbol: Symbol) -> bool {
        self.symbols.contains(&symbol)
    }

    /// Is everything that is written understood?
    pub(crate) fn none(&self) -> bool {
        let events = self.captured.is_empty() && self.symbols.is_empty();
        !self.damaged && events && self.contexts.is_empty() && self.tables.is_empty()
    }
}

/// Where a name is used: the context around it, if any, and the file, whose `use` lines count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At {
    pub context: Option<ContextId>,
    pub file: FileId,
}

pub(crate) struct Resolver<'a> {
    pub sources: &'a SourceSet,
    pub model: Model,
    pub names: Names,
    pub doubts: Doubts,
    pub diagnostics: Vec<Diagnostic>,
    /// The reports of names that are unknown in a context, as indices into `diagnostics`.
    pub unknown: HashMap<(Option<ContextId>, String), usize>,
    /// The aggregates that have a field in their key, by context and the field's name.
    pub keyed: HashMap<Option<ContextId>, HashMap<String, Vec<AggregateId>>>,
}

/// Resolves the trees of a model. `damaged` says that some text could not be read.
pub(crate) fn resolve(sources: &SourceSet, trees: &[SyntaxTree], damaged: bool) -> Resolved {
    let mut resolver = Resolver {
        sources,
        model: Model { name: sources.name.clone(), ..Model::default() },
        names: Names::default(),
        doubts: Doubts { damaged, ..Doubts::default() },
        diagnostics: Vec::new(),
        unknown: HashMap::new(),
        keyed: HashMap::new(),
    };
    let declared = resolver.collect(trees);
    resolver.collect_uses(trees);
    resolver.declare_types(&declared);
    resolver.declare_board(&declared);
    resolver.declare_reactions(&declared);
    resolver.declare_sources(trees);
    resolver.declare_streams(trees);
    resolver.declare_scenarios(trees);
    resolver.reckon();
    let diagnostics = merge::same_faults(resolver.diagnostics);
    Resolved { model: resolver.model, doubts: resolver.doubts, diagnostics }
}

impl Resolver<'_> {
    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// The head of a declaration by the place of its name, for related places.
    pub(crate) fn declared_at(&self, symbol: Symbol) -> Span {
        symbol.head(&self.model).name_span
    }
}
