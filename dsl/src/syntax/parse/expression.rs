//! Expressions: the grammar gives a flat row of operands and operators, this binds them. Loosest first: `or`, `and`,
//! `not`, comparisons and tests (not chained), `+ -`, `* /`, minus. It must not know any clause.

use super::build::Build;
use super::grammar::{Pair, Rule};
use super::literal::NOT_A_DATE;
use super::scan;
use crate::diagnostic::{self, Diagnostic};
use crate::source::Span;
use crate::syntax::tree::{BinaryOp, Expr, ExprKind, Literal, UnaryOp};

/// How deep the tree of an expression may be: whoever walks it may do so by recursion.
const DEPTH: usize = 120;

pub(super) static CHAINED_COMPARISON: diagnostic::Rule = diagnostic::Rule {
    code: "S0114",
    title: "comparisons are not chained",
    explain: "`1 < total < 10` would compare a yes or no with 10. Each comparison has two sides; join them with `and`.\n\n\
        ```storm\nif 1 < total < 10\n```\n\nMended:\n\n```storm\nif 1 < total and total < 10\n```\n",
};

/// A bound part: its expression, how deep it is, and whether it is a bare comparison.
struct Bound {
    expr: Expr,
    depth: usize,
    compares: bool,
}

/// What waits for its right side.
#[derive(Clone, Copy)]
enum Waiting {
    Not(Span),
    Binary(BinaryOp),
}

const COMPARISON: u8 = 4;

impl Waiting {
    fn binding(self) -> u8 {
        match self {
            Waiting::Not(_) => 3,
            Waiting::Binary(op) => match op {
                BinaryOp::Or => 1,
                BinaryOp::And => 2,
                BinaryOp::Add | BinaryOp::Subtract => 5,
                BinaryOp::Multiply | BinaryOp::Divide => 6,
                _ => COMPARISON,
            },
        }
    }
}

/// The two stacks of a reading from left to right.
struct Binding<'b, 't> {
    build: &'b mut Build<'t>,
    values: Vec<Bound>,
    waiting: Vec<Waiting>,
    chained: bool,
    too_deep: bool,
}

impl Build<'_> {
    /// An `expr`.
    pub(super) fn expr(&mut self, pair: Pair<'_>) -> Expr {
        self.bound(pair).expr
    }

    fn bound(&mut self, pair: Pair<'_>) -> Bound {
        let mut binding =
            Binding { build: self, values: Vec::new(), waiting: Vec::new(), chained: false, too_deep: false };
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::operand => binding.operand(part),
                Rule::operator => binding.operator(operator(part.as_str())),
                Rule::test => binding.test(&part),
                _ => {}
            }
        }
        binding.reduce(0);
        binding.values.pop().expect("an expression has an operand")
    }
}

impl Binding<'_, '_> {
    fn operand(&mut self, pair: Pair<'_>) {
        let mut minus = Vec::new();
        for part in pair.into_inner() {
            let span = self.build.span(&part);
            match part.as_rule() {
                Rule::prefix if part.as_str() == "-" => minus.push(span),
                Rule::prefix => self.waiting.push(Waiting::Not(span)),
                _ => {
                    let value = self.primary(part, span);
                    self.values.push(value);
                }
            }
        }
        while let Some(span) = minus.pop() {
            let value = self.values.pop().expect("an operand follows its minus");
            let whole = span.to(value.expr.span);
            self.push(value.depth + 1, false, whole, ExprKind::Unary(UnaryOp::Negate, Box::new(value.expr)));
        }
    }

