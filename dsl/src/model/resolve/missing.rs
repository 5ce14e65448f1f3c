//! What is said when nothing at hand has a name, and when nothing is said because more may be at hand than is known.

use super::scope::Scope;
use super::{Resolver, Symbol};
use crate::check::capture::unknown_column;
use crate::check::types::{no_fields, unknown_field};
use crate::diagnostic::Diagnostic;
use crate::model::Field;
use crate::syntax::tree::{Name, Path};

impl Resolver<'_> {
    /// Reports that a declaration has no such field, unless it may have.
    pub(crate) fn missing_field(&mut self, scope: &Scope, of: Symbol, name: &Name) {
        if self.doubts.about(of) || scope.silent.get() {
            return;
        }
        if !self.has_body(of) {
            scope.silent.set(true);
            let diagnostic = no_fields::none_yet(name, of, of.head(&self.model));
            return self.report(diagnostic);
        }
        let fields = self.fields_of(of).iter().map(|field| field.name.as_str()).collect();
        let diagnostic = unknown_field::unknown(name, of.head(&self.model), fields);
        self.report(diagnostic);
    }

    /// Reports a name that nothing at hand has.
    pub(crate) fn nothing(&mut self, scope: &Scope, path: &Path) {
        if !self.doubtful(scope) {
            let diagnostic = self.name_nothing(scope, path);
            self.report(diagnostic);
        }
    }

    /// May there be more at hand than is known?
    pub(crate) fn doubtful(&self, scope: &Scope) -> bool {
        scope.silent.get() || scope.events.iter().any(|id| self.doubts.about(Symbol::Event(*id)))
    }

    fn name_nothing(&self, scope: &Scope, path: &Path) -> Diagnostic {
        let first = &path.names[0];
        if let Some(row) = scope.row {
            return unknown_column::unknown(first, &self.model[row.table]);
        }
        if let Some(id) = scope.events.iter().find(|id| !self.model[**id].has_body) {
            scope.silent.set(true);
            return no_fields::none_yet(first, Symbol::Event(*id), &self.model[*id].head);
        }
        let mut known: Vec<&str> = scope.locals.iter().map(|(name, _)| name.as_str()).collect();
        known.extend(scope.state.iter().map(|field| field.name.as_str()));
        for event in &scope.events {
            known.extend(self.model[*event].fields.iter().map(|field| field.name.as_str()));
        }
        known.sort_unstable();
        known.dedup();
        match scope.events.as_slice() {
            [event] => unknown_field::unknown(first, &self.model[*event].head, known),
            _ => unknown_field::nowhere(path, known),
        }
    }

    /// The fields of a declaration that has some.
    pub(crate) fn fields_of(&self, symbol: Symbol) -> &[Field] {
        match symbol {
            Symbol::Record(id) => &self.model[id].fields,
            Symbol::Command(id) => &self.model[id].fields,
            Symbol::Event(id) => &self.model[id].fields,
            Symbol::View(id) => &self.model[id].fields,
            _ => &[],
        }
    }

    /// Are its fields known?
    pub(crate) fn has_body(&self, symbol: Symbol) -> bool {
        match symbol {
            Symbol::Command(id) => self.model[id].has_body,
            Symbol::Event(id) => self.model[id].has_body,
            _ => true,
        }
    }
}
