//! Expressions.

use super::{DurationLiteral, Path, Text};
use crate::source::Span;

/// An expression.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its place.
    pub span: Span,
}

/// What an expression is.
#[derive(Debug, Clone)]
pub enum ExprKind {
    /// A value.
    Literal(Literal),
    /// `total`, `line.sku`, `old.status`, `OrderPaid.total`
    Path(Path),
    /// `not x`, `-x`
    Unary(UnaryOp, Box<Expr>),
    /// `a and b`, `a == b`, `a + b`, `a contains b`, …
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `x is set`, `x is not set`
    IsSet {
        /// What is looked at.
        value: Box<Expr>,
        /// `is not set`
        negated: bool,
    },
}

/// A value as written.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `"…"`
    Text(Text),
    /// `12`, `12.50`, digits as written without underscores.
    Number(String, Span),
    /// `true`, `false`
    Bool(bool, Span),
    /// `24h`
    Duration(DurationLiteral),
}

/// Before one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `not`
    Not,
    /// `-`
    Negate,
}

/// Between two operands. Binding, loosest first: `or`, `and`, comparisons (not chained), `+ -`, `* /`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `or`
    Or,
    /// `and`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `starts with`
    StartsWith,
    /// `ends with`
    EndsWith,
    /// `contains`
    Contains,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}
