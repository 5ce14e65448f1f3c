//! Which row is meant: the one before the change or the one after.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::RowChange;
use crate::syntax::tree::{Name, Path};

/// A column is of the old row or of the new one.
pub static RULE: Rule = Rule {
    code: "S0509",
    title: "a column is of the row before the change or after it",
    explain: r#"An insert has a new row and a delete an old one; there a bare column is enough. An update has both. In its `where` each
column says which: `old.status != "paid" and new.status == "paid"`. In its mapping a bare column is the new row's, since an event
tells how things are now; `old.` gives the other.

```storm
context Ordering {
  aggregate Order key id: string
  event OrderPaid on Order { id }
}
source shop: mysql { schema "schema/shop.sql", tables orders }
capture Ordering.OrderPaid from shop.orders updated where status == "paid" { id }
```

```sql
CREATE TABLE orders (id CHAR(36) NOT NULL PRIMARY KEY, status VARCHAR(20) NOT NULL);
```

Mended:

```storm
context Ordering {
  aggregate Order key id: string
  event OrderPaid on Order { id }
}
source shop: mysql { schema "schema/shop.sql", tables orders }
capture Ordering.OrderPaid from shop.orders updated where old.status != "paid" and new.status == "paid" { id }
```
"#,
};

pub(crate) fn which(name: &Name) -> Diagnostic {
    let message = format!("an update has two rows, and `{}` does not say which", name.text);
    Diagnostic::error(&RULE, name.span, message).help(format!(
        "write `new.{0}` for the row after the update, `old.{0}` for the one before",
        name.text
    ))
}

pub(crate) fn absent(path: &Path, change: RowChange) -> Diagnostic {
    let (what, has) = match change {
        RowChange::Inserted => ("an insert", "`new.`"),
        RowChange::Deleted => ("a delete", "`old.`"),
        RowChange::Updated => ("an update", "`old.` and `new.`"),
    };
    let message = format!("{what} has no `{}` row", path.names[0].text);
    Diagnostic::error(&RULE, path.span(), message).help(format!("it has {has}; a bare column is the same"))
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, clean, shop};

    #[test]
    fn an_insert_has_no_old_row() {
        broken("S0509", &shop("id: string", "inserted where «old.status» == \"a\" { id }"));
        broken("S0509", &shop("id: string", "deleted { id: «new.id» }"));
        clean(&shop("id: string", "deleted where status == \"a\" { id: old.id }"));
        clean(&shop("id: string", "updated where old.status != new.status { id }"));
    }
}
