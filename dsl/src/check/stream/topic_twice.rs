//! Two streams in one topic.

use std::collections::HashMap;

use crate::check::Facts;
use crate::diagnostic::{Diagnostic, Rule};
use crate::source::Span;

/// A topic holds one stream.
pub static RULE: Rule = Rule {
    code: "S0607",
    title: "a topic holds one stream",
    explain: r#"Two streams in one topic would mix messages of different kinds, keys and retention. `.` and `_` count as the same
letter, because a broker's metrics do not tell them apart.

```storm
context Ordering { event OrderPlaced }
stream Ordering.raw { topic "ordering" }
stream Ordering.events { topic "ordering" }
```

Mended:

```storm
context Ordering { event OrderPlaced }
stream Ordering.raw { topic "ordering_raw" }
stream Ordering.events { topic "ordering_events" }
```
"#,
};

pub(crate) fn check(facts: &Facts, found: &mut Vec<Diagnostic>) {
    let mut topics: HashMap<String, (&str, Span)> = HashMap::new();
    for stream in &facts.model.streams {
        let Some(topic) = &stream.topic else { continue };
        let (name, span) = (stream.head.name.as_str(), stream.head.name_span);
        if let Some((other, place)) = topics.insert(topic.replace('.', "_"), (name, span)) {
            let message = format!("`{other}` and `{name}` share the topic `{topic}`");
            found.push(
                Diagnostic::error(&RULE, span, message)
                    .also(place, "first here")
                    .help("give each stream a topic of its own"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn a_point_is_a_line() {
        broken(
            "S0607",
            "context A { event E }\nstream A.raw { topic \"a.b\" }\nstream «A.events» { topic \"a_b\" }",
        );
    }
}
