//! Fields: their types, written or taken from an aggregate's key, and their annotations.

use std::collections::HashMap;

use super::{At, Resolver, Symbol, collect};
use crate::check::names::{annotation, said_twice};
use crate::check::types::bare_field;
use crate::model::{AggregateId, ContextId, Field, Type};
use crate::syntax::tree::{self, Annotation, Literal, Name};

/// What annotations say of a field or a declaration.
#[derive(Default)]
pub(crate) struct Marks {
    pub pii: bool,
    pub deprecated: Option<String>,
}

impl Resolver<'_> {
    /// Resolves fields. One that is not understood is left out, and there is a doubt about its owner.
    pub(crate) fn fields(
        &mut self,
        at: At,
        owner: Symbol,
        handler: Option<AggregateId>,
        written: &[tree::Field],
    ) -> Vec<Field> {
        let mut fields = Vec::with_capacity(written.len());
        let mut places: HashMap<&str, &Name> = HashMap::with_capacity(written.len());
        for field in written {
            if let Some(earlier) = places.insert(&field.name.text, &field.name) {
                self.report(said_twice::field(&field.name, earlier.span));
                continue;
            }
            match self.field(at, owner, handler, field) {
                Some(field) => fields.push(field),
                None => {
                    self.doubts.symbols.insert(owner);
                }
            }
        }
        fields
    }

    fn field(
        &mut self,
        at: At,
        owner: Symbol,
        handler: Option<AggregateId>,
        field: &tree::Field,
    ) -> Option<Field> {
        let marks = self.marks(&field.annotations, true);
        let ty = match &field.ty {
            Some(written) => self.type_of(at, written)?,
            None => self.bare_type(at, owner, handler, &field.name)?,
        };
        Some(Field {
            name: field.name.text.clone(),
            ty,
            doc: collect::doc(&field.doc),
            pii: marks.pii,
            deprecated: marks.deprecated,
            renamed_from: field.renamed_from.as_ref().map(|old| old.text.clone()),
            span: field.span,
        })
    }

    /// The type of a bare field: from the key of the aggregate that handles its owner, else of the one aggregate of the
    /// context that has it in its key.
    fn bare_type(
        &mut self,
        at: At,
        owner: Symbol,
        handler: Option<AggregateId>,
        name: &Name,
    ) -> Option<Type> {
        if owner_is_key(owner, handler) {
            self.report(bare_field::key_without_type(name));
            return None;
        }
        let keyed = |id: AggregateId| self.model[id].key.iter().find(|field| field.name == name.text);
        if let Some(field) = handler.and_then(keyed) {
            return Some(field.ty.clone());
        }
        let having = self.keyed.get(&at.context).and_then(|fields| fields.get(&name.text));
        let having: &[AggregateId] = having.map_or(&[], Vec::as_slice);
        let mut types: Vec<(AggregateId, &Type)> = Vec::new();
        for &id in having {
            if let Some(field) = keyed(id)
                && types.iter().all(|(_, ty)| **ty != field.ty)
            {
                types.push((id, &field.ty));
            }
        }
        let diagnostic = match types.as_slice() {
            [(_, ty)] => return Some((*ty).clone()),
            [(first, _), (second, _), ..] => {
                bare_field::ambiguous(name, &self.model[*first].head, &self.model[*second].head)
            }
            [] => {
                let unsure =
                    |id: &ContextId| self.doubts.contexts.contains(id) || self.doubts.keys.contains(id);
                if self.doubts.about(owner) || at.context.as_ref().is_some_and(unsure) {
                    return None;
                }
                let keys = self.keyed.get(&at.context).map(|fields| fields.keys().map(String::as_str));
                let mut keys: Vec<&str> = keys.into_iter().flatten().collect();
                keys.sort_unstable();
                bare_field::no_key(name, keys)
            }
        };
        self.report(diagnostic);
        None
    }

    /// Remembers which aggregates of a context have a field in their key.
    pub(crate) fn remember_keys(&mut self) {
        for (index, aggregate) in self.model.aggregates.iter().enumerate() {
            let id = AggregateId(index as u32);
            let fields = self.keyed.entry(aggregate.head.context).or_default();
            for field in &aggregate.key {
                fields.entry(field.name.clone()).or_default().push(id);
            }
            if self.doubts.about(Symbol::Aggregate(id)) {
                self.doubts.keys.extend(aggregate.head.context);
            }
        }
    }

    /// Reads annotations: `@pii` marks fields only.
    pub(crate) fn marks(&mut self, annotations: &[Annotation], of_field: bool) -> Marks {
        let mut marks = Marks::default();
        for it in annotations {
            match (it.name.text.as_str(), it.arguments.as_slice()) {
                ("pii", []) if of_field => marks.pii = true,
                ("deprecated", []) => marks.deprecated = Some(String::new()),
                ("deprecated", [Literal::Text(text)]) => marks.deprecated = Some(text.value.clone()),
                ("pii", _) if of_field => self.report(annotation::arguments(it, "`@pii` takes nothing")),
                ("pii", _) => self.report(annotation::misplaced(it)),
                ("deprecated", _) => {
                    let takes = "`@deprecated` takes one sentence: `@deprecated(\"use total\")`";
                    self.report(annotation::arguments(it, takes));
                }
                _ => self.report(annotation::unknown(it)),
            }
        }
        marks
    }
}

/// The fields of an aggregate's own key have nothing to take a type from.
fn owner_is_key(owner: Symbol, handler: Option<AggregateId>) -> bool {
    matches!((owner, handler), (Symbol::Aggregate(id), Some(handler)) if id == handler)
}
