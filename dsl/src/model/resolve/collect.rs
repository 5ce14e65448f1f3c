//! The first pass: every declaration gets its place in the model and its name in the table, so that order never
//! matters afterwards.

use std::collections::HashMap;

use super::{At, Resolver, Symbol};
use crate::check::names::{declared_twice, said_twice, shadowed};
use crate::model::{
    Actor, ActorId, Aggregate, AggregateId, Command, CommandId, Context, ContextId, Depth, Enum, EnumId,
    Event, EventId, External, ExternalId, Head, Hotspot, HotspotId, Join, Policy, PolicyId, Process,
    ProcessId, Record, RecordId, View, ViewId,
};
use crate::syntax::tree::{self, Declaration, Doc, Item, Kind, Name, SyntaxTree, Text};

/// A declaration and what it became.
pub(crate) struct Declared<'t> {
    pub at: At,
    pub declaration: &'t Declaration,
    pub became: Became,
}

/// What a declaration became.
#[derive(Clone, Copy)]
pub(crate) enum Became {
    Symbol(Symbol),
    Hotspot(HotspotId),
}

impl Resolver<'_> {
    /// Gives every declaration an id and a name. A second declaration of a name is reported and left out.
    pub(crate) fn collect<'t>(&mut self, trees: &'t [SyntaxTree]) -> Vec<Declared<'t>> {
        let mut declared = Vec::new();
        for tree in trees {
            for item in &tree.items {
                match item {
                    Item::Context(context) => {
                        let id = self.open(context);
                        for declaration in &context.declarations {
                            let at = At { context: Some(id), file: tree.file };
                            declared.extend(self.declare(at, declaration));
                        }
                    }
                    Item::Loose(declaration) => {
                        let at = At { context: None, file: tree.file };
                        declared.extend(self.declare(at, declaration));
                    }
                    _ => {}
                }
            }
        }
        declared
    }

    /// Reads the `use` lines of every file.
    pub(crate) fn collect_uses(&mut self, trees: &[SyntaxTree]) {
        for tree in trees {
            let opened: Vec<ContextId> = tree.items.iter().filter_map(|item| self.opened(item)).collect();
            for item in &tree.items {
                let Item::Use(line) = item else { continue };
                for name in &line.names {
                    let path = tree::Path { names: vec![line.context.clone(), name.clone()] };
                    let at = At { context: None, file: tree.file };
                    let Some(symbol) = self.symbol(at, &path, |_| true) else { continue };
                    self.shorten(tree, name, symbol, &opened);
                }
            }
        }
    }

    fn opened(&self, item: &Item) -> Option<ContextId> {
        let Item::Context(context) = item else { return None };
        self.names.contexts.get(&context.name.text).copied()
    }

    fn shorten(&mut self, tree: &SyntaxTree, name: &Name, symbol: Symbol, opened: &[ContextId]) {
        let own = opened.iter().find_map(|id| self.names.table(Some(*id)).get(&name.text).copied());
        if let Some(own) = own {
            let declared = self.declared_at(own);
            return self.report(shadowed::by_use(name, own, declared));
        }
        let table = self.names.shortened.entry(tree.file).or_default();
        match table.get(&name.text) {
            Some(&(_, earlier)) => self.report(said_twice::used(name, earlier)),
            None => {
                table.insert(name.text.clone(), (symbol, name.span));
            }
        }
    }

    fn open(&mut self, context: &tree::Context) -> ContextId {
        let id = match self.names.contexts.get(&context.name.text) {
            Some(&id) => id,
            None => {
                let id = ContextId(self.model.contexts.len() as u32);
                let mut head =
                    head(&context.name, &None, &None, At { context: None, file: context.span.file });
                head.span = context.span;
                self.model.contexts.push(Context { head, owner: None, depth: Depth::BigPicture });
                self.names.contexts.insert(context.name.text.clone(), id);
                self.names.declared.push(HashMap::new());
                id
            }
        };
        let opened = &mut self.model.contexts[id.0 as usize].head;
        if opened.doc.is_none() {
            opened.doc = doc(&context.doc);
        }
        if opened.label.is_none() {
            opened.label = label(&context.label);
        }
        if context.poisoned {
            self.doubts.contexts.insert(id);
        }
        id
    }

    fn declare<'t>(&mut self, at: At, declaration: &'t Declaration) -> Option<Declared<'t>> {
        if let Kind::Owner(owner) = &declaration.kind {
            self.own(at, owner);
            return None;
        }
        if let Kind::Hotspot(hotspot) = &declaration.kind {
            let name = Name { text: hotspot.text.value.clone(), span: hotspot.text.span };
            let mut head = head(&name, &None, &declaration.doc, at);
            head.span = declaration.span;
            let id = HotspotId(self.model.hotspots.len() as u32);
            self.model.hotspots.push(Hotspot { head, on: None, owner: None, due: None });
            return Some(Declared { at, declaration, became: Became::Hotspot(id) });
        }
        let (name, written_label) = named(&declaration.kind)?;
        let symbol = self.next(&declaration.kind)?;
        if let Err(earlier) = self.names.declare(at.context, &name.text, symbol) {
            let place = self.declared_at(earlier);
            self.report(declared_twice::twice(name, symbol, earlier, place));
            return None;
        }
        let mut head = head(name, written_label, &declaration.doc, at);
        head.span = declaration.span;
        self.push(symbol, head);
        if declaration.poisoned {
            self.doubts.symbols.insert(symbol);
        }
        Some(Declared { at, declaration, became: Became::Symbol(symbol) })
    }

    fn own(&mut self, at: At, owner: &Text) {
        let Some(id) = at.context else { return };
        let context = &mut self.model.contexts[id.0 as usize];
        match &context.owner {
            Some(earlier) if *earlier != owner.value => {
                let diagnostic = said_twice::owner(&context.head.name, earlier, owner);
                self.report(diagnostic);
            }
            _ => context.owner = Some(owner.value.clone()),
        }
    }

    /// The id that the next declaration of this kind gets.
    fn next(&self, kind: &Kind) -> Option<Symbol> {
        let model = &self.model;
        Some(match kind {
            Kind::Actor(_) => Symbol::Actor(ActorId(model.actors.len() as u32)),
            Kind::Enum(_) => Symbol::Enum(EnumId(model.enums.len() as u32)),
            Kind::Type(_) => Symbol::Record(RecordId(model.records.len() as u32)),
            Kind::Aggregate(_) => Symbol::Aggregate(AggregateId(model.aggregates.len() as u32)),
            Kind::External(_) => Symbol::External(ExternalId(model.externals.len() as u32)),
            Kind::Command(_) => Symbol::Command(CommandId(model.commands.len() as u32)),
            Kind::Event(_) => Symbol::Event(EventId(model.events.len() as u32)),
            Kind::Policy(_) => Symbol::Policy(PolicyId(model.policies.len() as u32)),
            Kind::View(_) => Symbol::View(ViewId(model.views.len() as u32)),
            Kind::Process(_) => Symbol::Process(ProcessId(model.processes.len() as u32)),
            Kind::Owner(_) | Kind::Hotspot(_) => return None,
        })
    }

    fn push(&mut self, symbol: Symbol, head: Head) {
        let model = &mut self.model;
        match symbol {
            Symbol::Actor(_) => model.actors.push(Actor { head }),
            Symbol::Enum(_) => model.enums.push(Enum { head, values: vec![] }),
            Symbol::Record(_) => model.records.push(Record { head, fields: vec![] }),
            Symbol::Aggregate(_) => model.aggregates.push(Aggregate { head, key: vec![], sourced: None }),
            Symbol::External(_) => {
                model.externals.push(External { head, url: None, timeout: None, at_most: None });
            }
            Symbol::Command(_) => model.commands.push(empty_command(head)),
            Symbol::Event(_) => model.events.push(empty_event(head)),
            Symbol::Policy(_) => model.policies.push(empty_policy(head)),
            Symbol::View(_) => model.views.push(View { head, key: vec![], fields: vec![], on: vec![] }),
            Symbol::Process(_) => model.processes.push(Process {
                head,
                sentence: None,
                whenever: vec![],
                sends: vec![],
                awaits: vec![],
            }),
        }
    }
}

