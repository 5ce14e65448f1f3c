//! What a policy, a view or a process listens to.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::resolve::Found;

/// What is heard is an event.
pub static RULE: Rule = Rule {
    code: "S0402",
    title: "policies, views and processes listen to events",
    explain: r#"A lilac policy stands after an orange event: whenever this happened, then do that. A command has not happened yet, so
nothing can listen to it.

```storm
context Ordering {
  command PlaceOrder
  policy Confirm { whenever PlaceOrder }
}
```

Mended:

```storm
context Ordering {
  command PlaceOrder -> OrderPlaced
  event OrderPlaced
  policy Confirm { whenever OrderPlaced }
}
```
"#,
};

/// After `whenever`.
pub(crate) const WHENEVER: &str = "`whenever` waits for";
/// After `unless`.
pub(crate) const UNLESS: &str = "`unless` asks for";
/// After `until`.
pub(crate) const UNTIL: &str = "`until` waits for";
/// After `fails on`.
pub(crate) const FAILS_ON: &str = "`fails on` waits for";
/// After `on` in a view.
pub(crate) const VIEW: &str = "a view follows";
/// After `on` in a sourced aggregate.
pub(crate) const FOLD: &str = "a state is changed by";
/// After `given`.
pub(crate) const GIVEN: &str = "`given` tells of";

pub(crate) fn not_an_event(found: &Found, place: &'static str) -> Diagnostic {
    let message = format!("`{}` is {}, and {place} an event", found.name, found.symbol.noun());
    Diagnostic::error(&RULE, found.span, message)
        .also(found.declared, "declared here")
        .help("name what happened, in the past tense")
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn everywhere_an_event_is_heard() {
        broken("S0402", "context A { event E\n command C\n policy P { whenever E, after 1h, unless «C» } }");
        broken("S0402", "context A { command C\n view V key k: u32 { on «C» { } } }");
        broken(
            "S0402",
            "context A { event E\n command C\n process P { whenever E by k\n step s { until «C» } } }"
                .replace(" by k", "")
                .as_str(),
        );
    }
}
