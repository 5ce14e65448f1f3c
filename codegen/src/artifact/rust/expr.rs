//! Expressions of the model as Rust that a person would write. Their types were proven; nothing is checked here.

mod literal;
mod place;
mod value;

use storm_dsl::model::{Base, BinaryOp, ColumnKind, Expr, ExprKind, UnaryOp, ValueType};

use super::spell::Spell;
use crate::contract::Row;
use place::Form;

/// Where an expression stands.
pub(super) struct Scope<'c> {
    pub spell: Spell<'c>,
    /// The variable of `for each`.
    pub element: Option<String>,
    /// The row that `old` and `new` are of.
    pub row: Option<&'c Row>,
    /// What is done about a value that is absent where one is needed. Policies are only asked when a guard has seen it.
    pub absent: Absent,
}

/// What is done about an absent value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// A guard beside it has ruled it out: the default is never looked at.
    Default,
    /// The function returns none.
    Leave,
    /// The function returns a refusal that names the field.
    Refuse,
}

/// Rust text and how tightly it binds.
pub(super) struct Code {
    pub text: String,
    pub binds: u8,
}

const OR: u8 = 1;
const AND: u8 = 2;
const COMPARE: u8 = 3;
const ADD: u8 = 4;
const MULTIPLY: u8 = 5;
const UNARY: u8 = 6;
const ATOM: u8 = 7;

impl Code {
    fn atom(text: impl Into<String>) -> Self {
        Code { text: text.into(), binds: ATOM }
    }

    /// The text, in brackets if it binds less tightly than its place asks for.
    fn within(self, binds: u8) -> String {
        if self.binds < binds { format!("({})", self.text) } else { self.text }
    }
}

impl Scope<'_> {
    /// A yes or no.
    pub(super) fn condition(&self, expr: &Expr) -> Code {
        match &expr.kind {
            ExprKind::Binary(BinaryOp::Or, one, other) => self.joined(one, "||", other, OR),
            ExprKind::Binary(BinaryOp::And, one, other) => self.joined(one, "&&", other, AND),
            ExprKind::Binary(op, one, other) => self.compared(*op, one, other),
            ExprKind::Unary(UnaryOp::Not, of) => self.negated(of),
            ExprKind::IsSet { value, negated } => {
                let place = self.place_of(value);
                Code::atom(format!("{}.{}()", place.code, if *negated { "is_none" } else { "is_some" }))
            }
            ExprKind::Place(_) | ExprKind::Literal(_) | ExprKind::Unary(UnaryOp::Negate, _) => {
                Code::atom(self.operand(expr).text)
            }
        }
    }

    fn joined(&self, one: &Expr, op: &str, other: &Expr, binds: u8) -> Code {
        let (one, other) = (self.condition(one).within(binds), self.condition(other).within(binds));
        Code { text: format!("{one} {op} {other}"), binds }
    }

    fn negated(&self, of: &Expr) -> Code {
        let floats = |one: &Expr| matches!(representation(self, one), Base::F32 | Base::F64);
        if let ExprKind::Binary(op, one, other) = &of.kind
            && let Some(opposite) = opposite(*op)
            && !floats(one)
        {
            return self.compared(opposite, one, other);
        }
        if let ExprKind::IsSet { value, negated } = &of.kind {
            let kind = ExprKind::IsSet { value: value.clone(), negated: !negated };
            return self.condition(&Expr { kind, ty: of.ty.clone(), span: of.span });
        }
        Code { text: format!("!{}", self.condition(of).within(UNARY)), binds: UNARY }
    }

    fn compared(&self, op: BinaryOp, one: &Expr, other: &Expr) -> Code {
        let method = match op {
            BinaryOp::StartsWith => Some("starts_with"),
            BinaryOp::EndsWith => Some("ends_with"),
            BinaryOp::Contains => Some("contains"),
            _ => None,
        };
        if let Some(method) = method {
            let receiver = self.operand(one).within(ATOM);
            return Code::atom(format!("{receiver}.{method}({})", self.text_slice(other)));
        }
        let equality = matches!(op, BinaryOp::Equal | BinaryOp::NotEqual);
        if equality && let Some(flag) = self.flag(op, one, other) {
            return flag;
        }
        let sign = sign(op);
        if equality && (may_be_unset(one) || may_be_unset(other)) {
            let text = format!("{} {sign} {}", self.option(one, other), self.option(other, one));
            return Code { text, binds: COMPARE };
        }
        let (left, right) = self.alike(one, other);
        Code { text: format!("{} {sign} {}", left.within(ADD), right.within(ADD)), binds: COMPARE }
    }

    /// `paid == true` is just `paid`.
    fn flag(&self, op: BinaryOp, one: &Expr, other: &Expr) -> Option<Code> {
        use storm_dsl::model::Literal::Bool;
        let (flag, wanted) = match (&one.kind, &other.kind) {
            (_, ExprKind::Literal(Bool(wanted))) if !may_be_unset(one) => (one, *wanted),
            (ExprKind::Literal(Bool(wanted)), _) if !may_be_unset(other) => (other, *wanted),
            _ => return None,
        };
        let yes = wanted == (op == BinaryOp::Equal);
        let flag = self.operand(flag);
        Some(if yes { flag } else { Code { text: format!("!{}", flag.within(UNARY)), binds: UNARY } })
    }

    /// Both sides in one representation.
    fn alike(&self, one: &Expr, other: &Expr) -> (Code, Code) {
        let (left, right) = (representation(self, one), representation(self, other));
        let common = wider(&left, &right);
        let as_text = [one, other].iter().any(|side| is_text_column(side));
        let take = |side: &Expr, has: &Base| {
            let code = self.operand(side);
            match has {
                Base::Uuid if as_text && !matches!(side.kind, ExprKind::Literal(_)) => {
                    Code::atom(format!("convert::uuid_text(&{})", code.within(UNARY)))
                }
                _ => widened(code, has, &common),
            }
        };
        (take(one, &left), take(other, &right))
    }

    /// A value in the form `Option<T>`; `other` is what it is compared with.
    fn option(&self, expr: &Expr, other: &Expr) -> String {
        let common = wider(&representation(self, expr), &representation(self, other));
        match &expr.kind {
            ExprKind::Place(_) if may_be_unset(expr) => {
                let place = self.place_of(expr);
                let widen =
                    widen_path(&place.rep, &common).map(|path| format!(".map({path})")).unwrap_or_default();
                format!("{}{widen}", place.borrowed_option())
            }
            ExprKind::Place(_) => {
                let place = self.place_of(expr);
                let borrowed = match (&place.rep, place.form) {
                    (Base::String { .. }, Form::Plain) => format!("{}.as_str()", place.code),
                    _ => self.operand(expr).text,
                };
                format!("Some({borrowed})")
            }
            _ => format!("Some({})", widened(self.operand(expr), &representation(self, expr), &common).text),
        }
    }

    /// A value that is there, copied or borrowed.
    fn operand(&self, expr: &Expr) -> Code {
        match &expr.kind {
            ExprKind::Place(_) => Code::atom(self.place_of(expr).there(self.absent)),
            ExprKind::Literal(value) => Code::atom(self.literal(value, &literal_base(&expr.ty))),
            ExprKind::Unary(UnaryOp::Negate, of) => {
                Code { text: format!("-{}", self.operand(of).within(UNARY)), binds: UNARY }
            }
            ExprKind::Binary(op, one, other) if is_arithmetic(*op) => {
                let (left, right) = self.alike(one, other);
                let binds = if matches!(op, BinaryOp::Add | BinaryOp::Subtract) { ADD } else { MULTIPLY };
                let text = format!("{} {} {}", left.within(binds), sign(*op), right.within(binds + 1));
                Code { text, binds }
            }
            _ => self.condition(expr),
        }
    }

    /// A string as `&str`, for an argument.
    fn text_slice(&self, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Place(_) => {
                let place = self.place_of(expr);
                if place.form == Form::Plain {
                    format!("{}.as_str()", place.code)
                } else {
                    place.there(self.absent)
                }
            }
            _ => self.operand(expr).text,
        }
    }
}

