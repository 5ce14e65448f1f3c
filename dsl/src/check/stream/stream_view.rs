//! What a compacted stream keeps.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::resolve::Found;

/// A compacted stream keeps the latest of a view.
pub static RULE: Rule = Rule {
    code: "S0610",
    title: "a compacted stream keeps the latest of a view",
    explain: r#"`stream Ordering.orders { compacted latest OrderSummary }` keeps the newest state of each key of a view.

```storm
context Ordering { event OrderPlaced }
stream Ordering.orders { compacted latest OrderPlaced }
```

Mended:

```storm
context Ordering {
  event OrderPlaced
  view OrderSummary key order_id: uuid { on OrderPlaced { } }
}
stream Ordering.orders { compacted latest OrderSummary }
```
"#,
};

pub(crate) fn not_a_view(found: &Found) -> Diagnostic {
    let message = format!("`{}` is {}, and a compacted stream keeps a view", found.name, found.symbol.noun());
    Diagnostic::error(&RULE, found.span, message).also(found.declared, "declared here").help("name a view")
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn an_event_is_no_view() {
        broken("S0610", "context A { event E }\nstream A.latest { compacted latest «E» }");
    }
}
