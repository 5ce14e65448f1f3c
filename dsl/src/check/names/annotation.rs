//! Annotations that mean nothing, or stand where they mean nothing.

use crate::diagnostic::{Diagnostic, Rule};
use crate::suggest::nearest;
use crate::syntax::tree::Annotation;

const KNOWN: [&str; 2] = ["pii", "deprecated"];

/// An annotation is one of those that mean something.
pub static RULE: Rule = Rule {
    code: "S0209",
    title: "an annotation is one that means something here",
    explain: r#"`@pii` marks a field that is masked wherever a message is shown. `@deprecated("use total")` marks a field or an
event that readers should leave. There are no others, so that a mistyped one is not ignored.

```storm
context Ordering {
  event OrderPlaced { @pi email: string }
}
```

Mended:

```storm
context Ordering {
  event OrderPlaced { @pii email: string }
}
```
"#,
};

pub(crate) fn unknown(it: &Annotation) -> Diagnostic {
    let message = format!("there is no annotation `@{}`", it.name.text);
    let help = match nearest(&it.name.text, KNOWN.into_iter()) {
        Some(near) => format!("did you mean `@{near}`?"),
        None => "the annotations are `@pii` and `@deprecated(\"…\")`".into(),
    };
    Diagnostic::error(&RULE, it.span, message).help(help)
}

pub(crate) fn misplaced(it: &Annotation) -> Diagnostic {
    let message = format!("`@{}` marks a field", it.name.text);
    Diagnostic::error(&RULE, it.span, message).help("write it before the fields it marks")
}

pub(crate) fn arguments(it: &Annotation, takes: &str) -> Diagnostic {
    Diagnostic::error(&RULE, it.span, format!("`@{}` is given the wrong things", it.name.text)).help(takes)
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn pii_marks_fields_and_takes_nothing() {
        broken("S0209", "context A { «@pii» event E { a: u32 } }");
        broken("S0209", "context A { event E { «@pii(1)» a: u32 } }");
        broken("S0209", "context A { event E { «@deprecated(1)» a: u32 } }");
    }
}
