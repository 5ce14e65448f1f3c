//! DDL snapshots: `CREATE TABLE` as `mysqldump --no-data` and `SHOW CREATE TABLE` write it, to tables and columns. It must
//! not know sources, captures or events.

mod column;
mod lex;
mod table;

use std::collections::HashMap;

use crate::check::capture::{schema_alter, schema_syntax};
use crate::diagnostic::Diagnostic;
use crate::model::{SourceId, Table};
use crate::source::{FileId, Span};

use lex::{Lexer, Token};

/// What a snapshot says.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// Its tables in order; their source is not set yet.
    pub tables: Vec<Table>,
    /// How many statements were passed over because they create no table.
    pub passed_over: usize,
    /// Part of it could not be read: a table that is missing may be in that part.
    pub damaged: bool,
}

/// Reads a snapshot. It never fails as a whole: a statement that cannot be read gives one diagnostic at its place.
pub fn read(file: FileId, text: &str) -> (Snapshot, Vec<Diagnostic>) {
    let mut snapshot = Snapshot::default();
    let mut found = Vec::new();
    let mut places = HashMap::new();
    let tokens = Lexer::new(file, text).tokens(&mut found);
    snapshot.damaged = !found.is_empty();
    for statement in tokens.split(|token| token.is(";")) {
        let Some(first) = statement.first() else { continue };
        let word = |at: usize, word: &str| statement.get(at).is_some_and(|token: &Token| token.word(word));
        let temporary = usize::from(word(1, "TEMPORARY"));
        if word(0, "CREATE") && word(1 + temporary, "TABLE") {
            match table::read(&statement[2 + temporary..], first) {
                Ok(table) => add(&mut snapshot, &mut places, table, &mut found),
                Err(diagnostic) => {
                    snapshot.damaged = true;
                    found.push(*diagnostic);
                }
            }
        } else if word(0, "ALTER") && word(1, "TABLE") && !keys_only(statement) {
            found.push(schema_alter::altered(first.span.to(statement[1].span)));
        } else {
            snapshot.passed_over += 1;
        }
    }
    (snapshot, found)
}

/// `ALTER TABLE t DISABLE KEYS` stands around the rows of a dump and changes nothing.
fn keys_only(statement: &[Token]) -> bool {
    matches!(statement, [.., what, keys] if (what.word("DISABLE") || what.word("ENABLE")) && keys.word("KEYS"))
}

/// Adds a table, unless there is one of its name; `places` are those of the tables so far.
fn add(
    snapshot: &mut Snapshot,
    places: &mut HashMap<String, Span>,
    table: Table,
    found: &mut Vec<Diagnostic>,
) {
    if let Some(earlier) = places.get(&table.name) {
        let message = format!("the table `{}` is created twice", table.name);
        found.push(
            schema_syntax::unreadable(table.span, message, "remove one of the two")
                .also(*earlier, "first here"),
        );
        return;
    }
    places.insert(table.name.clone(), table.span);
    snapshot.tables.push(table);
}

/// The id that a table has before its source is known.
const NO_SOURCE: SourceId = SourceId(0);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ColumnKind;

    const DUMP: &str = "-- MySQL dump
/*!40101 SET NAMES utf8 */;
DROP TABLE IF EXISTS `orders`;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `orders` (
  `id` char(36) NOT NULL COMMENT 'the order''s number',
  `number` bigint(20) unsigned NOT NULL AUTO_INCREMENT, # counted
  `status` enum('placed','paid') CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT 'placed',
  `total` decimal(12,2) DEFAULT NULL,
  `net` decimal(12,2) GENERATED ALWAYS AS ((`total` / 1.19)) VIRTUAL,
  `paid` tinyint(1) NOT NULL DEFAULT 0 CHECK (`paid` in (0,1)),
  `created_at` timestamp(6) NOT NULL DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6),
  PRIMARY KEY (`id`),
  UNIQUE KEY `number` (`number`),
  KEY `by_status` (`status`,`created_at` DESC),
  CONSTRAINT `of` FOREIGN KEY (`number`) REFERENCES `numbers` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB AUTO_INCREMENT=12 DEFAULT CHARSET=utf8mb4 COMMENT='orders; all of them';
INSERT INTO `orders` VALUES ('a;b', 1, 'x''y');
";

    #[test]
    fn a_dump_is_read() {
        let (snapshot, found) = read(FileId(0), DUMP);
        assert!(found.is_empty(), "{found:?}");
        let [table] = snapshot.tables.as_slice() else { panic!("one table") };
        assert_eq!((table.name.as_str(), table.doc.as_deref()), ("orders", Some("orders; all of them")));
        assert_eq!(table.primary_key, ["id"]);
        let kinds: Vec<_> =
            table.columns.iter().map(|it| (it.name.as_str(), it.kind.clone(), it.nullable)).collect();
        assert_eq!(kinds[0], ("id", ColumnKind::String { most: Some(36) }, false));
        assert_eq!(kinds[1], ("number", ColumnKind::Uint64, false));
        assert_eq!(kinds[2], ("status", ColumnKind::Enum(vec!["placed".into(), "paid".into()]), false));
        assert_eq!(kinds[3], ("total", ColumnKind::Decimal { precision: 12, scale: 2 }, true));
        assert_eq!(kinds[5], ("paid", ColumnKind::Bool, false));
        assert_eq!(kinds[6], ("created_at", ColumnKind::Timestamp { fraction: 6 }, false));
        assert_eq!(table.columns[0].doc.as_deref(), Some("the order's number"));
        assert_eq!(table.columns[1].sql, "bigint(20) unsigned");
        assert_eq!(snapshot.passed_over, 2);
    }

    #[test]
    fn one_bad_statement_leaves_the_others() {
        let (snapshot, found) = read(FileId(0), "CREATE TABLE a (x FOO);\nCREATE TABLE b (x INT);");
        assert_eq!((snapshot.tables.len(), found.len(), snapshot.damaged), (1, 1, true));
    }
}
