//! Who issues a command.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::resolve::Found;

/// Actors issue commands.
pub static RULE: Rule = Rule {
    code: "S0406",
    title: "actors issue commands",
    explain: r#"After `by` stands a small yellow actor: a person or a role. Policies say themselves what they send, and a scheduled
command says `every`.

```storm
context Ordering {
  event BasketFilled
  command PlaceOrder by BasketFilled
}
```

Mended:

```storm
context Ordering {
  actor Customer
  command PlaceOrder by Customer
}
```
"#,
};

pub(crate) fn not_an_actor(found: &Found) -> Diagnostic {
    let message = format!("`{}` is {}, and a command is issued by an actor", found.name, found.symbol.noun());
    Diagnostic::error(&RULE, found.span, message)
        .also(found.declared, "declared here")
        .help("declare `actor Name`; what follows an event is written as a policy")
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn a_system_issues_nothing() {
        broken("S0406", "context A { external X { }\n command C by «X» }");
    }
}
