//! What a key can be made of.

use crate::check::Facts;
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::{Base, Field};

/// A key's type has one spelling for one value.
pub static RULE: Rule = Rule {
    code: "S0602",
    title: "a key is always there and has one spelling for each value",
    explain: r#"A key decides the partition, so that equal keys must have equal bytes: integers, strings, uuids, dates, times,
decimals, enums and bools have. Floating numbers, json, bytes, records, lists, maps and what may be absent do not.

```storm
context Ordering {
  aggregate Order key weight: f64
}
```

Mended:

```storm
context Ordering {
  aggregate Order key order_id: uuid
}
```
"#,
};

pub(crate) fn check(facts: &Facts, found: &mut Vec<Diagnostic>) {
    let model = facts.model;
    for aggregate in &model.aggregates {
        for field in &aggregate.key {
            keyable(facts, field, found);
        }
    }
    for view in &model.views {
        for field in &view.key {
            keyable(facts, field, found);
        }
    }
    let events = model.events.iter().map(|event| (&event.key, &event.fields, event.raised_by));
    let commands = model.commands.iter().map(|command| (&command.key, &command.fields, command.on));
    for (key, fields, handler) in events.chain(commands) {
        if matches!(handler, Some(crate::model::Handler::Aggregate(id)) if names(&model[id].key) == *key) {
            continue;
        }
        for field in fields.iter().filter(|field| key.contains(&field.name)) {
            keyable(facts, field, found);
        }
    }
}

fn names(fields: &[Field]) -> Vec<String> {
    fields.iter().map(|field| field.name.clone()).collect()
}

fn keyable(facts: &Facts, field: &Field, found: &mut Vec<Diagnostic>) {
    let base = matches!(
        field.ty.base,
        Base::F32 | Base::F64 | Base::Json | Base::Bytes | Base::Record(_) | Base::Map(_)
    );
    if base || field.ty.repeated || field.ty.optional {
        let ty = facts.model.type_name(&field.ty);
        found.push(
            Diagnostic::error(
                &RULE,
                field.span,
                format!("`{}` is a `{ty}`, which cannot be a key", field.name),
            )
            .help("use a uuid, an integer or a string that is always there"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, clean};

    #[test]
    fn what_may_be_absent_is_no_key() {
        broken("S0602", "context A { aggregate G key «k: uuid?» }");
        broken("S0602", "context A { external X { }\n event E from X key k { «k: json» } }");
        clean("context A { aggregate G key k: uuid, n: u32 }");
    }
}
