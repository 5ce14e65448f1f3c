//! The ranges of a stream's settings.

use crate::check::Facts;
use crate::diagnostic::{Diagnostic, Rule};

const KIB: u64 = 1024;
const HOUR: u64 = 60 * 60 * 1000;

/// A stream's settings are within what Kafka keeps.
pub static RULE: Rule = Rule {
    code: "S0605",
    title: "a stream's settings are within what a broker keeps",
    explain: r#"Partitions: 1 to 10,000. Replicas: 1 to 9. Retention: at least an hour
and 1 MiB. A message: 1 KiB to 100 MiB. A skew: 1 to 100 percent of the load on 1 to 100 percent of the keys.

```storm
context Ordering { event OrderPlaced }
stream Ordering.events { partitions 0 }
```

Mended:

```storm
context Ordering { event OrderPlaced }
stream Ordering.events { partitions 12 }
```
"#,
};

pub(crate) fn check(facts: &Facts, found: &mut Vec<Diagnostic>) {
    for stream in &facts.model.streams {
        let name = &stream.head.name;
        let mut say = |message: String, help: &str| {
            found.push(Diagnostic::error(&RULE, stream.head.name_span, message).help(help));
        };
        if let Some(partitions) = stream.partitions.filter(|count| !(1..=10_000).contains(count)) {
            say(format!("`{name}` has {partitions} partitions"), "a topic has 1 to 10,000 partitions");
        }
        if let Some(load) = stream.load {
            if load.millirate == 0 || load.bytes == 0 {
                say(format!("the load of `{name}` is nothing"), "write `partitions for 2_000/s of 400 B`");
            }
            if let Some((share, keys)) = load.skew
                && !((1..=100).contains(&share) && (1..=100).contains(&keys))
            {
                say(format!("the skew of `{name}` is no share"), "write `skew 20% on 1% of keys`");
            }
        }
        if stream.replicas.is_some_and(|replicas| replicas == 0 || replicas > 9) {
            say(
                format!("`{name}` has {} replicas", stream.replicas.unwrap_or(0)),
                "a topic has 1 to 9; 3 is usual",
            );
        }
        if stream.retention_time.is_some_and(|time| time < HOUR) {
            say(format!("`{name}` keeps its records for less than an hour"), "write `retention 7d`");
        }
        if stream.retention_size.is_some_and(|size| size < KIB * KIB) {
            say(format!("`{name}` keeps less than 1 MiB"), "write `retention 30d or 50GB`");
        }
        if stream.message_at_most.is_some_and(|size| !(KIB..=100 * KIB * KIB).contains(&size)) {
            say(
                format!("a message of `{name}` is under 1 KiB or over 100 MiB"),
                "write `message at most 1MB`",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, clean};

    #[test]
    fn ranges_are_held() {
        let stream = |setting: &str| format!("context A {{ event E }}\nstream «A.events» {{ {setting} }}");
        for bad in [
            "partitions 10001",
            "replicas 10",
            "retention 1m",
            "retention 1KB",
            "message at most 1 B",
            "partitions for 0/s of 1 B",
            "partitions for 1/s of 1 B, skew 101% on 1% of keys",
        ] {
            broken("S0605", &stream(bad));
        }
        clean(
            "context A { event E }\nstream A.events { partitions for 2_000/s of 400 B, skew 20% on 1% of keys\n retention 30d or 50GB\n replicas 3\n message at most 1MB }",
        );
    }
}
