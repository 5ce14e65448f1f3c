//! The settings of a source.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::{Head, SourceKind};
use crate::syntax::tree::{CallId, Source};

/// A source says what its kind needs and nothing else.
pub static RULE: Rule = Rule {
    code: "S0507",
    title: "a source says what its kind needs, and nothing else",
    explain: r#"A `mysql` source needs a `schema`, and may name its `databases` and `tables`. A `webhook` needs a `path`, and the `id`
by which a call that is repeated is known: a field of the body, or a header. `signature header "X-Signature"` names the header
with the call's HMAC-SHA256; the secret is the service's configuration.

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
    if let Some(signature) = source.signature.as_ref().filter(|_| kind != SourceKind::Webhook) {
        found.push(error(signature.span, "a signature belongs to a webhook".into()).help("remove it"));
    }
    let header = match &source.id {
        Some(CallId::Header(text)) => Some(text),
        _ => None,
    };
    for text in header.into_iter().chain(&source.signature).filter(|text| !is_header(&text.value)) {
        let message = format!("`{}` is no header's name", text.value);
        found.push(error(text.span, message).help("letters, digits and `-`: `X-Signature`"));
    }
    if let Some(path) = source.path.as_ref().filter(|path| is_taken(&path.value)) {
        let message = format!("`{}` is where the service itself answers", path.value);
        found.push(error(path.span, message).help("choose another path, such as `/hooks/paypal`"));
    }
    if let Some(path) = source.path.as_ref().filter(|path| !path.value.starts_with('/')) {
        found.push(
            error(path.span, format!("the path `{}` does not start with `/`", path.value))
                .help("add the `/`"),
        );
    }
    found
}

/// Two webhooks are called at one place.
pub(crate) fn same_path(source: &Source, other: &Head) -> Diagnostic {
    let span = source.path.as_ref().map_or(source.name.span, |path| path.span);
    let message = format!("`{}` and `{}` are called at the same path", source.name.text, other.name);
    Diagnostic::error(&RULE, span, message)
        .also(other.name_span, "the other")
        .help("give each webhook a path of its own")
}

fn is_header(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The service's own paths.
fn is_taken(path: &str) -> bool {
    let first = path.strip_prefix('/').and_then(|rest| rest.split('/').next());
    first.is_some_and(|first| {
        ["", "metrics", "livez", "readyz", "commands", "openapi", "openapi.json"].contains(&first)
    })
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
        broken("S0507", "source w: webhook { path «\"/metrics\"», id i }");
        broken("S0507", "source w: webhook { path \"/x\", id header «\"X Id\"» }");
        broken("S0507", "source v: webhook { path \"/x\", id i }\nsource w: webhook { path «\"/x\"», id i }");
        broken("S0507", "source o: outbox { signature header «\"X-Signature\"» }");
    }
}
