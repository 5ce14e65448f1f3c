//! A command that is sent without all it needs.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::Command;
use crate::syntax::tree::Then;

/// A command is sent with all it needs.
pub static RULE: Rule = Rule {
    code: "S0309",
    title: "a command is sent with all its required fields",
    explain: r#"A policy or process gives every field of the command it sends, except optional ones. `{ order_id }` takes the value of
the event's field of the same name.

```storm
context Ordering {
  event OrderPlaced { order_id: uuid, total: decimal(12, 2) }
  command Charge { order_id: uuid, total: decimal(12, 2) }
  policy P { whenever OrderPlaced, then Charge { order_id } }
}
```

Mended:

```storm
context Ordering {
  event OrderPlaced { order_id: uuid, total: decimal(12, 2) }
  command Charge { order_id: uuid, total: decimal(12, 2) }
  policy P { whenever OrderPlaced, then Charge { order_id, total } }
}
```
"#,
};

pub(crate) fn command(then: &Then, command: &Command, lacking: &[String]) -> Diagnostic {
    let name = &command.head.name;
    let names = lacking.join("`, `");
    let fields = lacking.join(", ");
    Diagnostic::error(&RULE, then.command.span(), format!("`{name}` lacks `{names}`"))
        .also(command.head.name_span, "declared here")
        .help(format!("give it: `{name} {{ …, {fields} }}`, or `field: value` for another value"))
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, clean};

    #[test]
    fn optional_fields_may_be_left_out() {
        clean(
            "context A { event E { k: u32 }\n command C { k: u32, note: string? }\n policy P { whenever E, then C { k } } }",
        );
        broken(
            "S0309",
            "context A { event E { k: u32 }\n command C { k: u32 }\n policy P { whenever E, then «C» } }",
        );
        clean("context A { event E\n command C { k: u32 }\n policy P { whenever E, then C } }");
    }
}
