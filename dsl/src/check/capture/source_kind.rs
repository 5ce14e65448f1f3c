//! What kind of source it is.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::SourceKind;
use crate::suggest::nearest;
use crate::syntax::tree::Name;

const KINDS: [(&str, SourceKind); 5] = [
    ("mysql", SourceKind::Mysql),
    ("postgres", SourceKind::Postgres),
    ("debezium", SourceKind::Debezium),
    ("outbox", SourceKind::Outbox),
    ("webhook", SourceKind::Webhook),
];

/// A source is of a kind that is known.
pub static RULE: Rule = Rule {
    code: "S0506",
    title: "a source is mysql, postgres, debezium, outbox or webhook",
    explain: r#"The kind stands after the source's name. `mysql` is MariaDB too.

```storm
source shop: mariadb { schema "schema/shop.sql", tables orders }
```

```sql
CREATE TABLE orders (id CHAR(36) NOT NULL PRIMARY KEY);
```

Mended:

```storm
source shop: mysql { schema "schema/shop.sql", tables orders }
```
"#,
};

/// The kind of this name.
pub(crate) fn of(name: &Name) -> Result<SourceKind, Box<Diagnostic>> {
    if let Some((_, kind)) = KINDS.iter().find(|(known, _)| *known == name.text) {
        return Ok(*kind);
    }
    let help = match name.text.to_lowercase().as_str() {
        "mariadb" | "maria" => "MariaDB is `mysql`".to_owned(),
        "postgresql" | "pg" => "write `postgres`".to_owned(),
        other => match nearest(other, KINDS.iter().map(|(name, _)| *name)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "the kinds are `mysql`, `postgres`, `debezium`, `outbox` and `webhook`".to_owned(),
        },
    };
    let message = format!("there is no source of the kind `{}`", name.text);
    Err(Box::new(Diagnostic::error(&RULE, name.span, message).help(help)))
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn a_kind_is_suggested() {
        assert!(broken("S0506", "source s: «webhok» { path \"/x\", id i }").contains("`webhook`"));
    }
}
