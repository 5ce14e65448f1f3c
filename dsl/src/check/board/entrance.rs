//! Where an event enters.

use std::collections::HashMap;

use crate::check::Facts;
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::{EventId, Handler};
use crate::source::Span;

/// Every event has one entrance.
pub static RULE: Rule = Rule {
    code: "S0407",
    title: "every event has exactly one entrance",
    explain: r#"An event enters by a row that a `capture` maps, by its sourced aggregate, by a call of an external system, or else by
the handler of a command that records it. Were there two, it would be published twice.

```storm
context Ordering {
  aggregate Order key order_id: uuid
  event OrderPlaced on Order { order_id }
}
source web: webhook { path "/orders", id id }
source shop: outbox { }
capture Ordering.OrderPlaced from web.order { order_id: id }
capture Ordering.OrderPlaced from shop.order { order_id: id }
```

Mended:

```storm
context Ordering {
  aggregate Order key order_id: uuid
  event OrderPlaced on Order { order_id }
}
source web: webhook { path "/orders", id id }
capture Ordering.OrderPlaced from web.order { order_id: id }
```
"#,
};

pub(crate) fn check(facts: &Facts, found: &mut Vec<Diagnostic>) {
    let model = facts.model;
    let mut entered: HashMap<EventId, Span> = HashMap::new();
    for capture in &model.captures {
        let event = &model[capture.event];
        let name = &event.head.name;
        if let Some(Handler::Aggregate(id)) = event.raised_by
            && let Some(sourced) = model[id].sourced
        {
            let message =
                format!("`{name}` already enters by its sourced aggregate `{}`", model[id].head.name);
            found.push(
                Diagnostic::error(&RULE, capture.span, message)
                    .also(sourced, "sourced here")
                    .help("remove the capture, or `sourced`"),
            );
            continue;
        }
        if let Some(earlier) = entered.get(&capture.event) {
            found.push(
                Diagnostic::error(&RULE, capture.span, format!("`{name}` already enters by another capture"))
                    .also(*earlier, "first here")
                    .help("one capture an event: join the conditions with `or`, or make two events of it"),
            );
            continue;
        }
        entered.insert(capture.event, capture.span);
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn a_sourced_aggregate_is_an_entrance() {
        let model = "context A { aggregate G key k: uuid sourced { }\n event E on G { k } }\n\
                     source w: webhook { path \"/w\", id i }\n«capture A.E from w.m { k: id }»";
        broken("S0407", model);
    }
}
