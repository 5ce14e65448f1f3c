//! Expressions with every name resolved and every literal typed.

use super::{Base, EnumId, EventId, Type};
use crate::source::Span;
pub use crate::syntax::tree::{BinaryOp, UnaryOp};

/// An expression whose type is known.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its type, before it is converted to what it is assigned to.
    pub ty: ValueType,
    /// Its place.
    pub span: Span,
}

/// What an expression yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueType {
    /// A type of the model.
    Model(Type),
    /// A column of a row; `nullable` as in the DDL.
    Column {
        /// What the column holds.
        kind: super::ColumnKind,
        /// May it be NULL?
        nullable: bool,
    },
    /// A whole row (only as the root of a path).
    Row,
}

/// What an expression is.
#[derive(Debug, Clone)]
pub enum ExprKind {
    /// A value, already in the type it is compared with or assigned to (`ty`).
    Literal(Literal),
    /// A field of something.
    Place(Place),
    /// `not x`, `-x`
    Unary(UnaryOp, Box<Expr>),
    /// `a and b`, …; both sides are comparable, literals have the other side's type and are never optional. Only `==` and
    /// `!=` may stand between values that may be absent: an absent value equals nothing. Where such a value is put in an
    /// order, searched, reckoned with or given to a required field, an `is set` to its left (or in the policy's `if`, the
    /// capture's `where`) has made sure that it is there.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `x is set`, `x is not set`: x is optional or nullable.
    IsSet {
        /// What is looked at.
        value: Box<Expr>,
        /// `is not set`
        negated: bool,
    },
}

/// A typed value.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// A string, or a value of an ENUM column, a uuid, a date, a timestamp or a time as its text (see the type).
    Text(String),
    /// A number as written, without underscores; it fits the type.
    Number(String),
    /// `true`, `false`
    Bool(bool),
    /// Milliseconds.
    Duration(u64),
    /// A value of an enum: index into its values.
    EnumValue(EnumId, usize),
}

/// A path to a value: a root and the fields under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Where it starts.
    pub root: Root,
    /// The field names under the root, with each step's type.
    pub fields: Vec<(String, ValueType)>,
}

/// Where a path starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Root {
    /// The event that triggered the policy (any of several has the field, with one type).
    Event,
    /// A named event of a join.
    NamedEvent(EventId),
    /// The variable of `for each`.
    Element,
    /// The row after the change (`new`, or the only row of an insert).
    NewRow,
    /// The row before the change (`old`, or the only row of a delete).
    OldRow,
}

impl Expr {
    /// The model type, if it is one.
    pub fn model_type(&self) -> Option<&Type> {
        match &self.ty {
            ValueType::Model(ty) => Some(ty),
            _ => None,
        }
    }
}

/// A boolean that is always there.
pub const fn boolean() -> Type {
    Type { base: Base::Bool, repeated: false, optional: false }
}
