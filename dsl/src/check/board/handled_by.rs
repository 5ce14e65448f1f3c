//! What handles a command.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::resolve::Found;

/// An aggregate or an external system handles a command.
pub static RULE: Rule = Rule {
    code: "S0404",
    title: "an aggregate or an external system handles a command",
    explain: r#"After `on` stands what decides about the command: a pale yellow aggregate, or a pink external system.

```storm
context Ordering {
  event OrderPlaced
  command PlaceOrder on OrderPlaced
}
```

Mended:

```storm
context Ordering {
  aggregate Order
  event OrderPlaced on Order
  command PlaceOrder on Order -> OrderPlaced
}
```
"#,
};

pub(crate) fn not_a_handler(found: &Found) -> Diagnostic {
    let message = format!(
        "`{}` is {}, and a command is handled by an aggregate or an external system",
        found.name,
        found.symbol.noun()
    );
    Diagnostic::error(&RULE, found.span, message).also(found.declared, "declared here").help(
        "name an aggregate or an external system after `on`; an event comes after `->`, an actor after `by`",
    )
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn an_actor_handles_nothing() {
        broken("S0404", "context A { actor B\n command C on «B» }");
    }
}
