//! Something said twice where it can be said once.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::Field;
use crate::source::Span;
use crate::syntax::tree::{Name, Path, Text};

/// A thing is said once.
pub static RULE: Rule = Rule {
    code: "S0207",
    title: "a thing is said once",
    explain: r#"A field, a value, a step, a setting or a reference stands once in its list: were the two different, nobody could
say which one counts.

```storm
context Ordering {
  type OrderLine { sku: string, quantity: u32, sku: string }
}
```

Mended:

```storm
context Ordering {
  type OrderLine { sku: string, quantity: u32 }
}
```
"#,
};

fn twice(span: Span, earlier: Span, message: String) -> Diagnostic {
    Diagnostic::error(&RULE, span, message)
        .at("again here")
        .also(earlier, "first here")
        .help("remove one of the two, or rename it")
}

fn again(span: Span, message: String) -> Diagnostic {
    Diagnostic::error(&RULE, span, message).help("remove it")
}

pub(crate) fn used(name: &Name, earlier: Span) -> Diagnostic {
    twice(name.span, earlier, format!("two `use` lines of this file shorten `{}`", name.text))
}

pub(crate) fn owner(context: &str, earlier: &str, again: &Text) -> Diagnostic {
    let message = format!("the context `{context}` has the owners `{earlier}` and `{}`", again.value);
    Diagnostic::error(&RULE, again.span, message).help("a context has one owner")
}

pub(crate) fn field(name: &Name, earlier: Span) -> Diagnostic {
    twice(name.span, earlier, format!("the field `{}` is declared twice", name.text))
}

pub(crate) fn keyed(field: &Field, keyed: &Field) -> Diagnostic {
    twice(field.span, keyed.span, format!("`{}` is already a part of the key", field.name))
}

pub(crate) fn value(name: &Name, earlier: Span) -> Diagnostic {
    twice(name.span, earlier, format!("the value `{}` is listed twice", name.text))
}

pub(crate) fn given(name: &Name, earlier: Span) -> Diagnostic {
    twice(name.span, earlier, format!("the field `{}` is given twice", name.text))
}

pub(crate) fn step(name: &Name, earlier: Span) -> Diagnostic {
    twice(name.span, earlier, format!("two steps are called `{}`", name.text))
}

pub(crate) fn source(name: &Name, earlier: Span) -> Diagnostic {
    twice(name.span, earlier, format!("two sources are called `{}`", name.text))
}

pub(crate) fn stream(path: &Path, earlier: Span) -> Diagnostic {
    twice(path.span(), earlier, format!("the stream `{}` is described twice", path.text()))
}

pub(crate) fn reader(name: &Name, earlier: Span) -> Diagnostic {
    twice(name.span, earlier, format!("two readers are called `{}`", name.text))
}

pub(crate) fn emitted(path: &Path) -> Diagnostic {
    again(path.span(), format!("the command already has the event `{}`", path.text()))
}

pub(crate) fn heard(path: &Path) -> Diagnostic {
    again(path.span(), format!("`{}` is already heard", path.text()))
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn fields_values_and_events_stand_once() {
        broken("S0207", "context A { enum E { a, b, «a» } }");
        broken("S0207", "context A { event E { a: u32, «a»: string } }");
        broken("S0207", "context A { event E\n command C -> E | «E» }");
        broken("S0207", "context A { event E\n policy P { whenever E or «E» } }");
        broken("S0207", "source s: outbox { }\nsource «s»: outbox { }");
    }
}
