//! What events make of other things: views, the state of sourced aggregates, and older versions of a message. And
//! hotspots, which are about any of them.

use super::names::pick;
use super::scope::Scope;
use super::{At, Resolver, Symbol};
use crate::check::board::{hears_events, invariant, versions};
use crate::check::names::{said_twice, subject};
use crate::check::types::state_default;
use crate::model::{AggregateId, Field, HotspotId, Subject, ViewId};
use crate::syntax::tree::{self, Count, Upcast};

impl Resolver<'_> {
    pub(crate) fn view(&mut self, at: At, id: ViewId, written: &tree::View) {
        let symbol = Symbol::View(id);
        let key = self.fields(at, symbol, None, &written.key);
        let mut fields = self.fields(at, symbol, None, &written.fields);
        for field in &fields {
            if let Some(keyed) = key.iter().find(|keyed| keyed.name == field.name) {
                self.report(said_twice::keyed(field, keyed));
            }
        }
        fields.retain(|field| !key.iter().any(|keyed| keyed.name == field.name));
        let view = &mut self.model.views[id.0 as usize];
        view.key = key;
        view.fields = fields;
        for projection in &written.on {
            let Some(event) = self.heard(at, &projection.event, hears_events::VIEW) else {
                self.doubts.symbols.insert(symbol);
                continue;
            };
            let mut scope = Scope::new(at);
            scope.events = vec![event];
            self.give(&scope, &vec![], symbol, &projection.assigns);
            let view = &mut self.model.views[id.0 as usize];
            if view.on.contains(&event) {
                self.report(said_twice::heard(&projection.event));
            } else {
                view.on.push(event);
            }
        }
    }

    /// The state of a sourced aggregate, the events that change it and what it allows.
    pub(crate) fn fold(&mut self, at: At, id: AggregateId, written: &tree::Aggregate) {
        let symbol = Symbol::Aggregate(id);
        let state = self.fields(at, symbol, None, &written.state);
        for field in &written.state {
            let Some(default) = &field.default else {
                let known = state.iter().find(|it| it.name == field.name.text);
                if known.is_some_and(|it| !it.ty.optional && !it.ty.repeated) {
                    self.report(state_default::missing(&field.name));
                }
                continue;
            };
            if let Some(known) = state.iter().find(|it| it.name == field.name.text) {
                self.given(&Scope::new(at), &vec![], known, default);
            }
        }
        for projection in &written.on {
            let Some(event) = self.heard(at, &projection.event, hears_events::FOLD) else { continue };
            let raised_here = self.model[event].raised_by == Some(crate::model::Handler::Aggregate(id));
            if !raised_here && !self.doubts.about(Symbol::Event(event)) {
                let diagnostic = invariant::foreign(&projection.event, &self.model[id].head.name);
                self.report(diagnostic);
            }
            let mut scope = Scope::new(at);
            scope.events = vec![event];
            scope.state.clone_from(&state);
            for assign in &projection.assigns {
                match state.iter().find(|field| field.name == assign.name.text) {
                    Some(field) => {
                        self.given(&scope, &vec![], field, &super::assign::value_of(assign));
                    }
                    None => {
                        let known = state.iter().map(|field| field.name.as_str()).collect();
                        let head = &self.model[id].head;
                        let diagnostic = state_default::unknown(&assign.name, &head.name, known);
                        self.report(diagnostic);
                    }
                }
            }
        }
        for (command, condition) in &written.allow {
            let not_a_command = invariant::not_a_command;
            let pick = |symbol| pick!(symbol, Command);
            if let Some(command) = self.find(at, command, pick, not_a_command) {
                let mut scope = Scope::new(at);
                scope.state.clone_from(&state);
                scope.state.extend(self.model[command].fields.iter().cloned());
                self.condition(&scope, &vec![], condition);
            }
        }
    }

    /// `upcast from v1 { currency: "EUR" }`: only values and fields can be checked, the older version is in the lock.
    pub(crate) fn upcasts(&mut self, of: Symbol, version: Option<Count>, upcasts: &[Upcast]) {
        let found = versions::of_message(version, upcasts);
        self.diagnostics.extend(found);
        for upcast in upcasts {
            for assign in &upcast.assigns {
                let fields = self.fields_of(of);
                let Some(field) = fields.iter().find(|field| field.name == assign.name.text) else {
                    self.missing_field(&Scope::new(head_at(of, self)), of, &assign.name);
                    continue;
                };
                let field: Field = field.clone();
                if let Some(value) = &assign.value
                    && matches!(value.kind, tree::ExprKind::Literal(_))
                {
                    let at = head_at(of, self);
                    self.given(&Scope::new(at), &vec![], &field, value);
                }
            }
        }
    }

    pub(crate) fn hotspot(&mut self, at: At, id: HotspotId, written: &tree::Hotspot) {
        let on = written.on.as_ref().and_then(|path| self.subject(at, path));
        let due = written.due.as_ref().map(|due| due.value.clone());
        let hotspot = &mut self.model.hotspots[id.0 as usize];
        hotspot.on = on;
        hotspot.owner = written.owner.as_ref().map(|owner| owner.value.clone());
        hotspot.due = due;
    }

    /// What a hotspot or a scenario is about: a declaration, or a whole context.
    pub(crate) fn subject(&mut self, at: At, path: &tree::Path) -> Option<Subject> {
        if let [name] = path.names.as_slice()
            && self.peek(at, &path.names).is_none()
            && let Some(&context) = self.names.contexts.get(&name.text)
        {
            return Some(Subject::Context(context));
        }
        self.find(at, path, Symbol::subject, subject::not_a_subject)
    }
}

fn head_at(of: Symbol, resolver: &Resolver) -> At {
    let head = of.head(&resolver.model);
    At { context: head.context, file: head.name_span.file }
}
