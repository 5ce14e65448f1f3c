//! A name that would hide another.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::resolve::Symbol;
use crate::source::Span;
use crate::syntax::tree::Name;

/// No name hides another.
pub static RULE: Rule = Rule {
    code: "S0204",
    title: "no name hides another",
    explain: r#"A `use`, a type or the variable of a `for each` may not take a name that already means something in the same
place: a reader would have to know which of the two wins.

```storm
context Ordering {
  event OrderPlaced { lines: string[], line: u32 }
  command Reserve { sku: string }
  policy P { whenever OrderPlaced, for each line in lines, then Reserve { sku: line } }
}
```

Mended:

```storm
context Ordering {
  event OrderPlaced { lines: string[], line: u32 }
  command Reserve { sku: string }
  policy P { whenever OrderPlaced, for each each_line in lines, then Reserve { sku: each_line } }
}
```
"#,
};

pub(crate) fn by_use(name: &Name, own: Symbol, declared: Span) -> Diagnostic {
    let message = format!("`use` would hide {} of the same name, `{}`", own.noun(), name.text);
    Diagnostic::error(&RULE, name.span, message)
        .also(declared, "declared here")
        .help("write the other one with its context where it is used: `Other.Name`")
}

pub(crate) fn built_in(name: &Name) -> Diagnostic {
    let message = format!("`{}` is a built-in type", name.text);
    Diagnostic::error(&RULE, name.span, message).help("give yours another name")
}

pub(crate) fn by_variable(variable: &Name, event: &str, field: Span) -> Diagnostic {
    let message = format!("`{}` would hide the field of `{event}`", variable.text);
    Diagnostic::error(&RULE, variable.span, message)
        .also(field, "the field")
        .help("give the variable another name")
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn uses_and_types_hide_nothing() {
        broken("S0204", "use B.{«E»}\ncontext A { event E }\ncontext B { event E }");
        broken("S0204", "context A { enum «date» { a } }");
    }
}
