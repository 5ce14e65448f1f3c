//! Expressions get their types here: from the inside out, but a value as written waits for the type of what it is compared
//! with or given to.

use super::literal::coerce;
use super::operators::binary;
use super::scope::{Scope, Start, always_set, expected_enum, is_bool, may_be_unset};
use super::{Resolver, Symbol};
use crate::check::names::ambiguous_value;
use crate::check::types::{enum_value, is_set, literal, operands, unset};
use crate::model::{Base, BinaryOp, Expr, ExprKind, Literal, Place, Type, UnaryOp, ValueType, boolean};
use crate::source::Span;
use crate::syntax::tree::{self, Path};

/// What is known to be set, because an `is set` before it says so.
pub(crate) type Guards = Vec<Place>;

impl Resolver<'_> {
    /// A yes or no.
    pub(crate) fn condition(&mut self, scope: &Scope, guards: &Guards, written: &tree::Expr) -> Option<Expr> {
        let yes_or_no = ValueType::Model(boolean());
        let typed = self.expr(scope, guards, written, Some(&yes_or_no))?;
        if !is_bool(&typed.ty) {
            let diagnostic = operands::no_condition(written.span, &self.model.value_name(&typed.ty));
            self.report(diagnostic);
            return None;
        }
        self.set(guards, &typed).then_some(typed)
    }

    /// Types an expression. `expected` is the type of what it is compared with or given to, if known.
    pub(crate) fn expr(
        &mut self,
        scope: &Scope,
        guards: &Guards,
        written: &tree::Expr,
        expected: Option<&ValueType>,
    ) -> Option<Expr> {
        let span = written.span;
        match &written.kind {
            tree::ExprKind::Literal(value) => self.value(value, false, expected, span),
            tree::ExprKind::Path(path) => self.path(scope, path, expected, span),
            tree::ExprKind::Unary(UnaryOp::Negate, of) => self.negated(scope, guards, of, expected, span),
            tree::ExprKind::Unary(UnaryOp::Not, of) => {
                let of = self.condition(scope, guards, of)?;
                Some(yes_no(ExprKind::Unary(UnaryOp::Not, Box::new(of)), span))
            }
            tree::ExprKind::IsSet { value, negated } => {
                let value = self.expr(scope, guards, value, None)?;
                if !matches!(value.kind, ExprKind::Place(_)) || !may_be_unset(&value.ty) {
                    let name = self.model.value_name(&value.ty);
                    self.report(is_set::always(value.span, &name));
                    return None;
                }
                Some(yes_no(ExprKind::IsSet { value: Box::new(value), negated: *negated }, span))
            }
            tree::ExprKind::Binary(op, left, right) => match op {
                BinaryOp::Or | BinaryOp::And => {
                    let written_left = left;
                    let left = self.condition(scope, guards, left);
                    let mut known = guards.clone();
                    if *op == BinaryOp::And {
                        self.guarded(scope, written_left, &mut known);
                    }
                    let right = self.condition(scope, &known, right);
                    Some(binary(*op, left?, right?, ValueType::Model(boolean()), span))
                }
                BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide => {
                    self.reckoned(scope, guards, *op, (left, right), expected, span)
                }
                _ => self.compared(scope, guards, *op, (left, right), span),
            },
        }
    }

    pub(super) fn value(
        &mut self,
        written: &tree::Literal,
        negative: bool,
        expected: Option<&ValueType>,
        span: Span,
    ) -> Option<Expr> {
        let own = match written {
            tree::Literal::Text(_) => Some(Base::String { most: None }),
            tree::Literal::Bool(..) => Some(Base::Bool),
            tree::Literal::Duration(_) => Some(Base::Duration),
            tree::Literal::Number(..) => None,
        };
        let ty = match (expected, own) {
            (Some(expected), _) => always_set(expected),
            (None, Some(base)) => ValueType::Model(Type::plain(base)),
            (None, None) => {
                self.report(operands::two_values(span));
                return None;
            }
        };
        match coerce(&self.model, written, negative, &ty) {
            Ok(value) => Some(Expr { kind: ExprKind::Literal(value), ty, span }),
            Err(why) => {
                let diagnostic = literal::misfit(span, &self.model.value_name(&ty), &why);
                self.report(diagnostic);
                None
            }
        }
    }

    fn path(&mut self, scope: &Scope, path: &Path, expected: Option<&ValueType>, span: Span) -> Option<Expr> {
        let wanted = expected_enum(expected);
        let single = (path.names.len() == 1).then(|| &path.names[0]);
        match self.start(scope, path) {
            Start::Reported => None,
            Start::EnumValue(id, name) => self.enum_value(id, &name, span),
            Start::Nothing => match (wanted, single) {
                (Some(id), Some(name))
                    if !self.doubtful(scope)
                        || self.model[id].values.iter().any(|it| it.name == name.text) =>
                {
                    self.enum_value(id, name, span)
                }
                _ => {
                    self.nothing(scope, path);
                    None
                }
            },
            Start::Value { root, fields, ty, taken } => {
                if let (Some(id), Some(name)) = (wanted, single)
                    && self.model[id].values.iter().any(|value| value.name == name.text)
                {
                    let diagnostic = ambiguous_value::both(name, &self.model[id].head);
                    self.report(diagnostic);
                    return None;
                }
                self.steps(scope, path, taken, Place { root, fields }, ty)
            }
        }
    }

    /// Follows the rest of a path through records.
    fn steps(
        &mut self,
        scope: &Scope,
        path: &Path,
        taken: usize,
        mut place: Place,
        mut ty: ValueType,
    ) -> Option<Expr> {
        let mut optional = may_be_unset(&ty);
        for name in &path.names[taken..] {
            let record = match &ty {
                ValueType::Model(Type { base: Base::Record(id), repeated: false, .. }) => Some(*id),
                _ => None,
            };
            let Some(record) = record else {
                let diagnostic = operands::no_fields_in(name, &self.model.value_name(&ty));
                self.report(diagnostic);
                return None;
            };
            let found = self.model[record].fields.iter().find(|field| field.name == name.text);
            let Some(field) = found else {
                self.missing_field(scope, Symbol::Record(record), name);
                return None;
            };
            ty = ValueType::Model(field.ty.clone());
            optional |= may_be_unset(&ty);
            place.fields.push((name.text.clone(), ty.clone()));
        }
        if let (true, ValueType::Model(ty)) = (optional, &mut ty) {
            ty.optional = true;
        }
        Some(Expr { kind: ExprKind::Place(place), ty, span: path.span() })
    }

    fn enum_value(&mut self, id: crate::model::EnumId, name: &tree::Name, span: Span) -> Option<Expr> {
        let of = &self.model[id];
        let Some(index) = of.values.iter().position(|value| value.name == name.text) else {
            if !self.doubts.about(Symbol::Enum(id)) {
                let diagnostic = enum_value::unknown(name, of);
                self.report(diagnostic);
            }
            return None;
        };
        let ty = ValueType::Model(Type::plain(Base::Enum(id)));
        Some(Expr { kind: ExprKind::Literal(Literal::EnumValue(id, index)), ty, span })
    }

    /// Adds what is set wherever this condition holds, even if another part of it is not understood.
    pub(crate) fn guarded(&mut self, scope: &Scope, condition: &tree::Expr, guards: &mut Guards) {
        match &condition.kind {
            tree::ExprKind::IsSet { value, negated: false } => {
                let said = self.diagnostics.len();
                let place = self.expr(scope, guards, value, None);
                self.diagnostics.truncate(said);
                if let Some(Expr { kind: ExprKind::Place(place), .. }) = place {
                    guards.push(place);
                }
            }
            tree::ExprKind::Binary(BinaryOp::And, left, right) => {
                self.guarded(scope, left, guards);
                self.guarded(scope, right, guards);
            }
            _ => {}
        }
    }

    /// Is it known to be set? Reports if not.
    pub(crate) fn set(&mut self, guards: &Guards, expr: &Expr) -> bool {
        let set = is_guarded(guards, expr);
        if !set {
            self.report(unset::operand(expr.span));
        }
        set
    }
}

/// Never absent, or known to be set by a guard.
pub(crate) fn is_guarded(guards: &Guards, expr: &Expr) -> bool {
    if !may_be_unset(&expr.ty) {
        return true;
    }
    let ExprKind::Place(place) = &expr.kind else { return false };
    let known = |length: usize| {
        guards.iter().any(|guard| guard.root == place.root && guard.fields == place.fields[..length])
    };
    (1..=place.fields.len()).all(|length| !may_be_unset(&place.fields[length - 1].1) || known(length))
}

fn yes_no(kind: ExprKind, span: Span) -> Expr {
    Expr { kind, ty: ValueType::Model(boolean()), span }
}
