//! What an event stands on or comes from.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::resolve::{Found, Symbol};

/// An event stands on an aggregate or comes from an external system.
pub static RULE: Rule = Rule {
    code: "S0405",
    title: "an event stands on an aggregate or comes from an external system",
    explain: r#"`event A on Order` is a fact about an aggregate of ours; `event B from PayPal` is one that an external system tells.

```storm
context Payments {
  external PayPal { }
  event PaymentReceived on PayPal
}
```

Mended:

```storm
context Payments {
  external PayPal { }
  event PaymentReceived from PayPal
}
```
"#,
};

pub(crate) fn not_an_aggregate(found: &Found) -> Diagnostic {
    let help = match found.symbol {
        Symbol::External(_) => format!("write `from {}`", found.name),
        Symbol::Command(_) => "write the event after the command's `->`".into(),
        _ => "name an aggregate after `on`".into(),
    };
    let message = format!("`{}` is {}, and an event stands on an aggregate", found.name, found.symbol.noun());
    Diagnostic::error(&RULE, found.span, message).also(found.declared, "declared here").help(help)
}

pub(crate) fn not_an_external(found: &Found) -> Diagnostic {
    let help = match found.symbol {
        Symbol::Aggregate(_) => format!("write `on {}`", found.name),
        _ => "name an external system after `from`".into(),
    };
    let message =
        format!("`{}` is {}, and an event comes from an external system", found.name, found.symbol.noun());
    Diagnostic::error(&RULE, found.span, message).also(found.declared, "declared here").help(help)
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn the_other_word_is_suggested() {
        assert!(broken("S0405", "context A { aggregate G\n event E from «G» }").contains("`on G`"));
    }
}
