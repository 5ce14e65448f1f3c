//! A table that is named and not used.

use std::collections::HashSet;

use crate::check::Facts;
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::TableId;

/// A table that a source names is captured.
pub static RULE: Rule = Rule {
    code: "S0517",
    title: "a table that a source names is captured",
    explain: r#"A table that no capture takes rows from would be read for nothing. This is a warning.

```storm
source shop: mysql { schema "schema/shop.sql", tables orders }
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
source shop: mysql { schema "schema/shop.sql", tables orders }
capture Ordering.OrderPlaced from shop.orders inserted { id }
```
"#,
};

pub(crate) fn check(facts: &Facts, found: &mut Vec<Diagnostic>) {
    let model = facts.model;
    if facts.doubts.damaged || !facts.doubts.captured.is_empty() {
        return;
    }
    let captured: HashSet<TableId> = model.captures.iter().filter_map(|capture| capture.table).collect();
    for source in &model.sources {
        let unused: Vec<&str> = source
            .tables
            .iter()
            .filter(|id| !captured.contains(id))
            .map(|id| model[*id].name.as_str())
            .collect();
        if !unused.is_empty() {
            let message = match unused.as_slice() {
                [one] => format!("nothing is captured from the table `{one}`"),
                several => format!("nothing is captured from the tables `{}`", several.join("`, `")),
            };
            found.push(
                Diagnostic::warning(&RULE, source.head.name_span, message)
                    .help("capture an event from it, or leave it out of `tables`"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::warned;

    #[test]
    fn the_source_is_marked() {
        warned("S0517", "source «shop»: mysql { schema \"schema/shop.sql\"\n tables orders }");
    }
}
