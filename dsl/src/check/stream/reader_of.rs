//! Streams that are named.

use crate::diagnostic::{Diagnostic, Rule};
use crate::suggest::nearest;
use crate::syntax::tree::Path;

/// A stream that is read exists.
pub static RULE: Rule = Rule {
    code: "S0608",
    title: "a stream that is read exists",
    explain: r#"Every context has the streams `raw`, `events`, `commands` and `dead`; others are declared by `stream`.

```storm
context Ordering { event OrderPlaced }
reader DataLake of Ordering.event
```

Mended:

```storm
context Ordering { event OrderPlaced }
reader DataLake of Ordering.events
```
"#,
};

pub(crate) fn unknown(path: &Path, name: &str, named: &[String]) -> Diagnostic {
    let context = &path.names[0].text;
    let own = ["raw", "events", "commands", "dead"];
    let near = nearest(name, own.into_iter().chain(named.iter().map(String::as_str)));
    let diagnostic = Diagnostic::error(
        &RULE,
        path.names.last().map_or(path.span(), |name| name.span),
        format!("the context `{context}` has no stream `{name}`"),
    );
    match near {
        Some(near) => diagnostic.help(format!("did you mean `{context}.{near}`?")),
        None => diagnostic.help(format!("declare it: `stream {context}.{name} {{ … }}`")),
    }
}

pub(crate) fn no_stream(path: &Path) -> Diagnostic {
    let message = format!("`{}` is no stream", path.text());
    Diagnostic::error(&RULE, path.span(), message).help("name the context and its stream: `Ordering.events`")
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, clean};

    #[test]
    fn declared_streams_can_be_read() {
        broken("S0608", "context A { event E }\nreader R of «A»");
        clean("context A { event E }\nstream A.large { of E }\nreader R of A.large");
    }
}
