//! A context that nobody opened.

use crate::diagnostic::{Diagnostic, Rule};
use crate::suggest::nearest;
use crate::syntax::tree::Name;

/// Every context that is named is opened somewhere.
pub static RULE: Rule = Rule {
    code: "S0203",
    title: "every context that is named is opened somewhere",
    explain: r#"`Other.Name` crosses into the context `Other`; some file must open it with `context Other { … }`.

```storm
context Payments { command ChargeCard }
context Ordering {
  event OrderPlaced
  policy Charge { whenever OrderPlaced, then Payment.ChargeCard }
}
```

Mended:

```storm
context Payments { command ChargeCard }
context Ordering {
  event OrderPlaced
  policy Charge { whenever OrderPlaced, then Payments.ChargeCard }
}
```
"#,
};

pub(crate) fn unknown<'a>(name: &Name, candidates: impl Iterator<Item = &'a str>) -> Diagnostic {
    let diagnostic = Diagnostic::error(&RULE, name.span, format!("no context is called `{}`", name.text));
    let mut sorted: Vec<&str> = candidates.collect();
    sorted.sort_unstable();
    match nearest(&name.text, sorted.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None if sorted.is_empty() => diagnostic.help("open it: `context Name { … }`"),
        None => diagnostic.help(format!("the contexts are `{}`", sorted.join("`, `"))),
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn only_the_context_is_marked() {
        broken("S0203", "context A { event E\n policy P { whenever «B».E } }");
    }
}
