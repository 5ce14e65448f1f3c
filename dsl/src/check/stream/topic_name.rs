//! The name of a topic.

use crate::check::Facts;
use crate::diagnostic::{Diagnostic, Rule};

/// A topic's name is one that a broker takes.
pub static RULE: Rule = Rule {
    code: "S0606",
    title: "a topic's name is one that a broker takes",
    explain: r#"A topic's name has 1 to 249 ASCII letters, digits, `_`, `-` and `.`.

```storm
context Ordering { event OrderPlaced }
stream Ordering.events { topic "ordering events" }
```

Mended:

```storm
context Ordering { event OrderPlaced }
stream Ordering.events { topic "ordering_events" }
```
"#,
};

pub(crate) fn check(facts: &Facts, found: &mut Vec<Diagnostic>) {
    for stream in &facts.model.streams {
        let Some(topic) = &stream.topic else { continue };
        let letters = topic.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        let why = if topic.is_empty() || topic == "." || topic == ".." {
            "it needs a name"
        } else if topic.len() > 249 {
            "it has more than 249 letters"
        } else if topic.starts_with("__") {
            "topics with `__` before them are the broker's own"
        } else if !letters {
            "it has ASCII letters, digits, `_`, `-` and `.` only"
        } else {
            continue;
        };
        let message = format!("`{topic}` is no name for a topic");
        found.push(Diagnostic::error(&RULE, stream.head.name_span, message).help(why));
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn the_stream_is_marked() {
        broken("S0606", "context A { event E }\nstream «A.raw» { topic \"주문\" }");
        broken("S0606", "context A { event E }\nstream «A.raw» { topic \"__x\" }");
    }
}
