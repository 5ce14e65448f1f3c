//! Declarations outside of every context.

use crate::check::Facts;
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::Head;

/// Only names stand outside of contexts.
pub static RULE: Rule = Rule {
    code: "S0416",
    title: "only names stand outside of contexts",
    explain: r#"At the first workshop nobody knows the contexts yet: `event OrderPlaced` alone in a file is an orange note. Fields,
keys and versions belong to a context, since messages get their package and topics from it.

```storm
event OrderPlaced { order_id: uuid }
```

Mended:

```storm
context Ordering {
  event OrderPlaced { order_id: uuid }
}
```
"#,
};

pub(crate) fn check(facts: &Facts, found: &mut Vec<Diagnostic>) {
    let model = facts.model;
    let events = model.events.iter().map(|it| (&it.head, it.has_body || !it.key.is_empty()));
    let commands = model.commands.iter().map(|it| (&it.head, !it.fields.is_empty() || it.every.is_some()));
    let aggregates = model.aggregates.iter().map(|it| (&it.head, !it.key.is_empty() || it.sourced.is_some()));
    let views = model.views.iter().map(|it| (&it.head, !it.key.is_empty()));
    for (head, deep) in events.chain(commands).chain(aggregates).chain(views) {
        if deep && head.context.is_none() {
            found.push(homeless(head));
        }
    }
}

fn homeless(head: &Head) -> Diagnostic {
    let message = format!("`{}` is more than a name, and stands outside of every context", head.name);
    Diagnostic::error(&RULE, head.name_span, message).help("put it into one: `context Name { … }`")
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, clean};

    #[test]
    fn loose_notes_are_welcome() {
        clean("event OrderPlaced\ncommand PlaceOrder -> OrderPlaced\nhotspot \"who?\" on OrderPlaced");
        broken("S0416", "aggregate «Order» key id: uuid");
    }
}
