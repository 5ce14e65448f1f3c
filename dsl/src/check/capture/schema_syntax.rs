//! A snapshot that cannot be read.

use crate::diagnostic::{Diagnostic, Rule};
use crate::source::Span;

/// A snapshot is plain DDL.
pub static RULE: Rule = Rule {
    code: "S0502",
    title: "a snapshot is DDL that MySQL or MariaDB would take",
    explain: r#"A snapshot holds `CREATE TABLE` statements as `mysqldump --no-data` and `SHOW CREATE TABLE` write them. Other
statements are passed over.

```storm
source shop: mysql { schema "schema/shop.sql", tables "*" }
```

```sql
CREATE TABLE orders (id CHAR(36) NOT NULL, PRIMARY KEY (id), total MONEY(12));
```
"#,
};

pub(crate) fn unreadable(span: Span, message: impl Into<String>, help: impl Into<String>) -> Diagnostic {
    Diagnostic::error(&RULE, span, message).help(help)
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken_ddl;

    #[test]
    fn the_place_in_the_snapshot_is_marked() {
        let model = "source s: mysql { schema \"schema/shop.sql\"\n tables \"*\" }";
        broken_ddl("S0502", model, "CREATE TABLE t (\n id «MONEY» NOT NULL);");
        broken_ddl("S0502", model, "CREATE TABLE t (id INT PRIMARY KEY«»;");
        broken_ddl("S0502", model, "CREATE TABLE t (id INT, PRIMARY KEY («idd»));");
    }
}
