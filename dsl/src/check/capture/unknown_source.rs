//! A source that nobody declared.

use crate::diagnostic::{Diagnostic, Rule};
use crate::suggest::nearest;
use crate::syntax::tree::Name;

/// A source that is named is declared.
pub static RULE: Rule = Rule {
    code: "S0505",
    title: "a source that is named is declared",
    explain: r#"A capture takes rows from a source: `from shop.orders` wants `source shop: mysql { … }` somewhere in the model.

```storm
context Ordering { event OrderPlaced key id { id: uuid } }
source shop: webhook { path "/orders", id id }
capture Ordering.OrderPlaced from shopp.orders { id: id }
```

Mended:

```storm
context Ordering { event OrderPlaced key id { id: uuid } }
source shop: webhook { path "/orders", id id }
capture Ordering.OrderPlaced from shop.orders { id: id }
```
"#,
};

pub(crate) fn unknown<'a>(name: &Name, names: impl Iterator<Item = &'a str>) -> Diagnostic {
    let diagnostic = Diagnostic::error(&RULE, name.span, format!("no source is called `{}`", name.text));
    match nearest(&name.text, names) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help(format!("declare it: `source {}: mysql {{ … }}`", name.text)),
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn only_the_source_is_marked() {
        broken("S0505", "context A { event E }\ncapture A.E from «nope».t inserted { }");
    }
}
