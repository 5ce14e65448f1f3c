//! A field that cannot hold what it is given.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::Field;
use crate::source::Span;

/// A field holds every value that it is given.
pub static RULE: Rule = Rule {
    code: "S0305",
    title: "a field can hold every value that it is given",
    explain: r#"Types widen on their own only where nothing is lost: i32 to i64, u32 to u64 or i64, f32 to f64, string(n) to string,
a decimal to one with as many digits on both sides of the point, and T to T?. All else is refused.

```storm
context Ordering {
  event OrderPlaced { total: decimal(20, 4) }
  command Charge { total: decimal(12, 2) }
  policy P { whenever OrderPlaced, then Charge { total } }
}
```

Mended:

```storm
context Ordering {
  event OrderPlaced { total: decimal(12, 2) }
  command Charge { total: decimal(20, 4) }
  policy P { whenever OrderPlaced, then Charge { total } }
}
```
"#,
};

pub(crate) fn types(span: Span, field: &Field, from: &str, to: &str) -> Diagnostic {
    Diagnostic::error(&RULE, span, format!("a `{from}` does not fit in `{}`, which is a `{to}`", field.name))
        .at(format!("`{from}`"))
        .also(field.span, format!("`{to}`"))
        .help("make the two types the same, or the second one wider")
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, clean};

    fn sends(from: &str, to: &str) -> String {
        format!(
            "context A {{ enum S {{ a }}\n event E {{ v: {from} }}\n command C {{ v: {to} }}\n \
             policy P {{ whenever E, then C {{ «v» }} }} }}"
        )
    }

    #[test]
    fn types_widen_without_loss_only() {
        for (from, to) in
            [("i32", "i64"), ("u32", "i64"), ("string(3)", "string"), ("uuid", "uuid?"), ("S", "S")]
        {
            clean(&sends(from, to).replace(['«', '»'], ""));
        }
        for (from, to) in
            [("i64", "i32"), ("u64", "i64"), ("string", "string(3)"), ("u32[]", "u32"), ("S", "string")]
        {
            broken("S0305", &sends(from, to));
        }
    }
}
