//! Whose events change a state, and what it allows.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::resolve::Found;
use crate::syntax::tree::Path;

/// An aggregate folds its own events and allows commands.
pub static RULE: Rule = Rule {
    code: "S0409",
    title: "a sourced aggregate folds its own events and allows commands",
    explain: r#"The state of a sourced aggregate is made of its own events, those that stand `on` it, and of nothing else: else it
could not be rebuilt from them. `allow X if …` guards a command.

```storm
context Baskets {
  aggregate Basket key basket_id: uuid sourced {
    state { items: u32 = 0 }
    on PriceChanged { items: 0 }
  }
  event PriceChanged
}
```

Mended:

```storm
context Baskets {
  aggregate Basket key basket_id: uuid sourced {
    state { items: u32 = 0 }
    on BasketEmptied { items: 0 }
  }
  event BasketEmptied on Basket
}
```
"#,
};

pub(crate) fn foreign(event: &Path, aggregate: &str) -> Diagnostic {
    let message = format!("`{}` does not stand on `{aggregate}`", event.text());
    Diagnostic::error(&RULE, event.span(), message).help(format!(
        "write `event … on {aggregate}`, or let a policy send a command that changes the state"
    ))
}

pub(crate) fn not_a_command(found: &Found) -> Diagnostic {
    let message = format!("`{}` is {}, and `allow` guards a command", found.name, found.symbol.noun());
    Diagnostic::error(&RULE, found.span, message).also(found.declared, "declared here").help("name a command")
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn allow_guards_commands() {
        let model = "context A { aggregate G key k: uuid sourced { state { o: bool = true }\n allow «E» if o }\n event E on G }";
        broken("S0409", model);
    }
}
