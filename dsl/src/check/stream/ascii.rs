//! Names that become names of messages and topics.

use crate::check::Facts;
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::{ContextId, Depth, Field, Head};
use crate::source::Span;

/// From contract depth on names are ASCII.
pub static RULE: Rule = Rule {
    code: "S0604",
    title: "from contract depth on names are ASCII",
    explain: r#"At first, names on the wall are in any language. Once a context has contracts, its names become those of protobuf
messages and Kafka topics, which are ASCII letters, digits and `_`. `as "…"` keeps what people read.

```storm
context Ordering {
  aggregate Order key order_id: uuid
  event 주문됨 on Order { order_id }
}
```

Mended:

```storm
context Ordering {
  aggregate Order key order_id: uuid
  event OrderPlaced as "주문됨" on Order { order_id }
}
```
"#,
};

pub(crate) fn check(facts: &Facts, found: &mut Vec<Diagnostic>) {
    let model = facts.model;
    let deep = |context: Option<ContextId>| context.is_some_and(|id| model[id].depth >= Depth::Contract);
    let mut heads: Vec<&Head> = Vec::new();
    let mut fields: Vec<&Field> = Vec::new();
    heads.extend(model.contexts.iter().filter(|it| it.depth >= Depth::Contract).map(|it| &it.head));
    for aggregate in model.aggregates.iter().filter(|it| deep(it.head.context)) {
        heads.push(&aggregate.head);
        fields.extend(&aggregate.key);
    }
    for record in model.records.iter().filter(|it| deep(it.head.context)) {
        heads.push(&record.head);
        fields.extend(&record.fields);
    }
    for event in model.events.iter().filter(|it| deep(it.head.context)) {
        heads.push(&event.head);
        fields.extend(&event.fields);
    }
    for command in model.commands.iter().filter(|it| deep(it.head.context)) {
        heads.push(&command.head);
        fields.extend(&command.fields);
    }
    heads.extend(model.policies.iter().filter(|it| deep(it.head.context)).map(|it| &it.head));
    heads.extend(model.views.iter().filter(|it| deep(it.head.context)).map(|it| &it.head));
    heads.extend(model.processes.iter().filter(|it| deep(it.head.context)).map(|it| &it.head));
    heads.extend(model.externals.iter().filter(|it| deep(it.head.context)).map(|it| &it.head));
    for head in heads {
        ascii(&head.name, head.name_span, "keep what people read: `Name as \"…\"`", found);
    }
    for field in fields {
        // A bare field of an event has its own place; the key's fields are seen once, with their aggregate.
        ascii(&field.name, field.span, "give the field an ASCII name, and say more in its doc", found);
    }
    for it in model.enums.iter().filter(|it| deep(it.head.context)) {
        ascii(&it.head.name, it.head.name_span, "give the enum an ASCII name", found);
        for value in &it.values {
            ascii(&value.name, value.span, "give the value an ASCII name", found);
        }
    }
}

fn ascii(name: &str, span: Span, help: &str, found: &mut Vec<Diagnostic>) {
    let first = name.starts_with(|letter: char| letter.is_ascii_alphabetic());
    if !first || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        let message = format!("`{name}` is not an ASCII name, and its context has contracts");
        found.push(Diagnostic::error(&RULE, span, message).help(help));
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, clean};

    #[test]
    fn a_wall_may_be_in_any_language() {
        clean("context 주문 { event 주문됨\n command 주문하기 -> 주문됨 }");
        broken("S0604", "context A { aggregate G key k: uuid\n event E on G { k, «größe: u32» } }");
    }
}
