//! A column that may be NULL for a field that is required.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::{Expr, ExprKind, Field};
use crate::source::Span;

/// What may be NULL is not given to a required field.
pub static RULE: Rule = Rule {
    code: "S0511",
    title: "a column that may be NULL fills an optional field, or is asked for",
    explain: r#"A row whose column is NULL could not become the event. Either the field is optional, or `where x is set` says that such
rows make no event.

```storm
context Ordering {
  aggregate Order key id: string
  event OrderPlaced on Order { id, note: string }
}
source shop: mysql { schema "schema/shop.sql", tables orders }
capture Ordering.OrderPlaced from shop.orders inserted { id, note }
```

```sql
CREATE TABLE orders (id CHAR(36) NOT NULL PRIMARY KEY, note VARCHAR(200));
```

Mended:

```storm
context Ordering {
  aggregate Order key id: string
  event OrderPlaced on Order { id, note: string }
}
source shop: mysql { schema "schema/shop.sql", tables orders }
capture Ordering.OrderPlaced from shop.orders inserted where note is set { id, note }
```
"#,
};

pub(crate) fn may_be_null(span: Span, value: &Expr, field: &Field) -> Diagnostic {
    let column = match &value.kind {
        ExprKind::Place(place) => place.fields.last().map_or("this", |(name, _)| name.as_str()),
        _ => "this",
    };
    Diagnostic::error(
        &RULE,
        span,
        format!("the column `{column}` may be NULL, and `{}` is required", field.name),
    )
    .also(field.span, "the field")
    .help(format!("make the field optional with `?`, or add `where {column} is set`"))
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, clean, shop};

    #[test]
    fn the_guard_names_the_same_row() {
        broken("S0511", &shop("id: string, note: string", "inserted { id, «note» }"));
        broken("S0511", &shop("id: string, note: string", "updated where old.note is set { id, «note» }"));
        clean(&shop("id: string, note: string", "updated where new.note is set { id, note }"));
        clean(&shop("id: string, note: string?", "inserted { id, note }"));
    }
}