    fn primary(&mut self, pair: Pair<'_>, span: Span) -> Bound {
        let kind = match pair.as_rule() {
            Rule::group => {
                let inner = pair.into_inner().next().expect("parentheses hold an expression");
                let inner = self.build.bound(inner);
                return Bound { expr: Expr { span, ..inner.expr }, depth: inner.depth, compares: false };
            }
            Rule::value => {
                let path = pair.into_inner().next().expect("a value is a path");
                ExprKind::Path(self.build.path(path))
            }
            Rule::date_like => {
                let written = pair.as_str();
                self.build.damages += 1;
                self.build.report(
                    Diagnostic::error(
                        &NOT_A_DATE,
                        span,
                        format!("`{written}` is neither a date nor a subtraction"),
                    )
                    .help(format!(
                        "write a date as a text, `\"{written}\"`; a subtraction has blanks around its `-`"
                    )),
                );
                ExprKind::Literal(Literal::Number("0".into(), span))
            }
            _ => ExprKind::Literal(
                self.build.literal(&pair).unwrap_or_else(|| Literal::Number(pair.as_str().to_owned(), span)),
            ),
        };
        Bound { expr: Expr { kind, span }, depth: 1, compares: false }
    }

    fn operator(&mut self, op: BinaryOp) {
        let waiting = Waiting::Binary(op);
        self.reduce(waiting.binding());
        self.waiting.push(waiting);
    }

    fn test(&mut self, pair: &Pair<'_>) {
        self.reduce(COMPARISON);
        let value = self.values.pop().expect("a test follows an operand");
        let test = self.build.span(pair);
        self.refuse_chain(value.compares, test);
        let negated = pair.as_str().contains("not");
        let span = value.expr.span.to(test);
        self.push(value.depth + 1, true, span, ExprKind::IsSet { value: Box::new(value.expr), negated });
    }

    /// Gives the operators that bind at least as tightly as `least` their right side.
    fn reduce(&mut self, least: u8) {
        while let Some(waiting) = self.waiting.pop_if(|waiting| waiting.binding() >= least) {
            let right = self.values.pop().expect("an operator has a right side");
            match waiting {
                Waiting::Not(span) => {
                    let whole = span.to(right.expr.span);
                    let kind = ExprKind::Unary(UnaryOp::Not, Box::new(right.expr));
                    self.push(right.depth + 1, false, whole, kind);
                }
                Waiting::Binary(op) => {
                    let left = self.values.pop().expect("an operator has a left side");
                    let compares = waiting.binding() == COMPARISON;
                    let span = left.expr.span.to(right.expr.span);
                    self.refuse_chain(compares && (left.compares || right.compares), right.expr.span);
                    let depth = left.depth.max(right.depth) + 1;
                    let kind = ExprKind::Binary(op, Box::new(left.expr), Box::new(right.expr));
                    self.push(depth, compares, span, kind);
                }
            }
        }
    }

    fn push(&mut self, depth: usize, compares: bool, span: Span, kind: ExprKind) {
        if depth <= DEPTH {
            self.values.push(Bound { expr: Expr { kind, span }, depth, compares });
            return;
        }
        if !self.too_deep {
            self.build.damages += 1;
            self.build.report(scan::too_deep(span));
        }
        self.too_deep = true;
        let kind = ExprKind::Literal(Literal::Bool(true, span));
        self.values.push(Bound { expr: Expr { kind, span }, depth: 1, compares: false });
    }

    fn refuse_chain(&mut self, chained: bool, span: Span) {
        if chained && !self.chained {
            self.chained = true;
            self.build.report(
                Diagnostic::error(&CHAINED_COMPARISON, span, "this comparison follows another one")
                    .help("join two comparisons with `and`"),
            );
        }
    }
}

fn operator(written: &str) -> BinaryOp {
    match written {
        "or" => BinaryOp::Or,
        "and" => BinaryOp::And,
        "==" => BinaryOp::Equal,
        "!=" => BinaryOp::NotEqual,
        "<" => BinaryOp::Less,
        "<=" => BinaryOp::LessOrEqual,
        ">" => BinaryOp::Greater,
        ">=" => BinaryOp::GreaterOrEqual,
        "contains" => BinaryOp::Contains,
        "+" => BinaryOp::Add,
        "-" => BinaryOp::Subtract,
        "*" => BinaryOp::Multiply,
        "/" => BinaryOp::Divide,
        words if words.starts_with("starts") => BinaryOp::StartsWith,
        _ => BinaryOp::EndsWith,
    }
}
