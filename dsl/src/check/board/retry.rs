//! The ranges of retries and waits.

use crate::check::Facts;
use crate::diagnostic::{Diagnostic, Rule};

/// A retry is finite and grows.
pub static RULE: Rule = Rule {
    code: "S0415",
    title: "a retry is finite and its waits grow",
    explain: r#"`retry 8 times backoff 200ms to 1m` tries again 0 to 100 times, waiting 200 ms at first and never more than a
minute: at least 1 ms, at most a day.

```storm
context Ordering {
  event OrderPlaced
  policy P { whenever OrderPlaced, retry 8 times backoff 2m to 1m }
}
```

Mended:

```storm
context Ordering {
  event OrderPlaced
  policy P { whenever OrderPlaced, retry 8 times backoff 1m to 2m }
}
```
"#,
};

const DAY: u64 = 24 * 60 * 60 * 1000;

pub(crate) fn check(facts: &Facts, found: &mut Vec<Diagnostic>) {
    for policy in &facts.model.policies {
        let name = &policy.head.name;
        let mut say = |message: String, help: &str| {
            found.push(Diagnostic::error(&RULE, policy.head.name_span, message).help(help));
        };
        if let Some(retry) = policy.retry {
            if retry.times > 100 {
                let help = "write at most `retry 100 times`: a fault that lasts is better parked";
                say(format!("`{name}` tries again {} times", retry.times), help);
            }
            if retry.from > retry.to {
                let help = "write the shorter wait first: `backoff 200ms to 1m`";
                say(format!("the first wait of `{name}` is longer than its longest"), help);
            } else if retry.from == 0 || retry.to > DAY {
                say(
                    format!("`{name}` waits less than 1ms or more than a day"),
                    "write `backoff 200ms to 1m`",
                );
            }
        }
        if policy.lag == Some(0) {
            say(format!("`{name}` may never lag at all"), "write `lag at most 5s`");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn a_hundred_times_are_enough() {
        broken("S0415", "context A { event E\n policy «P» { whenever E, retry 101 times } }");
        broken("S0415", "context A { event E\n policy «P» { whenever E, retry 1 times backoff 0ms to 1m } }");
    }
}
