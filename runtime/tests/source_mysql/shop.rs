//! A small database that the tests of the stream write to.

use mysql_async::Conn;
use storm_runtime::source::mysql::BOOKKEEPING_TABLES;
use storm_runtime::spec::{ColumnSpec, SourceSpec, TableSpec, Wire};

use crate::support::run;

const TABLES: &[TableSpec] = &[
    TableSpec {
        table: "orders",
        message: "shop.v1.OrdersChange",
        key: &["id"],
        columns: &[
            ColumnSpec { name: "id", field: 1, wire: Wire::Int32 },
            ColumnSpec { name: "note", field: 2, wire: Wire::String },
        ],
    },
    TableSpec {
        table: "order_lines",
        message: "shop.v1.OrderLinesChange",
        key: &["order_id", "line"],
        columns: &[
            ColumnSpec { name: "line", field: 1, wire: Wire::Int32 },
            ColumnSpec { name: "order_id", field: 2, wire: Wire::Int32 },
            ColumnSpec { name: "due", field: 3, wire: Wire::Date },
        ],
    },
];

/// The shop in databases of these names.
pub fn spec(databases: &'static str) -> &'static SourceSpec {
    Box::leak(Box::new(SourceSpec {
        name: "shop",
        databases,
        tenant: databases.ends_with('*'),
        tables: TABLES,
    }))
}

/// The shop with notes that are JSON.
pub fn json(databases: &'static str) -> &'static SourceSpec {
    const TABLE: TableSpec = TableSpec {
        table: "orders",
        message: "shop.v1.OrdersChange",
        key: &["id"],
        columns: &[
            ColumnSpec { name: "id", field: 1, wire: Wire::Int32 },
            ColumnSpec { name: "note", field: 2, wire: Wire::Json },
        ],
    };
    Box::leak(Box::new(SourceSpec { name: "shop", databases, tenant: false, tables: &[TABLE] }))
}

/// Creates the shop anew in a database and makes it the current one.
pub async fn create(conn: &mut Conn, database: &str) {
    let statements = [
        format!("DROP DATABASE IF EXISTS {database}"),
        format!("CREATE DATABASE {database} CHARACTER SET utf8mb4"),
        format!("USE {database}"),
    ];
    run(conn, &statements.each_ref().map(|statement| statement.as_str())).await;
    let tables = [
        "CREATE TABLE orders (id INT PRIMARY KEY, note LONGTEXT)",
        "CREATE TABLE order_lines (order_id INT, line INT, due DATE, PRIMARY KEY (order_id, line))",
        "CREATE TABLE elsewhere (id INT PRIMARY KEY)",
    ];
    run(conn, &tables).await;
    run(conn, &BOOKKEEPING_TABLES).await;
}
