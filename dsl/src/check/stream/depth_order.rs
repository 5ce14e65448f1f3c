//! A context that runs needs the contexts it depends on.

use crate::check::{Facts, depth};
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::{ContextId, Depth, EventId, Policy};
use crate::source::Span;

/// A service depends on services.
pub static RULE: Rule = Rule {
    code: "S0603",
    title: "a context at service depth depends on none that is shallower",
    explain: r#"A context whose events all have an entrance can run. If its policies hear an event or send a command of a context that
is still an idea, they would wait for ever. `stormc check` says what the other context lacks.

```storm
context Payments { command ChargeCard }
context Ordering {
  aggregate Order key order_id: uuid
  event OrderPlaced on Order { order_id }
  command PlaceOrder on Order -> OrderPlaced { order_id }
  policy Charge { whenever OrderPlaced, then Payments.ChargeCard }
}
```

Mended:

```storm
context Payments {
  aggregate Payment key order_id: uuid
  event PaymentReceived on Payment { order_id }
  command ChargeCard on Payment -> PaymentReceived { order_id }
}
context Ordering {
  aggregate Order key order_id: uuid
  event OrderPlaced on Order { order_id }
  command PlaceOrder on Order -> OrderPlaced { order_id }
  policy Charge { whenever OrderPlaced, then Payments.ChargeCard { order_id } }
}
```
"#,
};

pub(crate) fn check(facts: &Facts, found: &mut Vec<Diagnostic>) {
    let model = facts.model;
    if !facts.doubts.none() {
        return;
    }
    let mut reports = None;
    for policy in &model.policies {
        let Some(home) = policy.head.context else { continue };
        if model[home].depth < Depth::Service {
            continue;
        }
        let shallow = |context: Option<ContextId>| {
            context.filter(|id| *id != home && model[*id].depth < Depth::Service)
        };
        let hears = |event: EventId| (model[event].head.context, whenever(policy), &model[event].head.name);
        let heard = policy.whenever.iter().chain(policy.unless.iter().map(|(event, _)| event));
        let sends = policy.then.iter().chain(&policy.otherwise);
        let sent = sends.map(|send| {
            let head = &model[send.command].head;
            (head.context, send.span, &head.name)
        });
        for (context, span, name) in heard.map(|event| hears(*event)).chain(sent) {
            let Some(other) = shallow(context) else { continue };
            let (here, there) = (&model[home].head.name, &model[other].head.name);
            let message = format!("`{here}` could run, and depends on `{there}.{name}`, which could not");
            let mut diagnostic = Diagnostic::error(&RULE, span, message);
            let reports = reports.get_or_insert_with(|| depth::report(model));
            if let Some(missing) = reports[other.0 as usize].missing.first() {
                diagnostic = diagnostic.also(missing.span, missing.what.clone());
            }
            found.push(
                diagnostic.help(format!("deepen `{there}`, or leave the policy out until it is ready")),
            );
            break;
        }
    }
}

fn whenever(policy: &Policy) -> Span {
    policy.whenever_span.unwrap_or(policy.head.name_span)
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, clean};

    #[test]
    fn one_error_a_policy() {
        let model = |body: &str| {
            format!(
                "context B {{ event F {body} }}\ncontext A {{ aggregate G key k: uuid\n event E on G {{ k }}\n \
                 command C on G -> E {{ k }}\n policy P {{ «whenever B.F», then C {{ k: \"0190d3c8-7f5e-7c3a-9b1d-2f6f4c1a8e55\" }} }} }}"
            )
        };
        broken("S0603", &model(""));
        clean(
            &model("{ }")
                .replace("event F", "external X { }\n command D key i -> F { i: u32 }\n event F from X key i")
                .replace("key i { }", "key i { i: u32 }")
                .replace(['«', '»'], ""),
        );
    }
}