/// What every named thing has; the whole place is the name's until it is set.
pub(crate) fn head(name: &Name, label: &Option<Text>, doc: &Option<Doc>, at: At) -> Head {
    Head {
        name: name.text.clone(),
        label: self::label(label),
        doc: self::doc(doc),
        context: at.context,
        name_span: name.span,
        span: name.span,
    }
}

pub(crate) fn doc(doc: &Option<Doc>) -> Option<String> {
    doc.as_ref().map(|doc| doc.text.clone())
}

fn label(label: &Option<Text>) -> Option<String> {
    label.as_ref().map(|label| label.value.clone())
}

fn named(kind: &Kind) -> Option<(&Name, &Option<Text>)> {
    Some(match kind {
        Kind::Actor(it) => (&it.name, &it.label),
        Kind::Enum(it) => (&it.name, &None),
        Kind::Type(it) => (&it.name, &None),
        Kind::Aggregate(it) => (&it.name, &it.label),
        Kind::External(it) => (&it.name, &it.label),
        Kind::Command(it) => (&it.name, &it.label),
        Kind::Event(it) => (&it.name, &it.label),
        Kind::Policy(it) => (&it.name, &it.label),
        Kind::View(it) => (&it.name, &it.label),
        Kind::Process(it) => (&it.name, &it.label),
        Kind::Owner(_) | Kind::Hotspot(_) => return None,
    })
}

fn empty_command(head: Head) -> Command {
    Command {
        head,
        version: 1,
        by: vec![],
        every: None,
        on: None,
        key: vec![],
        emits: vec![],
        fields: vec![],
        has_body: false,
    }
}

fn empty_event(head: Head) -> Event {
    Event {
        head,
        version: 1,
        version_span: None,
        raised_by: None,
        key: vec![],
        fields: vec![],
        has_body: false,
        upcast: None,
        deprecated: None,
        entrance: None,
    }
}

fn empty_policy(head: Head) -> Policy {
    Policy {
        head,
        sentence: None,
        whenever: vec![],
        join: Join::Any,
        whenever_span: None,
        within: None,
        by: vec![],
        condition: None,
        for_each: None,
        after: None,
        unless: vec![],
        then: vec![],
        otherwise: vec![],
        skip_if: vec![],
        retry: None,
        give_up: None,
        lag: None,
    }
}
