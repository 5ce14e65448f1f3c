//! A name that nothing has.

use crate::diagnostic::{Diagnostic, Rule};
use crate::suggest::nearest;
use crate::syntax::tree::{Name, Path};

/// Every name that is used is declared somewhere.
pub static RULE: Rule = Rule {
    code: "S0202",
    title: "every name that is used is declared",
    explain: r#"A bare name stands for what its own context declares, or for what a `use` line of the file shortens.
Anything else is said with its context. Upper and lower case count.

```storm
context Ordering {
  event OrderPlaced
  policy Charge { whenever OrderPlacd }
}
```

Mended:

```storm
context Ordering {
  event OrderPlaced
  policy Charge { whenever OrderPlaced }
}
```
"#,
};

pub(crate) fn unknown(name: &Name, candidates: Vec<&str>) -> Diagnostic {
    let diagnostic = Diagnostic::error(&RULE, name.span, format!("nothing is called `{}` here", name.text));
    match nearest(&name.text, candidates.into_iter()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help("declare it, or say which context it is of: `Other.Name`"),
    }
}

pub(crate) fn in_context(name: &Name, context: &str, candidates: Vec<&str>) -> Diagnostic {
    let message = format!("the context `{context}` has no `{}`", name.text);
    let diagnostic = Diagnostic::error(&RULE, name.span, message);
    match nearest(&name.text, candidates.into_iter()) {
        Some(near) => diagnostic.help(format!("did you mean `{context}.{near}`?")),
        None => diagnostic.help(format!("declare it in `context {context} {{ … }}`")),
    }
}

pub(crate) fn elsewhere(name: &Name, contexts: &[&str]) -> Diagnostic {
    let (text, first) = (&name.text, contexts[0]);
    let message = format!("nothing is called `{text}` here; it stands in `{}`", contexts.join("` and `"));
    Diagnostic::error(&RULE, name.span, message)
        .help(format!("write `{first}.{text}`, or `use {first}.{{{text}}}` at the top of the file"))
}

pub(crate) fn loose(name: &Name) -> Diagnostic {
    let message = format!("`{}` stands outside of every context", name.text);
    Diagnostic::error(&RULE, name.span, message).help("move its declaration into this context")
}

pub(crate) fn too_long(path: &Path) -> Diagnostic {
    let message = format!("`{}` has too many parts for a name", path.text());
    Diagnostic::error(&RULE, path.span(), message).help("a name has at most two: `Context.Name`")
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, message};

    #[test]
    fn a_name_of_another_context_is_said_to_be_there() {
        let model = "context A { event Paid }\ncontext B { policy P { whenever «Paid» } }";
        broken("S0202", model);
        assert!(message(model).contains("it stands in `A`"));
        broken("S0202", "context A { event Paid }\ncontext B { policy P { whenever A.«Payd» } }");
    }

    #[test]
    fn letter_case_counts() {
        broken("S0202", "context A { event Paid\n policy P { whenever «paid» } }");
    }
}
