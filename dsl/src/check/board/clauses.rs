//! Clauses of a policy that need one another, or exclude one another.

use crate::diagnostic::{Diagnostic, Rule};
use crate::source::Span;
use crate::syntax::tree::{Join, Policy, Whenever};

/// The clauses of a policy go together.
pub static RULE: Rule = Rule {
    code: "S0411",
    title: "the clauses of a policy go together",
    explain: r#"A join waits for several events: `whenever A and B within 2h by order_id` says how long its state is kept and what
makes the events belong together. A timer waits after one event: `after 24h`. `unless` and `otherwise` need one that waits:
`unless` a join or a timer, `otherwise` a join. The key of a join is needed by nothing else.

```storm
context Ordering {
  event OrderPaid { order_id: uuid }
  event StockReserved { order_id: uuid }
  policy Ship { whenever OrderPaid and StockReserved }
}
```

Mended:

```storm
context Ordering {
  event OrderPaid { order_id: uuid }
  event StockReserved { order_id: uuid }
  policy Ship { whenever OrderPaid and StockReserved within 2h by order_id }
}
```
"#,
};

pub(crate) fn of_policy(policy: &Policy) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut say = |span: Span, message: &str, help: &str| {
        found.push(Diagnostic::error(&RULE, span, message).help(help));
    };
    let joins = policy.whenever.as_ref().is_some_and(|it| it.join == Join::All);
    if let Some(whenever) = &policy.whenever {
        let Whenever { within, by, span, .. } = whenever;
        if joins && (within.is_none() || by.is_empty()) {
            let message = "a join keeps state, and does not say for how long or for what";
            say(*span, message, "add both: `within 2h by order_id`");
        }
        if let (false, Some(within)) = (joins, within) {
            say(
                within.span,
                "`within` belongs to a join of several events",
                "join them with `and`, or remove it",
            );
        }
        if let (false, Some(by)) = (joins, by.first()) {
            say(by.span, "`by` belongs to a join of several events", "join them with `and`, or remove it");
        }
    }
    if let (true, Some(after)) = (joins, &policy.after) {
        say(after.span, "a policy joins events or waits after one, not both", "write two policies");
    }
    let waits = joins || policy.after.is_some();
    if let (false, Some(unless)) = (waits, policy.unless.first()) {
        let help = "add `after 24h`, or `if` for a condition on the event itself";
        say(unless.span(), "`unless` asks what came in the meantime, and this policy does not wait", help);
    }
    if let (false, Some(otherwise)) = (joins, policy.otherwise.first()) {
        let help = "join events with `and`, or move it to a policy of its own";
        say(otherwise.command.span(), "`otherwise` is for a join whose time is up", help);
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn waiting_clauses_need_something_that_waits() {
        let policy = |body: &str| {
            format!(
                "context A {{ event E {{ k: u32 }}\n event F {{ k: u32 }}\n command C\n policy P {{ {body} }} }}"
            )
        };
        broken("S0411", &policy("whenever E within «1h»"));
        broken("S0411", &policy("whenever E, unless «F»"));
        broken("S0411", &policy("whenever E, otherwise «C»"));
        broken("S0411", &policy("whenever E and F within 1h by k, after «1h»"));
    }
}
