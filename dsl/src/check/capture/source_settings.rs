//! The settings of a source.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::SourceKind;
use crate::syntax::tree::Source;

/// A source says what its kind needs and nothing else.
pub static RULE: Rule = Rule {
    code: "S0507",
    title: "a source says what its kind needs, and nothing else",
    explain: r#"A `mysql` source needs a `schema`, and may name its `databases` and `tables`. A `webhook` needs a `path`, and the `id`
by which a call that is repeated is known.

```storm
source shop: mysql { tables orders }
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

pub(crate) fn of(kind: SourceKind, source: &Source) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let name = &source.name.text;
    let error = |span, message: String| Diagnostic::error(&RULE, span, message);
    if kind == SourceKind::Mysql && source.schema.is_none() {
        found.push(
            error(source.name.span, format!("the source `{name}` has no schema"))
                .help("name a DDL snapshot beside the model: `schema \"schema/shop.sql\"`"),
        );
    }
    if kind == SourceKind::Webhook {
        if source.path.is_none() {
            let message = format!("the webhook `{name}` has no path");
            found.push(error(source.name.span, message).help("say where it is called: `path \"/paypal\"`"));
        }
        if source.id.is_none() {
            let message = format!("the webhook `{name}` has no id");
            let help = "say by which field a repeated call is known: `id event_id`";
            found.push(error(source.name.span, message).help(help));
        }
        let settings = [&source.schema, &source.databases.as_ref().map(|(text, _)| text.clone())];
        for text in settings.into_iter().flatten().chain(source.tables.first()) {
            let message = format!("a webhook has calls, no tables: `{name}`");
            found.push(error(text.span, message).help("remove the setting"));
        }
    } else {
        if let Some(path) = &source.path {
            found.push(error(path.span, "a path belongs to a webhook".into()).help("remove it"));
        }
        if let Some(id) = &source.id {
            found.push(error(id.span(), "an id belongs to a webhook".into()).help("remove it"));
        }
    }
    if let Some(path) = source.path.as_ref().filter(|path| !path.value.starts_with('/')) {
        found.push(
            error(path.span, format!("the path `{}` does not start with `/`", path.value))
                .help("add the `/`"),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn each_kind_has_its_own() {
        broken("S0507", "source «w»: webhook { path \"/x\" }");
        broken("S0507", "source w: webhook { path \"/x\", id i\n tables «t» }");
        broken("S0507", "source o: outbox { path «\"/x\"» }");
        broken("S0507", "source w: webhook { path «\"x\"», id i }");
    }
}
