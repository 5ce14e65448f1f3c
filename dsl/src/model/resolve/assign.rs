//! Fields that are given values: of a command that is sent, of an event that a row becomes, of a view or a state that an
//! event changes.

use std::collections::HashMap;

use super::expr::{Guards, is_guarded};
use super::scope::{Scope, may_be_unset};
use super::widen::{Widening, widens};
use super::{Resolver, Symbol};
use crate::check::capture::{column_fits, nullable_column};
use crate::check::names::said_twice;
use crate::check::types::{misfit, unset};
use crate::model::{Expr, Field, SourceKind, ValueType};
use crate::source::Span;
use crate::syntax::tree::{self, Assign, Name, Path};

/// What an assignment block gives.
pub(crate) struct Given {
    /// (index of the field, value), in the fields' order.
    pub values: Vec<(usize, Expr)>,
    /// The required fields that are given nothing.
    pub lacking: Vec<String>,
    /// Something in it was not understood: what it lacks is not known.
    pub doubtful: bool,
}

impl Resolver<'_> {
    /// Resolves what the fields of `target` are given.
    pub(crate) fn give(
        &mut self,
        scope: &Scope,
        guards: &Guards,
        target: Symbol,
        assigns: &[Assign],
    ) -> Given {
        let mut values: Vec<(usize, Expr)> = Vec::with_capacity(assigns.len());
        let mut places: HashMap<&str, &Name> = HashMap::with_capacity(assigns.len());
        let mut doubtful = self.doubts.about(target) || !self.has_body(target);
        for assign in assigns {
            if let Some(earlier) = places.insert(&assign.name.text, &assign.name) {
                self.report(said_twice::given(&assign.name, earlier.span));
                continue;
            }
            let fields = self.fields_of(target);
            let Some(index) = fields.iter().position(|field| field.name == assign.name.text) else {
                self.missing_field(scope, target, &assign.name);
                doubtful = true;
                continue;
            };
            let field = fields[index].clone();
            match self.given(scope, guards, &field, &value_of(assign)) {
                Some(value) => values.push((index, value)),
                None => doubtful = true,
            }
        }
        values.sort_by_key(|(index, _)| *index);
        let lacking = self
            .fields_of(target)
            .iter()
            .filter(|field| !field.ty.optional && !places.contains_key(field.name.as_str()))
            .map(|field| field.name.clone())
            .collect();
        Given { values, lacking, doubtful }
    }

    /// Types a value for a field, and sees that the field can hold it.
    pub(crate) fn given(
        &mut self,
        scope: &Scope,
        guards: &Guards,
        field: &Field,
        written: &tree::Expr,
    ) -> Option<Expr> {
        let value = self.expr(scope, guards, written, Some(&ValueType::Model(field.ty.clone())))?;
        // Any field may be missing from a webhook's call: the call is refused then, as nothing else tells of it.
        let is_call =
            |row: super::scope::Row| self.model[self.model[row.table].source].kind == SourceKind::Webhook;
        let is_call = scope.row.is_some_and(is_call);
        self.holds(guards, field, &value, (written.span, is_call)).then_some(value)
    }

    fn holds(&mut self, guards: &Guards, field: &Field, value: &Expr, (span, is_call): (Span, bool)) -> bool {
        let diagnostic = match &value.ty {
            ValueType::Model(from) => match widens(from, &field.ty) {
                Widening::Yes => return true,
                Widening::IfSet if is_guarded(guards, value) => return true,
                Widening::IfSet => unset::given(span, &field.name, &self.model.type_name(&field.ty)),
                Widening::No => {
                    let (from, to) = (self.model.type_name(from), self.model.type_name(&field.ty));
                    misfit::types(span, field, &from, &to)
                }
            },
            ValueType::Column { kind, .. } => match column_fits::fits(&self.model, kind, &field.ty) {
                Err(why) => column_fits::misfit(&self.model, span, kind, field, &why),
                Ok(())
                    if !is_call
                        && may_be_unset(&value.ty)
                        && !field.ty.optional
                        && !is_guarded(guards, value) =>
                {
                    nullable_column::may_be_null(span, value, field)
                }
                Ok(()) => return true,
            },
            ValueType::Row => misfit::types(span, field, "row", &self.model.type_name(&field.ty)),
        };
        self.report(diagnostic);
        false
    }
}

/// The value of an assignment; a bare name is a value of the same name.
pub(crate) fn value_of(assign: &Assign) -> tree::Expr {
    assign.value.clone().unwrap_or_else(|| tree::Expr {
        kind: tree::ExprKind::Path(Path { names: vec![assign.name.clone()] }),
        span: assign.name.span,
    })
}
