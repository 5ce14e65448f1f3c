//! Policies that chase their own tail.

use crate::check::Facts;
use crate::diagnostic::{Diagnostic, Rule};
use crate::graph::circles;
use crate::model::{EventId, Join, PolicyId};

/// A circle of policies has a way out.
pub static RULE: Rule = Rule {
    code: "S0408",
    title: "a circle of policies has a condition",
    explain: r#"When an event leads through policies and commands back to itself, something must end it: an `if`, a `skip if`, a timer
or a join. This is a warning: a handler may end it as well.

```storm
context Ordering {
  event OrderChanged
  command Recalculate -> OrderChanged
  policy Again { whenever OrderChanged, then Recalculate }
}
```

Mended:

```storm
context Ordering {
  event OrderChanged { stale: bool }
  command Recalculate -> OrderChanged
  policy Again { whenever OrderChanged, if stale, then Recalculate }
}
```
"#,
};

pub(crate) fn check(facts: &Facts, found: &mut Vec<Diagnostic>) {
    let model = facts.model;
    let mut arrows: Vec<(EventId, EventId, PolicyId)> = Vec::new();
    for (index, policy) in model.policies.iter().enumerate() {
        let joins = policy.whenever.len() > 1 && policy.join == Join::All;
        if policy.condition.is_some() || !policy.skip_if.is_empty() || policy.after.is_some() || joins {
            continue;
        }
        for heard in &policy.whenever {
            for emitted in policy.then.iter().flat_map(|send| &model[send.command].emits) {
                arrows.push((*heard, *emitted, PolicyId(index as u32)));
            }
        }
    }
    let ends: Vec<(usize, usize)> =
        arrows.iter().map(|(from, to, _)| (from.0 as usize, to.0 as usize)).collect();
    let mut circles: Vec<Vec<PolicyId>> = Vec::new();
    for circle in circles::of(model.events.len(), &ends) {
        let mut policies: Vec<PolicyId> = circle.into_iter().map(|arrow| arrows[arrow].2).collect();
        policies.sort_unstable();
        policies.dedup();
        circles.push(policies);
    }
    circles.sort_unstable();
    for policies in circles {
        let first = &model[policies[0]].head;
        let names: Vec<&str> = policies.iter().map(|id| model[*id].head.name.as_str()).collect();
        let message = match names.as_slice() {
            [one] => format!("the policy `{one}` leads back to the event it hears"),
            several => format!("the policies `{}` lead back to one another", several.join("`, `")),
        };
        let mut diagnostic = Diagnostic::warning(&RULE, first.name_span, message)
            .help("add an `if`, or be sure that a handler ends it");
        for id in policies.iter().skip(1) {
            diagnostic = diagnostic.also(model[*id].head.name_span, "and back");
        }
        found.push(diagnostic);
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{quiet, warned};

    #[test]
    fn a_circle_of_two_is_found_once() {
        let model = "context A { event E\n event F\n command C -> F\n command D -> E\n \
                     policy «P» { whenever E, then C }\n policy Q { whenever F, then D } }";
        warned("S0408", model);
        quiet("S0408", "context A { event E\n event F\n command C -> F\n policy P { whenever E, then C } }");
    }
}
