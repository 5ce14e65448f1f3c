//! The operators: which two sides go together, and what they yield.

use super::Resolver;
use super::expr::Guards;
use super::scope::{Scope, Start};
use super::widen::{arithmetic, comparable};
use crate::check::types::operands;
use crate::model::{Base, BinaryOp, Expr, ExprKind, Literal, Type, UnaryOp, ValueType, boolean};
use crate::source::Span;
use crate::syntax::tree;

impl Resolver<'_> {
    pub(super) fn negated(
        &mut self,
        scope: &Scope,
        guards: &Guards,
        of: &tree::Expr,
        expected: Option<&ValueType>,
        span: Span,
    ) -> Option<Expr> {
        let of = match &of.kind {
            tree::ExprKind::Literal(value) => self.value(value, true, expected, of.span)?,
            _ => self.expr(scope, guards, of, expected)?,
        };
        let signed = matches!(
            of.model_type().map(|ty| &ty.base),
            Some(Base::I32 | Base::I64 | Base::F32 | Base::F64 | Base::Decimal { .. })
        );
        let number = matches!(of.kind, ExprKind::Literal(Literal::Number(_)));
        if !number && (!signed || of.model_type().is_some_and(|ty| ty.repeated)) {
            let diagnostic = operands::no_negative(span, &self.model.value_name(&of.ty));
            self.report(diagnostic);
            return None;
        }
        if !self.set(guards, &of) {
            return None;
        }
        let ty = of.ty.clone();
        Some(Expr { kind: ExprKind::Unary(UnaryOp::Negate, Box::new(of)), ty, span })
    }

    pub(super) fn compared(
        &mut self,
        scope: &Scope,
        guards: &Guards,
        op: BinaryOp,
        (left, right): (&tree::Expr, &tree::Expr),
        span: Span,
    ) -> Option<Expr> {
        let (left, right) = self.both(scope, guards, (left, right), None, span)?;
        let equality = matches!(op, BinaryOp::Equal | BinaryOp::NotEqual);
        let in_text = matches!(op, BinaryOp::StartsWith | BinaryOp::EndsWith | BinaryOp::Contains);
        if in_text {
            if let Some(other) = [&left, &right].into_iter().find(|side| !is_string(&side.ty)) {
                let diagnostic = operands::no_text(other.span, &self.model.value_name(&other.ty));
                self.report(diagnostic);
                return None;
            }
        } else if !comparable(&left.ty, &right.ty, !equality) {
            let names = (self.model.value_name(&left.ty), self.model.value_name(&right.ty));
            self.report(operands::not_comparable(span, &left, &right, names, equality));
            return None;
        }
        let certain = equality || (self.set(guards, &left) && self.set(guards, &right));
        certain.then(|| binary(op, left, right, ValueType::Model(boolean()), span))
    }

    pub(super) fn reckoned(
        &mut self,
        scope: &Scope,
        guards: &Guards,
        op: BinaryOp,
        (left, right): (&tree::Expr, &tree::Expr),
        expected: Option<&ValueType>,
        span: Span,
    ) -> Option<Expr> {
        let (left, right) = self.both(scope, guards, (left, right), expected, span)?;
        let product = op == BinaryOp::Multiply;
        let (Some(one), Some(other)) = (number_base(&left.ty), number_base(&right.ty)) else {
            let names = (self.model.value_name(&left.ty), self.model.value_name(&right.ty));
            self.report(operands::no_numbers(span, &left, &right, names));
            return None;
        };
        let Some(base) = arithmetic(one, other, product) else {
            let names = (self.model.value_name(&left.ty), self.model.value_name(&right.ty));
            self.report(operands::no_numbers(span, &left, &right, names));
            return None;
        };
        if op == BinaryOp::Divide && !matches!(base, Base::F32 | Base::F64) {
            self.report(operands::inexact(span));
            return None;
        }
        if !(self.set(guards, &left) && self.set(guards, &right)) {
            return None;
        }
        Some(binary(op, left, right, ValueType::Model(Type::plain(base)), span))
    }

    /// Types both sides; what is only a value takes the type of the other.
    fn both(
        &mut self,
        scope: &Scope,
        guards: &Guards,
        (left, right): (&tree::Expr, &tree::Expr),
        expected: Option<&ValueType>,
        span: Span,
    ) -> Option<(Expr, Expr)> {
        match (self.waits(scope, left), self.waits(scope, right)) {
            (true, true) if expected.is_none() => {
                let named = [left, right].into_iter().find(|it| matches!(it.kind, tree::ExprKind::Path(_)));
                match named {
                    Some(named) => {
                        self.expr(scope, guards, named, None);
                    }
                    None => self.report(operands::two_values(span)),
                }
                None
            }
            (true, false) => {
                let right = self.expr(scope, guards, right, None)?;
                let left = self.expr(scope, guards, left, Some(&right.ty))?;
                Some((left, right))
            }
            (false, true) => {
                let left = self.expr(scope, guards, left, None)?;
                let right = self.expr(scope, guards, right, Some(&left.ty))?;
                Some((left, right))
            }
            (waits, _) => {
                let expected = if waits { expected } else { None };
                let left = self.expr(scope, guards, left, expected);
                let right = self.expr(scope, guards, right, expected);
                Some((left?, right?))
            }
        }
    }

    /// Is it only a value, whose type comes from elsewhere?
    fn waits(&mut self, scope: &Scope, written: &tree::Expr) -> bool {
        match &written.kind {
            tree::ExprKind::Literal(_) => true,
            tree::ExprKind::Unary(UnaryOp::Negate, of) => matches!(of.kind, tree::ExprKind::Literal(_)),
            tree::ExprKind::Path(path) if path.names.len() == 1 => {
                let said = self.diagnostics.len();
                let start = self.start(scope, path);
                self.diagnostics.truncate(said);
                matches!(start, Start::Nothing)
            }
            _ => false,
        }
    }
}

pub(super) fn binary(op: BinaryOp, left: Expr, right: Expr, ty: ValueType, span: Span) -> Expr {
    Expr { kind: ExprKind::Binary(op, Box::new(left), Box::new(right)), ty, span }
}

fn is_string(ty: &ValueType) -> bool {
    match ty {
        ValueType::Model(ty) => matches!(ty.base, Base::String { .. }) && !ty.repeated,
        ValueType::Column { kind, .. } => matches!(kind, crate::model::ColumnKind::String { .. }),
        ValueType::Row => false,
    }
}

fn number_base(ty: &ValueType) -> Option<&Base> {
    match ty {
        ValueType::Model(Type { base, repeated: false, .. }) => Some(base),
        _ => None,
    }
}
