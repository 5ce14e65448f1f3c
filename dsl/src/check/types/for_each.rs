//! A `for each` through something that is no list.

use crate::diagnostic::{Diagnostic, Rule};
use crate::syntax::tree::Path;

/// `for each` runs through a list.
pub static RULE: Rule = Rule {
    code: "S0315",
    title: "`for each` runs through a list",
    explain: r#"`for each line in lines` sends the commands once for each element of a repeated field of the event.

```storm
context Ordering {
  event OrderPlaced { sku: string }
  command Reserve { sku: string }
  policy P { whenever OrderPlaced, for each one in sku, then Reserve { sku: one } }
}
```

Mended:

```storm
context Ordering {
  event OrderPlaced { skus: string[] }
  command Reserve { sku: string }
  policy P { whenever OrderPlaced, for each one in skus, then Reserve { sku: one } }
}
```
"#,
};

pub(crate) fn no_list(list: &Path, ty: &str) -> Diagnostic {
    Diagnostic::error(&RULE, list.span(), format!("`{}` is a `{ty}`, and no list", list.text()))
        .help(format!("a list has a type like `{}[]`", ty.trim_end_matches('?')))
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn the_list_is_marked() {
        broken("S0315", "context A { event E { a: u32 }\n policy P { whenever E, for each b in «a» } }");
    }
}
