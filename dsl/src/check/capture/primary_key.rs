//! A captured table without a primary key.

use crate::check::Facts;
use crate::diagnostic::{Diagnostic, Rule};

/// A captured table has a primary key.
pub static RULE: Rule = Rule {
    code: "S0516",
    title: "a captured table has a primary key",
    explain: r#"Without a primary key nobody can say which row a change is of, and a change that is read twice cannot be known again.

```storm
context Ordering {
  aggregate Order key id: string
  event OrderPlaced on Order { id }
}
source shop: mysql { schema "schema/shop.sql", tables orders }
capture Ordering.OrderPlaced from shop.orders inserted { id }
```

```sql
CREATE TABLE orders (id CHAR(36) NOT NULL);
```
"#,
};

pub(crate) fn check(facts: &Facts, found: &mut Vec<Diagnostic>) {
    let captured: std::collections::HashSet<_> =
        facts.model.captures.iter().filter_map(|capture| capture.table).collect();
    for (index, table) in facts.model.tables.iter().enumerate() {
        let is_call = facts.model[table.source].kind == crate::model::SourceKind::Webhook;
        if table.primary_key.is_empty() && !is_call && captured.contains(&crate::model::TableId(index as u32))
        {
            found.push(
                Diagnostic::error(
                    &RULE,
                    table.span,
                    format!("the table `{}` has no primary key", table.name),
                )
                .help("add one in the database: `PRIMARY KEY (id)`"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::{broken_ddl, clean_ddl};

    #[test]
    fn only_captured_tables_need_one() {
        let source = "source s: mysql { schema \"schema/shop.sql\" }\n";
        let model = format!(
            "context A {{ aggregate G key id: i32\n event E on G {{ id }} }}\n{source}capture A.E from s.t inserted {{ id }}"
        );
        broken_ddl("S0516", &model, "CREATE TABLE «t» (id INT NOT NULL);");
        clean_ddl(source, "CREATE TABLE t (id INT NOT NULL);");
    }
}
