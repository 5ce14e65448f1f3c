//! A name that two declarations of a context claim.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::resolve::Symbol;
use crate::source::Span;
use crate::syntax::tree::Name;

/// A name stands for one thing in its context.
pub static RULE: Rule = Rule {
    code: "S0201",
    title: "a name is declared once in its context",
    explain: r#"A context may be opened in several files, and each name in it stands for one thing of any kind. The newest
version of an event or command is the declared one; older ones live in `storm.lock`.

```storm
context Ordering {
  aggregate Order key order_id: uuid
  event Order on Order { order_id }
}
```

Mended:

```storm
context Ordering {
  aggregate Order key order_id: uuid
  event OrderPlaced on Order { order_id }
}
```
"#,
};

pub(crate) fn twice(name: &Name, symbol: Symbol, earlier: Symbol, place: Span) -> Diagnostic {
    let text = &name.text;
    let message = if symbol.noun() == earlier.noun() {
        format!("`{text}` is declared twice")
    } else {
        format!("`{text}` is declared as {} and as {}", earlier.noun(), symbol.noun())
    };
    Diagnostic::error(&RULE, name.span, message)
        .at("again here")
        .also(place, "first here")
        .help("rename one of them, or move it to another context")
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, clean};

    #[test]
    fn a_context_opened_twice_is_one_context() {
        broken("S0201", "context A { event E }\ncontext A { event «E» }");
        clean("context A { event E }\ncontext B { event E }");
    }
}
