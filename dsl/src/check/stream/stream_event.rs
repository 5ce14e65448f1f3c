//! What a routed stream holds.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::resolve::Found;

/// A routed stream holds an event.
pub static RULE: Rule = Rule {
    code: "S0609",
    title: "a stream of its own holds an event",
    explain: r#"`stream Ordering.large { of OrderPlaced where total > 10_000 }` routes some of an event to a topic of its own.

```storm
context Ordering { command PlaceOrder }
stream Ordering.large { of PlaceOrder }
```

Mended:

```storm
context Ordering { event OrderPlaced }
stream Ordering.large { of OrderPlaced }
```
"#,
};

pub(crate) fn not_an_event(found: &Found) -> Diagnostic {
    let message = format!("`{}` is {}, and a stream holds events", found.name, found.symbol.noun());
    Diagnostic::error(&RULE, found.span, message).also(found.declared, "declared here").help("name an event")
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn an_aggregate_is_no_event() {
        broken("S0609", "context A { aggregate G }\nstream A.large { of «G» }");
    }
}
