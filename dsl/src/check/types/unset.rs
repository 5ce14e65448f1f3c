//! Something that may be absent where it must be there.

use crate::diagnostic::{Diagnostic, Rule};
use crate::source::Span;

/// What may be absent is asked for before it is used.
pub static RULE: Rule = Rule {
    code: "S0308",
    title: "what may be absent is asked for before it is used",
    explain: r#"An optional value may be given to a required field, put in an order, searched or reckoned with only where `is set` has
been asked before: to the left of an `and`, or in the policy's `if`. Equality needs no asking: an absent value equals nothing.

```storm
context Ordering {
  event OrderPlaced { note: string? }
  command Print { note: string }
  policy P { whenever OrderPlaced, then Print { note } }
}
```

Mended:

```storm
context Ordering {
  event OrderPlaced { note: string? }
  command Print { note: string }
  policy P { whenever OrderPlaced, if note is set, then Print { note } }
}
```
"#,
};

pub(crate) fn operand(span: Span) -> Diagnostic {
    Diagnostic::error(&RULE, span, "this may be absent")
        .help("ask before: `x is set and x > 3`; only `==` and `!=` need no asking")
}

pub(crate) fn given(span: Span, field: &str, ty: &str) -> Diagnostic {
    Diagnostic::error(&RULE, span, format!("this may be absent, and `{field}` is required"))
        .help(format!("add `if … is set`, or make the field `{ty}?`"))
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, clean};

    fn asks(condition: &str) -> String {
        format!(
            "context A {{ event E {{ n: i32?, s: string? }}\n policy P {{ whenever E, if {condition} }} }}"
        )
    }

    #[test]
    fn a_guard_holds_to_its_right() {
        clean(&asks("n is set and n > 3"));
        clean(&asks("n == 3 or s != \"x\""));
        broken("S0308", &asks("«n» > 3 and n is set"));
        broken("S0308", &asks("n is set or «n» > 3"));
        broken("S0308", &asks("n is not set and «n» > 3"));
        broken("S0308", &asks("«s» ends with \"x\""));
    }
}
