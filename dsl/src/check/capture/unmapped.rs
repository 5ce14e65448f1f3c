//! Fields of an event that a capture gives nothing.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::{Event, Table};
use crate::syntax::tree::Capture;

/// A capture maps every required field.
pub static RULE: Rule = Rule {
    code: "S0512",
    title: "a capture maps every required field of its event",
    explain: r#"A row becomes an event only when each required field has a column or a value. `total` alone maps the column of the
same name.

```storm
context Ordering {
  aggregate Order key id: string
  event OrderPlaced on Order { id, total: decimal(12, 2) }
}
source shop: mysql { schema "schema/shop.sql", tables orders }
capture Ordering.OrderPlaced from shop.orders inserted { id }
```

```sql
CREATE TABLE orders (id CHAR(36) NOT NULL PRIMARY KEY, total DECIMAL(12,2) NOT NULL);
```

Mended:

```storm
context Ordering {
  aggregate Order key id: string
  event OrderPlaced on Order { id, total: decimal(12, 2) }
}
source shop: mysql { schema "schema/shop.sql", tables orders }
capture Ordering.OrderPlaced from shop.orders inserted { id, total }
```
"#,
};

pub(crate) fn fields(capture: &Capture, event: &Event, lacking: &[String], table: &Table) -> Diagnostic {
    let ready: Vec<&String> =
        lacking.iter().filter(|field| table.columns.iter().any(|column| column.name == **field)).collect();
    let help = match ready.as_slice() {
        [] => format!("add `{}: column`, or make it optional", lacking[0]),
        [one] => format!("the table has a column `{one}`: add `{one}`"),
        [first, ..] => format!("the table has columns of these names: add `{first}` and the others"),
    };
    message(capture, event, lacking).help(help)
}

pub(crate) fn message(capture: &Capture, event: &Event, lacking: &[String]) -> Diagnostic {
    let what = format!("`{}` is given no `{}`", event.head.name, lacking.join("`, `"));
    Diagnostic::error(&RULE, capture.event.span(), what)
        .also(event.head.name_span, "the event")
        .help(format!("add `{}: …`, or make it optional", lacking[0]))
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, shop};

    #[test]
    fn a_column_of_the_same_name_is_pointed_out() {
        let model = shop("id: string, total: decimal(12, 2)", "inserted { id }")
            .replace("capture A.E", "capture «A.E»");
        assert!(broken("S0512", &model).contains("add `total`"));
    }
}
