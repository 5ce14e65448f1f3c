//! A type that nothing has.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::resolve::Found;
use crate::suggest::nearest;
use crate::syntax::tree::Name;

/// A field's type is built in, an enum or a `type`.
pub static RULE: Rule = Rule {
    code: "S0301",
    title: "a field's type is built in, an enum or a `type`",
    explain: r#"The built-in types are bool, i32, i64, u32, u64, f32, f64, decimal(p, s), string, string(n), bytes, uuid, date,
time, timestamp, duration and json; `T?` may be absent, `T[]` is a list and `map<string, T>` a map.

```storm
context Ordering {
  event OrderPlaced { order_id: uuidd }
}
```

Mended:

```storm
context Ordering {
  event OrderPlaced { order_id: uuid }
}
```
"#,
};

pub(crate) fn unknown(name: &Name, known: Vec<&str>, elsewhere: Option<&str>) -> Diagnostic {
    let text = &name.text;
    let diagnostic = Diagnostic::error(&RULE, name.span, format!("there is no type `{text}`"));
    if let Some(context) = elsewhere {
        return diagnostic.help(format!("it stands in another context: write `{context}.{text}`"));
    }
    let habit = match text.as_str() {
        "int" | "integer" | "Int" | "i16" | "i8" | "short" => Some("i32"),
        "long" | "bigint" => Some("i64"),
        "uint" | "u8" | "u16" => Some("u32"),
        "str" | "text" | "varchar" | "String" => Some("string"),
        "boolean" => Some("bool"),
        "float" => Some("f32"),
        "double" => Some("f64"),
        "datetime" | "instant" => Some("timestamp"),
        "money" | "numeric" => Some("decimal(12, 2)"),
        "blob" => Some("bytes"),
        _ => None,
    };
    match habit.or_else(|| nearest(text, known.into_iter())) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help("`stormc explain S0301` lists the built-in types"),
    }
}

pub(crate) fn not_a_type(found: &Found) -> Diagnostic {
    let message = format!("`{}` is {}, and a field needs a type", found.name, found.symbol.noun());
    Diagnostic::error(&RULE, found.span, message)
        .also(found.declared, "declared here")
        .help("refer to it by its key, for example `order_id: uuid`")
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, message};

    #[test]
    fn habits_of_other_languages_are_understood() {
        assert!(broken("S0301", "context A { event E { a: «boolean» } }").contains("`bool`"));
        broken("S0301", "context A { aggregate G key k: uuid\n event E { a: «G» } }");
        assert!(message("context A { actor B\n event E { a: B } }").contains("an actor"));
    }
}
