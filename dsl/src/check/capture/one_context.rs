//! A table whose rows become events of two contexts.

use std::collections::HashMap;

use crate::check::Facts;
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::{Capture, TableId};

/// A table feeds one context.
pub static RULE: Rule = Rule {
    code: "S0514",
    title: "a table feeds one context",
    explain: r#"A table's rows are one context's own data. Another context that wants to know of them listens to the events.

```storm
context Ordering {
  aggregate Order key id: string
  event OrderPlaced on Order { id }
}
context Shipping {
  aggregate Parcel key id: string
  event ParcelAnnounced on Parcel { id }
}
source shop: mysql { schema "schema/shop.sql", tables orders }
capture Ordering.OrderPlaced from shop.orders inserted { id }
capture Shipping.ParcelAnnounced from shop.orders inserted { id }
```

```sql
CREATE TABLE orders (id CHAR(36) NOT NULL PRIMARY KEY);
```

Mended:

```storm
context Ordering {
  aggregate Order key id: string
  event OrderPlaced on Order { id }
}
context Shipping {
  aggregate Parcel key id: string
  command AnnounceParcel on Parcel -> ParcelAnnounced { id }
  event ParcelAnnounced on Parcel { id }
  policy Announce { whenever Ordering.OrderPlaced, then AnnounceParcel { id } }
}
source shop: mysql { schema "schema/shop.sql", tables orders }
capture Ordering.OrderPlaced from shop.orders inserted { id }
```
"#,
};

pub(crate) fn check(facts: &Facts, found: &mut Vec<Diagnostic>) {
    let model = facts.model;
    let mut first: HashMap<TableId, &Capture> = HashMap::new();
    for capture in &model.captures {
        let Some(table) = capture.table else { continue };
        let earlier = *first.entry(table).or_insert(capture);
        let (one, other) = (model[earlier.event].head.context, model[capture.event].head.context);
        if one == other {
            continue;
        }
        let name = |context: Option<crate::model::ContextId>| {
            context.map_or("no context", |id| model[id].head.name.as_str())
        };
        let message =
            format!("the table `{}` feeds `{}` and `{}`", model[table].name, name(one), name(other));
        found.push(
            Diagnostic::error(&RULE, capture.span, message)
                .also(earlier.span, "fed first here")
                .help("let the one context capture it, and the other hear its events"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken_ddl, clean_ddl};

    #[test]
    fn several_events_of_one_context_are_fine() {
        let model = |second: &str| {
            format!(
                "context A {{ aggregate G key id: u32\n event E on G {{ id }}\n event F on G {{ id }} }}\n\
                 context B {{ aggregate G key id: u32\n event E on G {{ id }} }}\n\
                 source s: mysql {{ schema \"schema/shop.sql\" }}\n\
                 capture A.E from s.t inserted {{ id }}\n«capture {second} from s.t deleted {{ id }}»"
            )
        };
        let ddl = "CREATE TABLE t (id INT UNSIGNED PRIMARY KEY);";
        broken_ddl("S0514", &model("B.E"), ddl);
        clean_ddl(&model("A.F").replace(['«', '»'], ""), ddl);
    }
}
