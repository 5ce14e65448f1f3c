//! A value as written that its type cannot hold.

use crate::diagnostic::{Diagnostic, Rule};
use crate::source::Span;

/// A value as written fits its type exactly.
pub static RULE: Rule = Rule {
    code: "S0306",
    title: "a value as written fits its type exactly",
    explain: r#"A value takes the type of what it is compared with or given to, and must fit: a number in its range and with no more
digits after the point, a text no longer than its type, a uuid, date, time or timestamp as it is written by everybody:
`"2027-01-15"`, `"14:30:00"`, `"2027-01-15T14:30:00Z"`.

```storm
context Ordering {
  event OrderPlaced { total: decimal(12, 2) }
  command Charge
  policy P { whenever OrderPlaced, if total > 0.001, then Charge }
}
```

Mended:

```storm
context Ordering {
  event OrderPlaced { total: decimal(12, 2) }
  command Charge
  policy P { whenever OrderPlaced, if total > 0.01, then Charge }
}
```
"#,
};

pub(crate) fn misfit(span: Span, ty: &str, why: &str) -> Diagnostic {
    Diagnostic::error(&RULE, span, format!("this value is no `{ty}`")).help(why)
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, clean};

    fn asks(ty: &str, condition: &str) -> String {
        format!("context A {{ event E {{ v: {ty} }}\n policy P {{ whenever E, if {condition} }} }}")
    }

    #[test]
    fn values_take_the_type_of_the_other_side() {
        broken("S0306", &asks("u32", "v == «4294967296»"));
        broken("S0306", &asks("string(2)", "v == «\"abc\"»"));
        broken("S0306", &asks("date", "v < «\"2027-02-30\"»"));
        broken("S0306", &asks("u32", "v == «\"a\"»"));
        broken("S0306", &asks("bool", "v == «1»"));
        clean(&asks("u32", "4294967295 == v"));
        clean(&asks("duration", "v > 24h"));
        clean(&asks("i32", "v == -2147483648"));
    }
}
