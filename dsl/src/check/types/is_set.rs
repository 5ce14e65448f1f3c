//! A question that has one answer only.

use crate::diagnostic::{Diagnostic, Rule};
use crate::source::Span;

/// Only what may be absent is asked for.
pub static RULE: Rule = Rule {
    code: "S0310",
    title: "`is set` asks for what may be absent",
    explain: r#"A field without `?` and a column that is NOT NULL are always there.

```storm
context Ordering {
  event OrderPlaced { note: string }
  policy P { whenever OrderPlaced, if note is set }
}
```

Mended:

```storm
context Ordering {
  event OrderPlaced { note: string? }
  policy P { whenever OrderPlaced, if note is set }
}
```
"#,
};

pub(crate) fn always(span: Span, ty: &str) -> Diagnostic {
    Diagnostic::error(&RULE, span, format!("a `{ty}` is always set"))
        .help("remove the question; for an empty text write `note != \"\"`")
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn a_value_is_always_set() {
        broken("S0310", "context A { event E { n: u32 }\n policy P { whenever E, if «n» is not set } }");
    }
}
