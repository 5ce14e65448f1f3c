//! A bare name that is both a field at hand and a value of the enum that is wanted.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::Head;
use crate::syntax::tree::Name;

/// A bare name is a field or a value, not both.
pub static RULE: Rule = Rule {
    code: "S0208",
    title: "a bare name is a field or a value of an enum, not both",
    explain: r#"Where a value of an enum is wanted its name may stand bare. If a field has the same name, say which one is meant.

```storm
context Ordering {
  enum Status { placed, paid }
  event OrderPlaced { paid: Status }
  command Mark { status: Status }
  policy P { whenever OrderPlaced, then Mark { status: paid } }
}
```

Mended:

```storm
context Ordering {
  enum Status { placed, paid }
  event OrderPlaced { paid: Status }
  command Mark { status: Status }
  policy P { whenever OrderPlaced, then Mark { status: Status.paid } }
}
```
"#,
};

pub(crate) fn both(name: &Name, of: &Head) -> Diagnostic {
    let (text, of) = (&name.text, &of.name);
    Diagnostic::error(&RULE, name.span, format!("`{text}` is a field and a value of `{of}`"))
        .help(format!("write `{of}.{text}` for the value, or the event's name before the field"))
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, clean};

    #[test]
    fn the_event_can_be_named_for_the_field() {
        let model = |value| {
            format!(
                "context A {{ enum S {{ open, shut }}\n event E {{ open: S }}\n command C {{ s: S }}\n \
                 policy P {{ whenever E, then C {{ s: {value} }} }} }}"
            )
        };
        broken("S0208", &model("«open»"));
        clean(&model("E.open"));
        clean(&model("S.open"));
        clean(&model("shut"));
    }
}
