//! Captures: the one place that knows both a row's columns and an event's fields.

use super::expr::Guards;
use super::names::pick;
use super::scope::{Row, Scope};
use super::{At, Resolver, Symbol, collect};
use crate::check::capture::{change, no_table, unknown_source, unmapped};
use crate::check::names::said_twice;
use crate::check::types::no_fields;
use crate::model::{Capture, EventId, RowChange, Source, SourceId, SourceKind, TableId};
use crate::syntax::tree::{self, Item, SyntaxTree};
use std::collections::HashMap;

impl Resolver<'_> {
    pub(crate) fn declare_captures(&mut self, trees: &[SyntaxTree]) {
        self.webhook_tables(trees);
        let tables = self.tables_by_name();
        for tree in trees {
            for item in &tree.items {
                let Item::Capture(capture) = item else { continue };
                let at = At { context: None, file: tree.file };
                let Some(event) = self.captured(at, capture) else { continue };
                match self.capture(at, event, capture, &tables) {
                    Some(capture) => self.model.captures.push(capture),
                    None => {
                        self.doubts.captured.insert(event);
                    }
                }
            }
        }
    }

    fn tables_by_name(&self) -> HashMap<(SourceId, String), TableId> {
        let tables = self.model.tables.iter().enumerate();
        tables.map(|(id, table)| ((table.source, table.name.clone()), TableId(id as u32))).collect()
    }

    fn captured(&mut self, at: At, written: &tree::Capture) -> Option<EventId> {
        self.find(at, &written.event, |symbol| pick!(symbol, Event), change::not_an_event)
    }

    fn capture(
        &mut self,
        at: At,
        event: EventId,
        written: &tree::Capture,
        tables: &HashMap<(SourceId, String), TableId>,
    ) -> Option<Capture> {
        let source = self.capture_source(written)?;
        let of = &self.model[source];
        if let Some(diagnostic) = change::fits(of, written) {
            self.report(diagnostic);
            return None;
        }
        let (known, calls) = (of.kind == SourceKind::Mysql, of.kind == SourceKind::Webhook);
        let called = of.tables.first().copied();
        let mut capture = Capture {
            event,
            source,
            table: None,
            change: written.change.map(|(change, _)| change),
            condition: None,
            values: vec![],
            doc: collect::doc(&written.doc),
            span: written.span,
        };
        if !self.model[event].has_body && !written.assigns.is_empty() {
            let diagnostic =
                no_fields::none_yet(&written.assigns[0].name, Symbol::Event(event), &self.model[event].head);
            self.report(diagnostic);
            return None;
        }
        if known {
            let table = self.capture_table(source, written, tables)?;
            capture.table = Some(table);
            self.map_row(at, table, written, &mut capture);
        } else if let Some(table) = called.filter(|_| calls) {
            capture.table = Some(table);
            self.map_row(at, table, written, &mut capture);
        } else {
            self.map_unseen(at, event, written);
        }
        Some(capture)
    }

    fn capture_source(&mut self, written: &tree::Capture) -> Option<SourceId> {
        let name = &written.from.names[0];
        let index = self.model.sources.iter().position(|source| source.head.name == name.text);
        if index.is_none() && !self.doubts.damaged {
            let names = self.model.sources.iter().map(|source| source.head.name.as_str());
            let diagnostic = unknown_source::unknown(name, names);
            self.report(diagnostic);
        }
        index.map(|index| SourceId(index as u32))
    }

    fn capture_table(
        &mut self,
        source: SourceId,
        written: &tree::Capture,
        tables: &HashMap<(SourceId, String), TableId>,
    ) -> Option<TableId> {
        let name = match written.from.names.as_slice() {
            [_, table] => table,
            _ => {
                self.report(no_table::no_name(&written.from));
                return None;
            }
        };
        let found = tables.get(&(source, name.text.clone())).copied();
        if found.is_none() {
            let of: &Source = &self.model[source];
            let snapshot_known = of.schema.as_ref().is_some_and(|path| self.sources.schema(path).is_some());
            if snapshot_known && !self.doubts.damaged {
                let names: Vec<&str> = of.tables.iter().map(|id| self.model[*id].name.as_str()).collect();
                let diagnostic = no_table::unknown(name, of, names);
                self.report(diagnostic);
            }
        }
        found
    }

    fn map_row(&mut self, at: At, table: TableId, written: &tree::Capture, capture: &mut Capture) {
        let change = capture.change.unwrap_or(RowChange::Inserted);
        let mut scope = Scope::new(at);
        scope.row = Some(Row { table, change, mapping: false });
        let mut guards: Guards = vec![];
        if let Some(condition) = &written.condition {
            capture.condition = self.condition(&scope, &guards, condition);
            self.guarded(&scope, condition, &mut guards);
        }
        scope.row = Some(Row { table, change, mapping: true });
        let given = self.give(&scope, &guards, Symbol::Event(capture.event), &written.assigns);
        if given.doubtful || written.poisoned {
            self.doubts.tables.insert(table);
        } else if !given.lacking.is_empty() {
            let event = &self.model[capture.event];
            let diagnostic = unmapped::fields(written, event, &given.lacking, &self.model[table]);
            self.report(diagnostic);
        }
        capture.values = given.values;
    }

    /// A mapping from a source whose fields no snapshot describes: only the event's side can be checked.
    fn map_unseen(&mut self, at: At, event: EventId, written: &tree::Capture) {
        let symbol = Symbol::Event(event);
        let mut places: HashMap<&str, &tree::Name> = HashMap::new();
        let mut doubtful = self.doubts.about(symbol) || written.poisoned;
        for assign in &written.assigns {
            if let Some(earlier) = places.insert(&assign.name.text, &assign.name) {
                self.report(said_twice::given(&assign.name, earlier.span));
            }
            if !self.model[event].fields.iter().any(|field| field.name == assign.name.text) {
                self.missing_field(&Scope::new(at), symbol, &assign.name);
                doubtful = true;
            }
        }
        let lacking: Vec<String> = self.model[event]
            .fields
            .iter()
            .filter(|field| !field.ty.optional && !places.contains_key(field.name.as_str()))
            .map(|field| field.name.clone())
            .collect();
        if !doubtful && !lacking.is_empty() {
            let diagnostic = unmapped::message(written, &self.model[event], &lacking);
            self.report(diagnostic);
        }
    }
}
