//! What the clock cannot know.

use crate::check::Facts;
use crate::diagnostic::{Diagnostic, Rule};

/// A scheduled command needs nothing.
pub static RULE: Rule = Rule {
    code: "S0417",
    title: "a scheduled command has no required fields",
    explain: r#"The clock issues a command that says `every`, and knows no values for its fields.

```storm
context Ordering {
  aggregate Order key order_id: uuid
  event OrderCancelled on Order { order_id }
  command ExpireBaskets every "*/5 * * * *" on Order -> OrderCancelled { order_id }
}
```

Mended:

```storm
context Ordering {
  aggregate Order key order_id: uuid
  event OrderCancelled on Order { order_id }
  command ExpireBaskets every "*/5 * * * *" on Order -> OrderCancelled
}
```
"#,
};

pub(crate) fn check(facts: &Facts, found: &mut Vec<Diagnostic>) {
    for command in &facts.model.commands {
        let Some((_, span)) = &command.every else { continue };
        let Some(first) = command.fields.iter().find(|field| !field.ty.optional) else { continue };
        let message = format!("the clock knows no `{}` for `{}`", first.name, command.head.name);
        found.push(
            Diagnostic::error(&RULE, first.span, message)
                .also(*span, "issued by the clock")
                .help("remove the field; the handler finds out what is due"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn the_field_is_marked() {
        broken("S0417", "context A { command C every \"* * * * *\" key n { «n: u32» } }");
    }
}
