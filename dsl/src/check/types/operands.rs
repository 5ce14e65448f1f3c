//! Two sides that do not go together.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::Expr;
use crate::source::Span;
use crate::syntax::tree::Name;

/// The two sides of an operator go together.
pub static RULE: Rule = Rule {
    code: "S0307",
    title: "the two sides of an operator go together",
    explain: r#"Equality compares two of one kind; `<` and its like compare numbers, dates and times; `starts with`, `ends with` and
`contains` look into strings; `+ - *` reckon with numbers of one kind, and `/` with f32 and f64 only, since most quotients of
exact numbers are not exact. `and`, `or` and `not` join conditions.

```storm
context Ordering {
  event OrderPlaced { total: decimal(12, 2), placed_at: timestamp }
  policy P { whenever OrderPlaced, if total > placed_at }
}
```

Mended:

```storm
context Ordering {
  event OrderPlaced { total: decimal(12, 2), placed_at: timestamp }
  policy P { whenever OrderPlaced, if total > 10 }
}
```
"#,
};

pub(crate) fn no_condition(span: Span, found: &str) -> Diagnostic {
    Diagnostic::error(&RULE, span, format!("a condition is a yes or no, and this is a `{found}`"))
        .help("compare it with something: `total > 0`, `note is set`")
}

pub(crate) fn two_values(span: Span) -> Diagnostic {
    Diagnostic::error(&RULE, span, "there is no field in this, only values")
        .help("a value takes its type from a field beside it")
}

pub(crate) fn no_negative(span: Span, found: &str) -> Diagnostic {
    Diagnostic::error(&RULE, span, format!("a `{found}` has no negative"))
        .help("i32, i64, f32, f64 and decimals have")
}

pub(crate) fn no_text(span: Span, found: &str) -> Diagnostic {
    Diagnostic::error(&RULE, span, format!("this looks into strings, and a `{found}` is none"))
        .help("`starts with`, `ends with` and `contains` stand between two strings")
}

pub(crate) fn not_comparable(
    span: Span,
    left: &Expr,
    right: &Expr,
    (one, other): (String, String),
    equality: bool,
) -> Diagnostic {
    if one == other {
        let what = if equality { "be equal" } else { "have an order" };
        return Diagnostic::error(&RULE, span, format!("values of `{one}` do not {what}"))
            .help("compare one of its fields, or something else");
    }
    Diagnostic::error(&RULE, span, format!("a `{one}` cannot be compared with a `{other}`"))
        .also(left.span, format!("`{one}`"))
        .also(right.span, format!("`{other}`"))
        .help("compare two of one kind")
}

pub(crate) fn no_numbers(
    span: Span,
    left: &Expr,
    right: &Expr,
    (one, other): (String, String),
) -> Diagnostic {
    Diagnostic::error(&RULE, span, format!("one cannot reckon with a `{one}` and a `{other}`"))
        .also(left.span, format!("`{one}`"))
        .also(right.span, format!("`{other}`"))
        .help("both sides are numbers of one kind; columns are mapped as they are")
}

pub(crate) fn inexact(span: Span) -> Diagnostic {
    Diagnostic::error(&RULE, span, "most quotients of exact numbers are not exact")
        .help("compare by multiplying instead, or reckon with f64")
}

pub(crate) fn no_fields_in(name: &Name, ty: &str) -> Diagnostic {
    Diagnostic::error(&RULE, name.span, format!("a `{ty}` has no field `{}`", name.text))
        .help("only a `type` has fields")
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, clean};

    fn asks(condition: &str) -> String {
        format!(
            "context A {{ enum S {{ a }}\n event E {{ n: i32, big: i64, s: string, e: S, j: json, d: decimal(4, 2) }}\n \
             policy P {{ whenever E, if {condition} }} }}"
        )
    }

    #[test]
    fn sides_of_one_kind() {
        for good in ["n < big", "n + 1 > big", "s contains \"x\"", "e == a", "d * 2 > 1.5", "not (n == 1)"] {
            clean(&asks(good));
        }
        for bad in [
            "«n == s»",
            "«e < a»",
            "«j == j»",
            "«n»",
            "«1 == 2»",
            "«n» contains s",
            "«d / 2» > 1",
            "n.«x» > 1",
        ] {
            broken("S0307", &asks(bad));
        }
    }
}
