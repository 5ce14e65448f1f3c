//! Lists and maps that no message format can carry.

use crate::diagnostic::{Diagnostic, Rule};
use crate::source::Span;

/// Lists and maps are plain.
pub static RULE: Rule = Rule {
    code: "S0303",
    title: "lists and maps are plain",
    explain: r#"A list is never absent, only empty: a message cannot tell the two apart. A map's keys are strings and its values are
neither lists, maps nor optional; a `type` between them makes any of these.

```storm
context Ordering {
  event OrderPlaced { lines: string[]? }
}
```

Mended:

```storm
context Ordering {
  event OrderPlaced { lines: string[] }
}
```
"#,
};

pub(crate) fn map_key(span: Span) -> Diagnostic {
    Diagnostic::error(&RULE, span, "a map's keys are strings").help("write `map<string, T>`")
}

pub(crate) fn map_value(span: Span) -> Diagnostic {
    Diagnostic::error(&RULE, span, "a map's values are neither lists, maps nor optional")
        .help("declare a `type` with one such field, and map to that")
}

pub(crate) fn optional_list(span: Span) -> Diagnostic {
    Diagnostic::error(&RULE, span, "a list is never absent, only empty").help("remove the `?`")
}

pub(crate) fn many_maps(span: Span) -> Diagnostic {
    Diagnostic::error(&RULE, span, "a map is neither repeated nor optional")
        .help("an empty map says it; for a list of maps declare a `type` with one such field")
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, clean};

    #[test]
    fn maps_are_plain() {
        broken("S0303", "context A { event E { a: map<«uuid», u32> } }");
        broken("S0303", "context A { event E { a: map<string, «u32[]»> } }");
        broken("S0303", "context A { event E { a: «map<string, u32>?» } }");
        clean("context A { event E { a: map<string, u32> } }");
    }
}
