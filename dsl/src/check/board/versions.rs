//! Versions and their ways up.

use crate::diagnostic::{Diagnostic, Rule};
use crate::syntax::tree::{Count, Upcast};

/// A version starts at 1 and is reached from lower ones.
pub static RULE: Rule = Rule {
    code: "S0412",
    title: "a version starts at 1 and is reached from lower ones",
    explain: r#"An incompatible change to a message needs a version, `v2`, and a way up from each older one that readers may still meet:
`upcast from v1 { currency: "EUR" }`.

```storm
context Ordering {
  event OrderPlaced v2 { currency: string, upcast from v2 { currency: "EUR" } }
}
```

Mended:

```storm
context Ordering {
  event OrderPlaced v2 { currency: string, upcast from v1 { currency: "EUR" } }
}
```
"#,
};

pub(crate) fn of_message(version: Option<Count>, upcasts: &[Upcast]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let own = version.map_or(1, |version| version.value);
    if let Some(version) = version
        && (version.value == 0 || version.value > 10_000)
    {
        found.push(Diagnostic::error(&RULE, version.span, "versions are counted from 1").help("write `v2`"));
        return found;
    }
    for (index, upcast) in upcasts.iter().enumerate() {
        let from = upcast.from.value;
        if from == 0 || from >= own {
            let message = format!("version {own} is not reached from version {from}");
            let help = if own == 1 { "say the version: `v2`" } else { "name an older version" };
            found.push(Diagnostic::error(&RULE, upcast.from.span, message).help(help));
        } else if let Some(earlier) = upcasts[..index].iter().find(|it| it.from.value == from) {
            let message = format!("there are two ways up from version {from}");
            found.push(
                Diagnostic::error(&RULE, upcast.from.span, message)
                    .also(earlier.from.span, "first here")
                    .help("remove one of the two"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, clean};

    #[test]
    fn a_way_up_starts_below() {
        broken(
            "S0412",
            "context A { event E { a: u32, upcast from v«1» { a: 1 } } }".replace("v«1»", "«v1»").as_str(),
        );
        clean("context A { event E v3 { a: u32, upcast from v1 { a: 1 }, upcast from v2 { a: 1 } } }");
    }
}
