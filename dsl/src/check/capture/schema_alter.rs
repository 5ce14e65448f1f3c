//! A snapshot with a history.

use crate::diagnostic::{Diagnostic, Rule};
use crate::source::Span;

/// A snapshot says how tables are, not how they became so.
pub static RULE: Rule = Rule {
    code: "S0503",
    title: "a snapshot has CREATE TABLE only",
    explain: r#"A snapshot says how the tables are. `ALTER TABLE` says how they became so, and reading only half of a history would
give wrong types.

```storm
source shop: mysql { schema "schema/shop.sql", tables orders }
```

```sql
CREATE TABLE orders (id CHAR(36) NOT NULL PRIMARY KEY);
ALTER TABLE orders ADD COLUMN total DECIMAL(12,2);
```
"#,
};

pub(crate) fn altered(span: Span) -> Diagnostic {
    Diagnostic::error(&RULE, span, "a snapshot has `CREATE TABLE` only")
        .help("apply the migrations to a database and dump it: `mysqldump --no-data`")
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken_ddl;

    #[test]
    fn the_statement_is_marked() {
        let model = "source s: mysql { schema \"schema/shop.sql\"\n tables \"*\" }";
        broken_ddl("S0503", model, "CREATE TABLE t (id INT PRIMARY KEY);\n«ALTER TABLE» t DROP COLUMN id;");
    }
}
