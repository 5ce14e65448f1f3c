//! A type that holds itself.

use crate::check::Facts;
use crate::diagnostic::{Diagnostic, Rule};
use crate::graph::circles;
use crate::model::{Base, Field};

/// No type holds itself.
pub static RULE: Rule = Rule {
    code: "S0317",
    title: "no type holds itself",
    explain: r#"A `type` that holds itself, directly or through others, would have no end. A list or a map in between ends it: it may
be empty.

```storm
context Catalog {
  type Category { name: string, parent: Category? }
}
```

Mended:

```storm
context Catalog {
  type Category { name: string, children: Category[] }
}
```
"#,
};

pub(crate) fn check(facts: &Facts, found: &mut Vec<Diagnostic>) {
    let records = &facts.model.records;
    let mut arrows: Vec<(usize, usize)> = Vec::new();
    let mut fields: Vec<&Field> = Vec::new();
    for (index, record) in records.iter().enumerate() {
        for field in record.fields.iter().filter(|field| !field.ty.repeated) {
            if let Base::Record(of) = field.ty.base {
                arrows.push((index, of.0 as usize));
                fields.push(field);
            }
        }
    }
    for circle in circles::of(records.len(), &arrows) {
        let Some(&last) = circle.iter().max() else { continue };
        let held = &records[arrows[last].1].head;
        found.push(
            Diagnostic::error(&RULE, fields[last].span, format!("the type `{}` holds itself", held.name))
                .also(held.name_span, "declared here")
                .help("make it a list, or refer to it by a key"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken, clean};

    #[test]
    fn also_through_others() {
        broken("S0317", "context A { type T { u: U }\n type U { «t: T» } }");
        clean("context A { type T { u: U }\n type U { t: T[] } }");
    }
}
