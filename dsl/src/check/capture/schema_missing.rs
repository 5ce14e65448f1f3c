//! A snapshot that is not there.

use crate::diagnostic::{Diagnostic, Rule};
use crate::syntax::tree::Text;

/// The snapshot that a source names exists.
pub static RULE: Rule = Rule {
    code: "S0501",
    title: "the snapshot that a source names exists",
    explain: r#"`schema "schema/shop.sql"` is a file beside the model: the `CREATE TABLE` statements of the database, checked in, so
that columns and types can be checked without the database.

```storm
source shop: mysql { schema "no-such-file.sql", tables orders }
```

Mended:

```storm
source shop: mysql { schema "schema/shop.sql", tables orders }
```

```sql
CREATE TABLE orders (id CHAR(36) NOT NULL PRIMARY KEY);
```
"#,
};

pub(crate) fn missing(path: &Text) -> Diagnostic {
    Diagnostic::error(&RULE, path.span, format!("the schema `{}` cannot be found", path.value))
        .help("paths are relative to the model's folder; write the file with `mysqldump --no-data`, or mend the path")
}

#[cfg(test)]
mod tests {
    use crate::check::testing::broken;

    #[test]
    fn the_path_is_marked() {
        broken("S0501", "source s: mysql { schema «\"nowhere.sql\"»\n tables t }");
    }
}
