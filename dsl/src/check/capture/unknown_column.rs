//! A column that the table does not have.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::Table;
use crate::suggest::nearest;
use crate::syntax::tree::Name;

/// A column that is named exists.
pub static RULE: Rule = Rule {
    code: "S0510",
    title: "a column that is named exists",
    explain: r#"In a capture, names are columns of the table as its snapshot spells them; upper and lower case count.

```storm
context Ordering {
  aggregate Order key order_id: string
  event OrderPlaced on Order { order_id }
}
source shop: mysql { schema "schema/shop.sql", tables orders }
capture Ordering.OrderPlaced from shop.orders inserted { order_id }
```

```sql
CREATE TABLE orders (id CHAR(36) NOT NULL PRIMARY KEY);
```

Mended:

```storm
context Ordering {
  aggregate Order key order_id: string
  event OrderPlaced on Order { order_id }
}
source shop: mysql { schema "schema/shop.sql", tables orders }
capture Ordering.OrderPlaced from shop.orders inserted { order_id: id }
```
"#,
};

pub(crate) fn unknown(name: &Name, table: &Table) -> Diagnostic {
    let message = format!("the table `{}` has no column `{}`", table.name, name.text);
    let diagnostic = Diagnostic::error(&RULE, name.span, message).also(table.span, "the table");
    let columns = || table.columns.iter().map(|column| column.name.as_str());
    match nearest(&name.text, columns()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None if table.columns.len() > 12 => {
            let first: Vec<&str> = columns().take(12).collect();
            diagnostic.help(format!("it has `{}` and others", first.join("`, `")))
        }
        None => diagnostic.help(format!("it has `{}`", columns().collect::<Vec<_>>().join("`, `"))),
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, shop};

    #[test]
    fn in_conditions_and_mappings() {
        assert!(
            broken("S0510", &shop("id: string", "inserted where «stauts» == \"a\" { id }"))
                .contains("`status`")
        );
        broken("S0510", &shop("id: string", "updated { id: new.«idd» }"));
    }
}
