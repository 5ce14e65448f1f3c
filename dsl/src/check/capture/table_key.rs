//! The columns that key a table's raw records.

use std::collections::HashMap;

use crate::check::Facts;
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::resolve::Symbol;
use crate::model::{Capture, EventId, ExprKind, Model, TableId};

/// A table carries the key of what its rows tell of.
pub static RULE: Rule = Rule {
    code: "S0515",
    title: "a table carries the key of its aggregate, always in the same columns",
    explain: r#"Raw records are keyed by the aggregate's key, so that each aggregate's changes stay in order. The key's fields must be
columns of the row, and all captures of one table must take them from the same columns.

```storm
context Ordering {
  aggregate Order key order_id: string
  event OrderPlaced on Order { order_id }
  event OrderPaid on Order { order_id }
}
source shop: mysql { schema "schema/shop.sql", tables orders }
capture Ordering.OrderPlaced from shop.orders inserted { order_id: id }
capture Ordering.OrderPaid from shop.orders deleted { order_id: number }
```

```sql
CREATE TABLE orders (id CHAR(36) NOT NULL PRIMARY KEY, number CHAR(10) NOT NULL);
```

Mended:

```storm
context Ordering {
  aggregate Order key order_id: string
  event OrderPlaced on Order { order_id }
  event OrderPaid on Order { order_id }
}
source shop: mysql { schema "schema/shop.sql", tables orders }
capture Ordering.OrderPlaced from shop.orders inserted { order_id: id }
capture Ordering.OrderPaid from shop.orders deleted { order_id: id }
```
"#,
};

/// The columns that a capture fills its event's key from, in the key's order; the first field that has none if so.
pub(crate) fn columns<'m>(model: &'m Model, capture: &'m Capture) -> Result<Vec<&'m str>, &'m str> {
    let event = &model[capture.event];
    let mut columns = Vec::with_capacity(event.key.len());
    for key in &event.key {
        let value = capture.values.iter().find(|(index, _)| event.fields[*index].name == *key);
        let column = value.and_then(|(_, value)| match &value.kind {
            ExprKind::Place(place) => place.fields.last().map(|(name, _)| name.as_str()),
            _ => None,
        });
        columns.push(column.ok_or(key.as_str())?);
    }
    Ok(columns)
}

pub(crate) fn check(facts: &Facts, found: &mut Vec<Diagnostic>) {
    let model = facts.model;
    let mut first: HashMap<TableId, (&Capture, Vec<&str>)> = HashMap::new();
    for capture in &model.captures {
        let Some(table) = capture.table else { continue };
        if facts.doubts.tables.contains(&table) || doubtful(facts, capture.event) {
            continue;
        }
        let event = &model[capture.event];
        let name = &model[table].name;
        let columns = match columns(model, capture) {
            Ok(columns) if !columns.is_empty() => columns,
            Ok(_) => {
                let message =
                    format!("`{}` has no key, and rows of `{name}` are keyed by it", event.head.name);
                found.push(
                    Diagnostic::error(&RULE, capture.span, message)
                        .also(event.head.name_span, "the event")
                        .help(
                            "let it stand `on` an aggregate with a key, or give it its own: `key order_id`",
                        ),
                );
                continue;
            }
            Err(field) => {
                let mapped = event.fields.iter().any(|it| it.name == *field);
                if mapped {
                    let message =
                        format!("the key `{field}` of `{}` is no column of `{name}`", event.head.name);
                    found.push(
                        Diagnostic::error(&RULE, capture.span, message)
                            .help("map the key to a column of the row"),
                    );
                }
                continue;
            }
        };
        let (earlier, theirs) = first.entry(table).or_insert((capture, columns.clone()));
        if *theirs != columns {
            let (one, other) = (theirs.join("`, `"), columns.join("`, `"));
            let message = format!("rows of `{name}` are keyed by `{one}`, and here by `{other}`");
            found.push(
                Diagnostic::error(&RULE, capture.span, message)
                    .also(earlier.span, format!("keyed by `{one}`"))
                    .help("fill the key from the same columns in all captures of a table"),
            );
        }
    }
}

fn doubtful(facts: &Facts, event: EventId) -> bool {
    let handler = match facts.model[event].raised_by {
        Some(crate::model::Handler::Aggregate(id)) => facts.doubts.about(Symbol::Aggregate(id)),
        _ => false,
    };
    handler || facts.doubts.about(Symbol::Event(event))
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken_ddl;

    #[test]
    fn the_key_is_a_column() {
        let model = "context A { aggregate G key k: string\n event E on G { k } }\n\
                     source s: mysql { schema \"schema/shop.sql\" }\n«capture A.E from s.t inserted { k: \"x\" }»";
        broken_ddl("S0515", model, "CREATE TABLE t (id INT PRIMARY KEY);");
        let model = "context A { event E { id: i32 } }\n\
                     source s: mysql { schema \"schema/shop.sql\" }\n«capture A.E from s.t inserted { id }»";
        broken_ddl("S0515", model, "CREATE TABLE t (id INT PRIMARY KEY);");
    }
}
