//! A bare field whose type nothing gives.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::Head;
use crate::suggest::nearest;
use crate::syntax::tree::Name;

/// A bare field is one of an aggregate's key.
pub static RULE: Rule = Rule {
    code: "S0304",
    title: "a bare field is one of an aggregate's key",
    explain: r#"A field without a type takes it from the key of the aggregate it stands on, else from the one aggregate of its context
that has this name in its key. All other fields say their type.

```storm
context Ordering {
  aggregate Order key order_id: uuid
  event OrderPlaced on Order { order_id, total }
}
```

Mended:

```storm
context Ordering {
  aggregate Order key order_id: uuid
  event OrderPlaced on Order { order_id, total: decimal(12, 2) }
}
```
"#,
};

pub(crate) fn no_key(name: &Name, keys: Vec<&str>) -> Diagnostic {
    let text = &name.text;
    let message = format!("`{text}` has no type, and no aggregate of this context has it in its key");
    let diagnostic = Diagnostic::error(&RULE, name.span, message);
    match nearest(text, keys.into_iter()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`? otherwise write `{text}: type`")),
        None => diagnostic.help(format!("write `{text}: type`")),
    }
}

pub(crate) fn ambiguous(name: &Name, one: &Head, two: &Head) -> Diagnostic {
    let text = &name.text;
    let message =
        format!("`{text}` is in the keys of `{}` and `{}`, with different types", one.name, two.name);
    Diagnostic::error(&RULE, name.span, message)
        .also(one.name_span, "one")
        .also(two.name_span, "the other")
        .help(format!("write `{text}: type`"))
}

pub(crate) fn key_without_type(name: &Name) -> Diagnostic {
    let message = format!("the key `{}` has no type", name.text);
    Diagnostic::error(&RULE, name.span, message).help(format!("write `key {}: uuid`", name.text))
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, clean};

    #[test]
    fn the_type_comes_from_the_context_when_the_handler_has_none() {
        clean("context A { aggregate G key k: uuid\n external X { }\n event E from X key k { k } }");
        broken("S0304", "context A { aggregate G key «k»\n }");
        let two = "context A { aggregate G key k: uuid\n aggregate H key k: u32\n event E { «k» } }";
        broken("S0304", two);
    }
}
