//! What the steps of a scenario tell.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::resolve::Found;

/// A scenario tells of events and commands.
pub static RULE: Rule = Rule {
    code: "S0410",
    title: "a scenario tells of events and commands",
    explain: r#"Given events happened, when an event or a command comes, then commands or events follow.

```storm
context Ordering {
  aggregate Order
  event OrderPlaced on Order
  policy Confirm { whenever OrderPlaced }
}
scenario "an order is confirmed" for Confirm { when Order { }, then nothing }
```

Mended:

```storm
context Ordering {
  aggregate Order
  event OrderPlaced on Order
  policy Confirm { whenever OrderPlaced }
}
scenario "an order is confirmed" for Confirm { when OrderPlaced { }, then nothing }
```
"#,
};

pub(crate) fn neither(found: &Found) -> Diagnostic {
    let message =
        format!("`{}` is {}, and a scenario tells of events and commands", found.name, found.symbol.noun());
    Diagnostic::error(&RULE, found.span, message)
        .also(found.declared, "declared here")
        .help("name an event or a command")
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn then_tells_no_policies() {
        broken(
            "S0410",
            "context A { event E\n policy P { whenever E } }\nscenario \"s\" for P { when E { }\n then «P» { } }",
        );
    }
}
