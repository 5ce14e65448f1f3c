//! A field that a thing does not have.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::Head;
use crate::suggest::nearest;
use crate::syntax::tree::{Name, Path};

/// A field that is named exists.
pub static RULE: Rule = Rule {
    code: "S0311",
    title: "a field that is named exists",
    explain: r#"In a policy, names are the fields of the event it hears, the variable of its `for each`, and values of enums where one
is wanted. To the left of a colon they are the fields of the command that is sent.

```storm
context Ordering {
  event OrderPlaced { total: decimal(12, 2) }
  policy P { whenever OrderPlaced, if totl > 0 }
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

pub(crate) fn unknown(name: &Name, of: &Head, known: Vec<&str>) -> Diagnostic {
    let diagnostic =
        Diagnostic::error(&RULE, name.span, format!("`{}` has no field `{}`", of.name, name.text))
            .also(of.name_span, "declared here");
    suggest(diagnostic, &name.text, known)
}

pub(crate) fn nowhere(path: &Path, known: Vec<&str>) -> Diagnostic {
    let message = format!("nothing at hand is called `{}`", path.names[0].text);
    suggest(Diagnostic::error(&RULE, path.span(), message), &path.names[0].text, known)
}

fn suggest(diagnostic: Diagnostic, name: &str, known: Vec<&str>) -> Diagnostic {
    match nearest(name, known.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None if known.is_empty() => diagnostic.help("there are no fields at hand"),
        None if known.len() > 12 => {
            diagnostic.help(format!("it has `{}` and others", known[..12].join("`, `")))
        }
        None => diagnostic.help(format!("it has `{}`", known.join("`, `"))),
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn on_both_sides_of_the_colon() {
        let model = |assign: &str| {
            format!(
                "context A {{ type T {{ x: u32 }}\n event E {{ k: u32, t: T }}\n command C {{ k: u32 }}\n \
                 policy P {{ whenever E, then C {{ {assign} }} }} }}"
            )
        };
        broken("S0311", &model("k, «kk»: 1"));
        broken("S0311", &model("k: «j»"));
        broken("S0311", &model("k: t.«y»"));
        broken("S0311", &model("k: E.«y»"));
    }
}
