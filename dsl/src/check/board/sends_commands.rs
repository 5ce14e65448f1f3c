//! What a policy or a process sends.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::resolve::Found;

/// What is sent is a command.
pub static RULE: Rule = Rule {
    code: "S0403",
    title: "policies and processes send commands",
    explain: r#"After a lilac policy comes a blue command: what shall be done. Whether it happens, and which event tells of it, is
decided by what handles the command.

```storm
context Ordering {
  event OrderPlaced
  event OrderConfirmed
  policy Confirm { whenever OrderPlaced, then OrderConfirmed }
}
```

Mended:

```storm
context Ordering {
  event OrderPlaced
  event OrderConfirmed
  command ConfirmOrder -> OrderConfirmed
  policy Confirm { whenever OrderPlaced, then ConfirmOrder }
}
```
"#,
};

pub(crate) fn not_a_command(found: &Found) -> Diagnostic {
    let message = format!("`{}` is {}, and a policy sends a command", found.name, found.symbol.noun());
    Diagnostic::error(&RULE, found.span, message)
        .also(found.declared, "declared here")
        .help("name what shall be done; the event comes after it: `command Name -> Event`")
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn in_otherwise_too() {
        broken("S0403", "context A { event E\n event F\n policy P { whenever E, then «F» } }");
    }
}
