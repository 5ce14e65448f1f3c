//! A field of several events, when it is not clear which event's.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::Head;
use crate::syntax::tree::{Name, Path};

/// A field belongs to an event that has come.
pub static RULE: Rule = Rule {
    code: "S0314",
    title: "a field belongs to an event that is certain to have come",
    explain: r#"With `A or B` either may have come: a field must be in both, with one type. With `A and B` both have come: the fields
of `by` stand bare, others say their event, `OrderPaid.total`. In `otherwise` time is up and only the fields of `by` are known.
An event of `unless` has not come.

```storm
context Ordering {
  event OrderPaid { order_id: uuid, total: decimal(12, 2) }
  event StockReserved { order_id: uuid, total: u32 }
  command Ship { order_id: uuid, total: decimal(12, 2) }
  policy P { whenever OrderPaid and StockReserved within 2h by order_id, then Ship { order_id, total } }
}
```

Mended:

```storm
context Ordering {
  event OrderPaid { order_id: uuid, total: decimal(12, 2) }
  event StockReserved { order_id: uuid, total: u32 }
  command Ship { order_id: uuid, total: decimal(12, 2) }
  policy P {
    whenever OrderPaid and StockReserved within 2h by order_id
    then Ship { order_id, total: OrderPaid.total }
  }
}
```
"#,
};

pub(crate) fn which(name: &Name, events: &[String]) -> Diagnostic {
    let ways: Vec<String> = events.iter().map(|event| format!("`{event}.{}`", name.text)).collect();
    Diagnostic::error(&RULE, name.span, format!("several of the events have a `{}`", name.text))
        .help(format!("say whose: {}", ways.join(" or ")))
}

pub(crate) fn not_in_all(name: &Name, without: &Head) -> Diagnostic {
    let message = format!("any of these events may have come, and `{}` has no `{}`", without.name, name.text);
    Diagnostic::error(&RULE, name.span, message)
        .also(without.name_span, "declared here")
        .help("write a policy for each event, or add the field")
}

pub(crate) fn types_differ(name: &Name, one: &str, two: &str) -> Diagnostic {
    let message = format!("`{}` has one type in `{one}` and another in `{two}`", name.text);
    Diagnostic::error(&RULE, name.span, message)
        .help("write a policy for each event, or make the types the same")
}

pub(crate) fn not_all_came(name: &Name, by: &[String]) -> Diagnostic {
    let message = format!("in `otherwise` time is up, and the event with `{}` may not have come", name.text);
    let diagnostic = Diagnostic::error(&RULE, name.span, message);
    if by.is_empty() {
        return diagnostic.help("only the fields of `by` are known: `within 2h by order_id`");
    }
    diagnostic.help(format!("only the fields of `by` are known: `{}`", by.join("`, `")))
}

pub(crate) fn absent(path: &Path, event: &str) -> Diagnostic {
    let message = format!("`{event}` stands in `unless`: here it has not come");
    Diagnostic::error(&RULE, path.span(), message).help("take the value from an event of `whenever`")
}

pub(crate) fn not_at_hand(path: &Path, event: &str) -> Diagnostic {
    let message = format!("`{event}` is not among the events at hand");
    Diagnostic::error(&RULE, path.span(), message).help("take the value from an event of `whenever`")
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    fn policy(body: &str) -> String {
        format!(
            "context A {{ event E {{ k: u32, a: u32, v: u32 }}\n event F {{ k: u32, b: u32, v: i32 }}\n \
             command C {{ n: i64 }}\n policy P {{ {body} }} }}"
        )
    }

    #[test]
    fn of_several_events_the_field_must_be_certain() {
        broken("S0314", &policy("whenever E or F, then C { n: «a» }"));
        broken("S0314", &policy("whenever E or F, then C { n: «v» }"));
        broken("S0314", &policy("whenever E and F within 1h by k, then C { n: k }, otherwise C { n: «a» }"));
        broken("S0314", &policy("whenever E, after 1h, unless F, then C { n: «F.b» }"));
    }
}
