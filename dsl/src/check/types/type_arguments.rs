//! What stands in the parentheses of a type.

use crate::diagnostic::{Diagnostic, Rule};
use crate::source::Span;
use crate::syntax::tree::Count;

/// A type takes what it needs, within its range.
pub static RULE: Rule = Rule {
    code: "S0302",
    title: "a type takes what it needs, within its range",
    explain: r#"`decimal(p, s)` has p digits of which s stand after the point: 1 to 28 digits, because an exact decimal of 96 bits
holds no more. `string(n)` has at most n characters. The other types take nothing.

```storm
context Ordering {
  event OrderPlaced { total: decimal(2, 12) }
}
```

Mended:

```storm
context Ordering {
  event OrderPlaced { total: decimal(12, 2) }
}
```
"#,
};

pub(crate) fn wrong(name: &str, span: Span, arguments: &[Count], why: &str) -> Diagnostic {
    let whole = arguments.last().map_or(span, |last| span.to(last.span));
    Diagnostic::error(&RULE, whole, format!("`{name}` does not take this")).help(why)
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, clean};

    #[test]
    fn a_decimal_has_1_to_28_digits() {
        assert!(broken("S0302", "context A { event E { a: «decimal(38, 2»)\n } }").contains("28"));
        broken("S0302", "context A { event E { a: «decimal(0, 0») } }");
        broken("S0302", "context A { event E { a: «decimal» } }");
        broken("S0302", "context A { event E { a: «uuid(3») } }");
        clean("context A { event E { a: decimal(28, 28), b: string(1) } }");
    }
}
