//! What a hotspot or a scenario can be about, and the last resort for a name of the wrong kind.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::resolve::Found;

/// A hotspot or scenario is about something on the board.
pub static RULE: Rule = Rule {
    code: "S0205",
    title: "a hotspot or scenario is about something that happens",
    explain: r#"A hotspot or a scenario is about a context, an aggregate, an external system, a command, an event, a policy, a
view or a process: not about an actor, an enum or a type.

```storm
context Ordering {
  actor Customer
  hotspot "may one cancel?" on Customer
}
```

Mended:

```storm
context Ordering {
  actor Customer
  command CancelOrder by Customer
  hotspot "may one cancel?" on CancelOrder
}
```
"#,
};

pub(crate) fn not_a_subject(found: &Found) -> Diagnostic {
    let message = format!("`{}` is {}, and nothing happens to it", found.name, found.symbol.noun());
    Diagnostic::error(&RULE, found.span, message)
        .also(found.declared, "declared here")
        .help("name an event, a command, a policy, an aggregate, an external system, a view, a process or a context")
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, clean};

    #[test]
    fn a_whole_context_may_be_questioned() {
        clean("context A { event E\n hotspot \"why?\" on A }");
        broken("S0205", "context A { enum S { a }\n hotspot \"why?\" on «S» }");
    }
}