/// The type in which Rust holds an expression's value.
fn representation(scope: &Scope<'_>, expr: &Expr) -> Base {
    match &expr.kind {
        ExprKind::Place(_) => scope.place_of(expr).rep,
        _ => literal_base(&expr.ty),
    }
}

/// The type of a value that is written or reckoned.
fn literal_base(ty: &ValueType) -> Base {
    match ty {
        ValueType::Model(ty) => ty.base.clone(),
        ValueType::Column { kind, .. } => crate::types::column_row(kind, false).ty.base,
        ValueType::Row => panic!("a whole row is no value"),
    }
}

fn may_be_unset(expr: &Expr) -> bool {
    match &expr.ty {
        ValueType::Model(ty) => ty.optional,
        ValueType::Column { nullable, .. } => *nullable,
        ValueType::Row => false,
    }
}

fn is_text_column(expr: &Expr) -> bool {
    matches!(&expr.ty, ValueType::Column { kind: ColumnKind::String { .. } | ColumnKind::Enum(_), .. })
}

/// The wider of two numbers; else the first.
fn wider(one: &Base, other: &Base) -> Base {
    let whole = |base: &Base| matches!(base, Base::I32 | Base::I64 | Base::U32 | Base::U64);
    match (one, other) {
        (Base::F32 | Base::F64, Base::F32 | Base::F64) if one != other => Base::F64,
        (Base::I32 | Base::U32, Base::I64) | (Base::U32, Base::U64) => other.clone(),
        // Signed and unsigned columns meet in i128; it has no type of the language, and needs none.
        _ if whole(one) && whole(other) && one != other && widen_path(other, one).is_none() => Base::Duration,
        _ => one.clone(),
    }
}

/// The function that widens a number.
fn widen_path(from: &Base, to: &Base) -> Option<&'static str> {
    match (from, to) {
        (Base::I32 | Base::U32, Base::I64) => Some("i64::from"),
        (Base::U32, Base::U64) => Some("u64::from"),
        (Base::F32, Base::F64) => Some("f64::from"),
        (Base::I32 | Base::I64 | Base::U32 | Base::U64, Base::Duration) => Some("i128::from"),
        _ => None,
    }
}

fn widened(code: Code, from: &Base, to: &Base) -> Code {
    match widen_path(from, to) {
        Some(path) => Code::atom(format!("{path}({})", code.text)),
        None => code,
    }
}

fn is_arithmetic(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide)
}

fn sign(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessOrEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterOrEqual => ">=",
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Or | BinaryOp::And | BinaryOp::StartsWith | BinaryOp::EndsWith | BinaryOp::Contains => {
            panic!("`{op:?}` is not written as a sign")
        }
    }
}

fn opposite(op: BinaryOp) -> Option<BinaryOp> {
    Some(match op {
        BinaryOp::Equal => BinaryOp::NotEqual,
        BinaryOp::NotEqual => BinaryOp::Equal,
        BinaryOp::Less => BinaryOp::GreaterOrEqual,
        BinaryOp::LessOrEqual => BinaryOp::Greater,
        BinaryOp::Greater => BinaryOp::LessOrEqual,
        BinaryOp::GreaterOrEqual => BinaryOp::Less,
        _ => return None,
    })
}
