//! Commands that nobody issues.

use std::collections::HashSet;

use crate::check::Facts;
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::CommandId;

/// Somebody issues a command.
pub static RULE: Rule = Rule {
    code: "S0413",
    title: "somebody issues a command",
    explain: r#"A command is issued by an actor (`by`), by the clock (`every`), by a policy or by a process. This is a warning, and is
given only once a command has a body or events: at first a wall is full of commands that nobody has claimed yet.

```storm
context Ordering {
  event OrderPlaced
  command PlaceOrder -> OrderPlaced
}
```

Mended:

```storm
context Ordering {
  actor Customer
  event OrderPlaced
  command PlaceOrder by Customer -> OrderPlaced
}
```
"#,
};

pub(crate) fn check(facts: &Facts, found: &mut Vec<Diagnostic>) {
    let model = facts.model;
    let sent: HashSet<CommandId> = model
        .policies
        .iter()
        .flat_map(|policy| policy.then.iter().chain(&policy.otherwise))
        .chain(model.processes.iter().flat_map(|process| &process.sends))
        .map(|send| send.command)
        .collect();
    if !facts.doubts.none() {
        return;
    }
    for (index, command) in model.commands.iter().enumerate() {
        let claimed =
            !command.by.is_empty() || command.every.is_some() || sent.contains(&CommandId(index as u32));
        let loose = command.emits.is_empty() && command.fields.is_empty();
        if !claimed && !loose {
            let message = format!("nobody issues the command `{}`", command.head.name);
            found.push(
                Diagnostic::warning(&RULE, command.head.name_span, message)
                    .help("add `by Actor` or `every \"…\"`, or send it from a policy"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{quiet, warned};

    #[test]
    fn policies_issue_commands() {
        warned("S0413", "context A { event E\n command «C» -> E }");
        quiet("S0413", "context A { event E\n event F\n command C -> F\n policy P { whenever E, then C } }");
    }
}
