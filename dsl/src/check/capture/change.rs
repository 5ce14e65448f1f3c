//! What a capture is made of.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::resolve::Found;
use crate::model::{Source, SourceKind};
use crate::syntax::tree::Capture;

/// A capture makes an event of a change.
pub static RULE: Rule = Rule {
    code: "S0508",
    title: "a capture makes an event of a row's change or of a call",
    explain: r#"`capture Ordering.OrderPlaced from shop.orders inserted { … }`: an event, a table, and what happened to the row:
`inserted`, `updated` or `deleted`. A webhook's call happens to no row, and says none of these.

```storm
context Ordering { event OrderPlaced { id: string } }
source shop: mysql { schema "schema/shop.sql", tables orders }
capture Ordering.OrderPlaced from shop.orders { id }
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

pub(crate) fn not_an_event(found: &Found) -> Diagnostic {
    let message = format!("`{}` is {}, and a row becomes an event", found.name, found.symbol.noun());
    Diagnostic::error(&RULE, found.span, message)
        .also(found.declared, "declared here")
        .help("name what happened when the row changed")
}

pub(crate) fn fits(source: &Source, capture: &Capture) -> Option<Diagnostic> {
    let webhook = source.kind == SourceKind::Webhook;
    match (webhook, capture.change) {
        (true, Some((_, span))) => Some(
            Diagnostic::error(
                &RULE,
                span,
                format!("`{}` is a webhook, and a call changes no row", source.head.name),
            )
            .help("remove the word"),
        ),
        (false, None) if source.kind == SourceKind::Mysql => Some(
            Diagnostic::error(
                &RULE,
                capture.from.span(),
                "the capture does not say what happened to the row",
            )
            .help("add `inserted`, `updated` or `deleted` after the table"),
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn calls_change_no_rows() {
        let model = "context A { event E { k: u32 } }\nsource w: webhook { path \"/x\", id i }\n";
        broken("S0508", &format!("{model}capture A.E from w.m «inserted» {{ k: id }}"));
        broken(
            "S0508",
            "context A { command C }\nsource w: webhook { path \"/x\", id i }\ncapture «A.C» from w.m { }",
        );
    }
}
