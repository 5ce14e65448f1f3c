//! A bare name outside of contexts that several contexts have.

use crate::diagnostic::{Diagnostic, Rule};
use crate::syntax::tree::Name;

/// A bare name outside of contexts means one thing.
pub static RULE: Rule = Rule {
    code: "S0206",
    title: "a bare name outside of contexts means one thing",
    explain: r#"A capture, a reader or a scenario stands outside of contexts. A bare name there stands for what exactly one
context declares.

```storm
context Ordering { event Cancelled }
context Shipping { event Cancelled }
hotspot "who pays?" on Cancelled
```

Mended:

```storm
context Ordering { event Cancelled }
context Shipping { event Cancelled }
hotspot "who pays?" on Ordering.Cancelled
```
"#,
};

pub(crate) fn several(name: &Name, contexts: Vec<String>) -> Diagnostic {
    let ways: Vec<String> = contexts.iter().map(|context| format!("`{context}.{}`", name.text)).collect();
    let message = format!("several contexts have a `{}`", name.text);
    Diagnostic::error(&RULE, name.span, message).help(format!("say which one: {}", ways.join(" or ")))
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn two_contexts_with_one_name_must_be_told_apart() {
        let model = "context A { event E }\ncontext B { event E }\nscenario \"s\" for «E» { then nothing }";
        broken("S0206", model);
    }
}
