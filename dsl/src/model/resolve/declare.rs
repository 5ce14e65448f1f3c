//! The declarations that stand on their own feet: enums, types, aggregates and external systems first, then the commands and
//! events whose fields are made of them.

use std::collections::HashMap;

use super::collect::{Became, Declared, doc};
use super::names::pick;
use super::{At, Resolver, Symbol, typeref};
use crate::check::board::{events_at_home, handled_by, issued_by, raised_from};
use crate::check::names::{said_twice, shadowed};
use crate::model::{AggregateId, EnumId, EnumValue, EventId, Handler};
use crate::syntax::tree::{self, Kind, Name};

impl Resolver<'_> {
    /// Enums, types, aggregates' keys and external systems.
    pub(crate) fn declare_types(&mut self, declared: &[Declared]) {
        for it in declared {
            let Became::Symbol(symbol) = it.became else { continue };
            match (&it.declaration.kind, symbol) {
                (Kind::Enum(written), Symbol::Enum(id)) => self.enumerate(id, written),
                (Kind::Aggregate(written), Symbol::Aggregate(id)) => {
                    let key = self.fields(it.at, symbol, Some(id), &written.key);
                    let aggregate = &mut self.model.aggregates[id.0 as usize];
                    aggregate.key = key;
                    aggregate.sourced = written.sourced;
                }
                (Kind::External(written), Symbol::External(id)) => {
                    let external = &mut self.model.externals[id.0 as usize];
                    external.url = written.url.as_ref().map(|text| text.value.clone());
                    external.timeout = written.timeout.map(|timeout| timeout.millis);
                    external.at_most = written.at_most.map(|rate| (rate.count, rate.per_millis));
                }
                _ => {}
            }
            if let Kind::Enum(tree::Enum { name, .. }) | Kind::Type(tree::Record { name, .. }) =
                &it.declaration.kind
                && typeref::BUILT_IN.contains(&name.text.as_str())
            {
                self.report(shadowed::built_in(name));
            }
            if !matches!(symbol, Symbol::Event(_)) {
                self.marks(&it.declaration.annotations, false);
            }
        }
        self.remember_keys();
        for it in declared {
            if let (Kind::Type(written), Became::Symbol(Symbol::Record(id))) =
                (&it.declaration.kind, it.became)
            {
                let fields = self.fields(it.at, Symbol::Record(id), None, &written.fields);
                self.model.records[id.0 as usize].fields = fields;
            }
        }
    }

    /// Commands and events.
    pub(crate) fn declare_board(&mut self, declared: &[Declared]) {
        for it in declared {
            match (&it.declaration.kind, it.became) {
                (Kind::Event(written), Became::Symbol(symbol @ Symbol::Event(id))) => {
                    self.event(it.at, symbol, id, written);
                    let marks = self.marks(&it.declaration.annotations, false);
                    self.model.events[id.0 as usize].deprecated = marks.deprecated;
                }
                (Kind::Command(written), Became::Symbol(symbol @ Symbol::Command(_))) => {
                    self.command(it.at, symbol, written);
                }
                _ => {}
            }
        }
    }

    fn enumerate(&mut self, id: EnumId, written: &tree::Enum) {
        let mut places: HashMap<&str, &Name> = HashMap::new();
        let mut values = Vec::with_capacity(written.values.len());
        for value in &written.values {
            if let Some(earlier) = places.insert(&value.name.text, &value.name) {
                self.report(said_twice::value(&value.name, earlier.span));
                continue;
            }
            values.push(EnumValue {
                name: value.name.text.clone(),
                doc: doc(&value.doc),
                renamed_from: value.renamed_from.as_ref().map(|old| old.text.clone()),
                span: value.name.span,
            });
        }
        self.model.enums[id.0 as usize].values = values;
    }

    fn event(&mut self, at: At, symbol: Symbol, id: EventId, written: &tree::Event) {
        let on = written.on.as_ref().map(|path| {
            self.find(at, path, aggregate, raised_from::not_an_aggregate).map(Handler::Aggregate)
        });
        let from = written
            .from
            .as_ref()
            .map(|path| self.find(at, path, external, raised_from::not_an_external).map(Handler::External));
        if on == Some(None) || from == Some(None) {
            self.doubts.symbols.insert(symbol);
        }
        let raised_by = on.flatten().or(from.flatten());
        let handler = raised_by.and_then(of_aggregate);
        let fields = self.fields(at, symbol, handler, &written.fields);
        let key = self.key_of(&written.key, handler);
        let event = &mut self.model.events[id.0 as usize];
        event.version = written.version.map_or(1, |version| version.value as u32);
        event.version_span = written.version.map(|version| version.span);
        event.raised_by = raised_by;
        event.key = key;
        event.fields = fields;
        event.has_body = written.has_body;
        event.upcast = written.upcasts.first().map(|upcast| upcast.span);
        self.upcasts(symbol, written.version, &written.upcasts);
    }

    fn command(&mut self, at: At, symbol: Symbol, written: &tree::Command) {
        let Symbol::Command(id) = symbol else { return };
        let by = written
            .by
            .iter()
            .filter_map(|path| self.find(at, path, |symbol| pick!(symbol, Actor), issued_by::not_an_actor));
        let by = by.collect();
        let handler = written.on.as_ref().map(|path| self.find(at, path, handler, handled_by::not_a_handler));
        if handler == Some(None) {
            self.doubts.symbols.insert(symbol);
        }
        let on = handler.flatten();
        let mut emits: Vec<EventId> = Vec::with_capacity(written.emits.len());
        for path in &written.emits {
            match self.emitted(at, path) {
                Some(event) if emits.contains(&event) => {
                    self.report(said_twice::emitted(path));
                }
                Some(event) => emits.push(event),
                None => {
                    self.doubts.symbols.insert(symbol);
                }
            }
        }
        let aggregate = on.and_then(of_aggregate);
        let fields = self.fields(at, symbol, aggregate, &written.fields);
        let key = self.key_of(&written.key, aggregate);
        let command = &mut self.model.commands[id.0 as usize];
        command.version = written.version.map_or(1, |version| version.value as u32);
        command.by = by;
        command.every = written.every.as_ref().map(|text| (text.value.clone(), text.span));
        command.on = on;
        command.key = if command.every.is_some() && !written.has_body { vec![] } else { key };
        command.emits = emits;
        command.fields = fields;
        command.has_body = written.has_body || written.every.is_some();
        self.upcasts(symbol, written.version, &written.upcasts);
    }

    fn emitted(&mut self, at: At, path: &tree::Path) -> Option<EventId> {
        let event = self.find(at, path, |symbol| pick!(symbol, Event), events_at_home::not_an_event)?;
        let home = self.model[event].head.context;
        if home != at.context {
            let head = &self.model[event].head;
            let diagnostic = events_at_home::abroad(path, head, at.context.map(|id| &self.model[id].head));
            self.report(diagnostic);
            return None;
        }
        Some(event)
    }

    /// The names of the fields that key a message: its own, else the aggregate's.
    fn key_of(&self, written: &[Name], handler: Option<AggregateId>) -> Vec<String> {
        match (written, handler) {
            ([], Some(id)) => self.model[id].key.iter().map(|field| field.name.clone()).collect(),
            (written, _) => written.iter().map(|name| name.text.clone()).collect(),
        }
    }
}

fn aggregate(symbol: Symbol) -> Option<AggregateId> {
    pick!(symbol, Aggregate)
}

fn external(symbol: Symbol) -> Option<crate::model::ExternalId> {
    pick!(symbol, External)
}

fn handler(symbol: Symbol) -> Option<Handler> {
    match symbol {
        Symbol::Aggregate(id) => Some(Handler::Aggregate(id)),
        Symbol::External(id) => Some(Handler::External(id)),
        _ => None,
    }
}

fn of_aggregate(handler: Handler) -> Option<AggregateId> {
    match handler {
        Handler::Aggregate(id) => Some(id),
        Handler::External(_) => None,
    }
}
