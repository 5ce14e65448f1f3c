//! The key of a message is made of its fields.

use crate::check::Facts;
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::resolve::Symbol;
use crate::model::{AggregateId, Field, Handler, Head};

/// A message has the fields of its key.
pub static RULE: Rule = Rule {
    code: "S0601",
    title: "a message has the fields of its key, with the key's types",
    explain: r#"A topic is partitioned by key, so that each aggregate's messages stay in order. The key is the aggregate's, or what
`key` says; an event or command with a body has its fields, with the aggregate's types.

```storm
context Ordering {
  aggregate Order key order_id: uuid
  event OrderPlaced on Order { total: decimal(12, 2) }
}
```

Mended:

```storm
context Ordering {
  aggregate Order key order_id: uuid
  event OrderPlaced on Order { order_id, total: decimal(12, 2) }
}
```
"#,
};

pub(crate) fn check(facts: &Facts, found: &mut Vec<Diagnostic>) {
    let model = facts.model;
    for (index, event) in model.events.iter().enumerate() {
        let symbol = Symbol::Event(crate::model::EventId(index as u32));
        if event.has_body {
            fields(facts, symbol, &event.head, &event.key, &event.fields, event.raised_by, found);
        }
    }
    for (index, command) in model.commands.iter().enumerate() {
        let symbol = Symbol::Command(crate::model::CommandId(index as u32));
        if command.has_body {
            fields(facts, symbol, &command.head, &command.key, &command.fields, command.on, found);
        }
    }
}

fn fields(
    facts: &Facts,
    symbol: Symbol,
    head: &Head,
    key: &[String],
    fields: &[Field],
    handler: Option<Handler>,
    found: &mut Vec<Diagnostic>,
) {
    if facts.doubts.about(symbol) {
        return;
    }
    let aggregate: Option<AggregateId> = match handler {
        Some(Handler::Aggregate(id)) => Some(id),
        _ => None,
    };
    let lacking: Vec<&str> = key
        .iter()
        .map(String::as_str)
        .filter(|name| !fields.iter().any(|field| field.name == *name))
        .collect();
    if !lacking.is_empty() {
        let noun = symbol.noun().trim_start_matches("an ").trim_start_matches("a ");
        let message = format!("the {noun} `{}` has no field `{}`, its key", head.name, lacking.join("`, `"));
        let mut diagnostic = Diagnostic::error(&RULE, head.name_span, message)
            .help(format!("add `{}` to its fields, or say another key: `key …`", lacking.join(", ")));
        if let Some(id) = aggregate {
            diagnostic = diagnostic.also(facts.model[id].head.name_span, "the aggregate whose key it is");
        }
        found.push(diagnostic);
    }
    let Some(id) = aggregate else { return };
    for keyed in &facts.model[id].key {
        let own = fields.iter().find(|field| field.name == keyed.name);
        if let Some(own) = own.filter(|own| key.contains(&own.name) && own.ty != keyed.ty) {
            let (ty, theirs) = (facts.model.type_name(&own.ty), facts.model.type_name(&keyed.ty));
            let message = format!("`{}` is a `{ty}` here and a `{theirs}` in the key", own.name);
            found.push(
                Diagnostic::error(&RULE, own.span, message)
                    .also(keyed.span, "the key")
                    .help(format!("write `{}` alone: it takes the key's type", own.name)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, clean};

    #[test]
    fn the_key_has_one_type() {
        broken("S0601", "context A { aggregate G key k: uuid\n event E on G { «k: string» } }");
        broken("S0601", "context A { external X { }\n event «E» from X key k { n: u32 } }");
        clean(
            "context A { aggregate G key k: uuid\n event E on G\n command C every \"* * * * *\" on G -> E }",
        );
    }
}
