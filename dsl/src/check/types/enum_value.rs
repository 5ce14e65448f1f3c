//! A value that an enum does not have.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::Enum;
use crate::suggest::nearest;
use crate::syntax::tree::Name;

/// A value of an enum is one of its values.
pub static RULE: Rule = Rule {
    code: "S0313",
    title: "a value of an enum is one that it lists",
    explain: r#"Where a value of an enum is wanted, its name stands bare or after the enum's: `paid`, `Status.paid`.

```storm
context Ordering {
  enum Status { placed, paid }
  event OrderChanged { status: Status }
  policy P { whenever OrderChanged, if status == payed }
}
```

Mended:

```storm
context Ordering {
  enum Status { placed, paid }
  event OrderChanged { status: Status }
  policy P { whenever OrderChanged, if status == paid }
}
```
"#,
};

pub(crate) fn unknown(name: &Name, of: &Enum) -> Diagnostic {
    let values = || of.values.iter().map(|value| value.name.as_str());
    let message = format!("`{}` is no field here and no value of `{}`", name.text, of.head.name);
    let diagnostic = Diagnostic::error(&RULE, name.span, message).also(of.head.name_span, "declared here");
    match nearest(&name.text, values()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help(format!("its values are `{}`", values().collect::<Vec<_>>().join("`, `"))),
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn also_with_the_enum_before_it() {
        let model = "context A { enum S { a }\n event E { s: S }\n policy P { whenever E, if s == S.«b» } }";
        broken("S0313", model);
    }
}
