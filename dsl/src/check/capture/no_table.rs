//! A table that the snapshot or the source does not have.

use crate::diagnostic::{Diagnostic, Rule};
use crate::model::Source;
use crate::suggest::nearest;
use crate::syntax::tree::{Name, Path, Text};

/// A table that is named exists.
pub static RULE: Rule = Rule {
    code: "S0504",
    title: "a table that is named is in the snapshot",
    explain: r#"A source names the tables it captures, by name or by a pattern with `*`, and its snapshot must have them. A capture
names one of these: `from shop.orders`.

```storm
source shop: mysql { schema "schema/shop.sql", tables order }
```

```sql
CREATE TABLE orders (id CHAR(36) NOT NULL PRIMARY KEY);
```

Mended:

```storm
source shop: mysql { schema "schema/shop.sql", tables orders }
```
"#,
};

pub(crate) fn in_snapshot<'a>(pattern: &Text, names: impl Iterator<Item = &'a str>) -> Diagnostic {
    let message = if pattern.value.contains('*') {
        format!("no table of the snapshot is like `{}`", pattern.value)
    } else {
        format!("the snapshot has no table `{}`", pattern.value)
    };
    suggest(Diagnostic::error(&RULE, pattern.span, message), &pattern.value, names)
}

pub(crate) fn unknown(name: &Name, source: &Source, names: Vec<&str>) -> Diagnostic {
    let message = format!("the source `{}` has no table `{}`", source.head.name, name.text);
    let diagnostic =
        Diagnostic::error(&RULE, name.span, message).also(source.head.name_span, "declared here");
    suggest(diagnostic, &name.text, names.into_iter())
}

pub(crate) fn no_name(from: &Path) -> Diagnostic {
    let message = format!("`{}` names no table", from.text());
    Diagnostic::error(&RULE, from.span(), message).help("write the source and its table: `from shop.orders`")
}

fn suggest<'a>(diagnostic: Diagnostic, name: &str, names: impl Iterator<Item = &'a str>) -> Diagnostic {
    match nearest(name, names) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help("name it in the source's `tables`, and see that the snapshot is up to date"),
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn a_capture_names_a_table_of_its_source() {
        let model = |from: &str| {
            format!(
                "source shop: mysql {{ schema \"schema/shop.sql\"\n tables orders }}\n\
                 context A {{ event E {{ id: string }} }}\ncapture A.E from {from} inserted {{ id }}"
            )
        };
        broken("S0504", &model("shop.«ordrs»"));
        broken("S0504", &model("«shop»"));
    }
}
