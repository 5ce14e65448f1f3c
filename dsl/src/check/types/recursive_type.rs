//! A type that holds itself.

use crate::check::Facts;
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::{Base, Model, RecordId};

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
    let model = facts.model;
    let mut state = vec![State::New; model.records.len()];
    for index in 0..model.records.len() {
        visit(model, RecordId(index as u32), &mut state, found);
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

fn visit(model: &Model, id: RecordId, state: &mut [State], found: &mut Vec<Diagnostic>) {
    if state[id.0 as usize] != State::New {
        return;
    }
    state[id.0 as usize] = State::Open;
    for field in &model[id].fields {
        let Base::Record(of) = field.ty.base else { continue };
        if field.ty.repeated {
            continue;
        }
        if state[of.0 as usize] == State::Open {
            let message = format!("the type `{}` holds itself", model[of].head.name);
            found.push(
                Diagnostic::error(&RULE, field.span, message)
                    .also(model[of].head.name_span, "declared here")
                    .help("make it a list, or refer to it by a key"),
            );
        } else {
            visit(model, of, state, found);
        }
    }
    state[id.0 as usize] = State::Done;
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
