//! Fields of something that has only a name yet.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::Head;
use crate::model::resolve::Symbol;
use crate::syntax::tree::Name;

/// Fields are named where they are known.
pub static RULE: Rule = Rule {
    code: "S0312",
    title: "fields are named only where they are declared",
    explain: r#"An event or command without `{ … }` is a sticky note: it has a name and no fields yet. That is fine, until something
wants one of its fields.

```storm
context Ordering {
  event OrderPlaced
  policy P { whenever OrderPlaced, if total > 0 }
}
```

Mended:

```storm
context Ordering {
  event OrderPlaced { total: decimal(12, 2) }
  policy P { whenever OrderPlaced, if total > 0 }
}
```
"#,
};

pub(crate) fn none_yet(name: &Name, of: Symbol, head: &Head) -> Diagnostic {
    let noun = if matches!(of, Symbol::Command(_)) { "command" } else { "event" };
    let message = format!("the {noun} `{}` has no fields yet", head.name);
    Diagnostic::error(&RULE, name.span, message)
        .also(head.name_span, "declared here")
        .help(format!("give it fields: `{noun} {} {{ {}: type }}`", head.name, name.text))
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn it_is_said_once_a_policy() {
        let model = "context A { event E\n command C { a: u32, b: u32 }\n policy P { whenever E, then C { «a», b } } }";
        broken("S0312", model);
        broken(
            "S0312",
            "context A { event E { a: u32 }\n command C\n policy P { whenever E, then C { «a» } } }",
        );
    }
}
