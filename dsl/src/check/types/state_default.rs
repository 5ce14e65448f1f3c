//! The state of a sourced aggregate.

use crate::diagnostic::{Diagnostic, Rule};
use crate::suggest::nearest;
use crate::syntax::tree::Name;

/// A state starts from something.
pub static RULE: Rule = Rule {
    code: "S0316",
    title: "every field of a state has a first value, and events change no others",
    explain: r#"The state of a sourced aggregate is the fold of its events. Before the first one, each field has the value after its
`=`; only an optional field or a list may start without.

```storm
context Baskets {
  aggregate Basket key basket_id: uuid sourced {
    state { items: u32 }
    on ItemAdded { items: items + 1 }
  }
  event ItemAdded on Basket { basket_id }
}
```

Mended:

```storm
context Baskets {
  aggregate Basket key basket_id: uuid sourced {
    state { items: u32 = 0 }
    on ItemAdded { items: items + 1 }
  }
  event ItemAdded on Basket { basket_id }
}
```
"#,
};

pub(crate) fn missing(name: &Name) -> Diagnostic {
    Diagnostic::error(&RULE, name.span, format!("`{}` has no first value", name.text))
        .help(format!("write `{}: type = value`", name.text))
}

pub(crate) fn unknown(name: &Name, of: &str, known: Vec<&str>) -> Diagnostic {
    let message = format!("the state of `{of}` has no field `{}`", name.text);
    let diagnostic = Diagnostic::error(&RULE, name.span, message);
    match nearest(&name.text, known.into_iter()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help("declare it in `state { … }`"),
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn only_the_state_changes() {
        let model = "context A { aggregate G key k: uuid sourced { state { n: u32 = 0 }\n on E { «m»: 1 } }\n \
                     event E on G { k } }";
        broken("S0316", model);
    }
}
