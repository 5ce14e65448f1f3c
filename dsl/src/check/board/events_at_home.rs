//! What follows a command.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::Head;
use crate::model::resolve::Found;
use crate::syntax::tree::Path;

/// After a command come events of its own context.
pub static RULE: Rule = Rule {
    code: "S0401",
    title: "after a command come events of its own context",
    explain: r#"On the wall a blue command is followed by orange events: what happened because of it. One command follows another only
through an event and a policy. The events are of the command's own context, since it alone decides that they happened.

```storm
context Ordering {
  command ShipOrder
  command PayOrder -> ShipOrder
}
```

Mended:

```storm
context Ordering {
  command ShipOrder
  command PayOrder -> OrderPaid
  event OrderPaid
  policy ShipPaid { whenever OrderPaid, then ShipOrder }
}
```
"#,
};

pub(crate) fn not_an_event(found: &Found) -> Diagnostic {
    let message = format!("`{}` is {}, and after a command comes an event", found.name, found.symbol.noun());
    Diagnostic::error(&RULE, found.span, message)
        .also(found.declared, "declared here")
        .help("name what happened, in the past tense, after the `->`; a policy makes the next command of it")
}

pub(crate) fn abroad(path: &Path, event: &Head, home: Option<&Head>) -> Diagnostic {
    let name = &event.name;
    let own = home.map_or("this declaration stands outside of every context".into(), |home| {
        format!("the command is of `{}`", home.name)
    });
    Diagnostic::error(&RULE, path.span(), format!("`{name}` is an event of another context, and {own}"))
        .also(event.name_span, "declared here")
        .help("name an event of this context, and let a policy send a command to the other")
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, message};

    #[test]
    fn events_of_other_contexts_are_theirs() {
        broken("S0401", "context A { command C -> «B.E» }\ncontext B { event E }");
        assert!(message("context A { policy P\n command C -> P }").contains("`P` is a policy"));
    }
}
