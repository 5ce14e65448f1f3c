//! The source against real servers: order, causes, resuming, refusals, lost connections.
//! Which servers: `STORM_MARIADB_URL`, `STORM_MYSQL_URL`.

mod source_support;

use mysql_async::prelude::Queryable;
use source_support::{lines, run, servers, until_commit};
use storm_runtime::source::mysql::BOOKKEEPING_TABLES;
use storm_runtime::source::{Position, Step};
use storm_runtime::spec::{ColumnSpec, SourceSpec, TableSpec, Wire};

const ORDERS: TableSpec = TableSpec {
    table: "orders",
    message: "shop.v1.OrdersChange",
    key: &["id"],
    columns: &[
        ColumnSpec { name: "id", field: 1, wire: Wire::Int32 },
        ColumnSpec { name: "note", field: 2, wire: Wire::String },
    ],
};

const LINES: TableSpec = TableSpec {
    table: "order_lines",
    message: "shop.v1.OrderLinesChange",
    key: &["order_id", "line"],
    columns: &[
        ColumnSpec { name: "line", field: 1, wire: Wire::Int32 },
        ColumnSpec { name: "order_id", field: 2, wire: Wire::Int32 },
    ],
};

async fn create(conn: &mut mysql_async::Conn, database: &str) {
    run(
        conn,
        &[
            &format!("DROP DATABASE IF EXISTS {database}"),
            &format!("CREATE DATABASE {database} CHARACTER SET utf8mb4"),
            &format!("USE {database}"),
            "CREATE TABLE orders (id INT PRIMARY KEY, note VARCHAR(20))",
            "CREATE TABLE order_lines (order_id INT, line INT, PRIMARY KEY (order_id, line))",
            "CREATE TABLE elsewhere (id INT PRIMARY KEY)",
            BOOKKEEPING_TABLES[0],
            BOOKKEEPING_TABLES[1],
        ],
    )
    .await;
}

fn committed(steps: &[Step]) -> Position {
    match steps.last() {
        Some(Step::Commit(position)) => position.clone(),
        other => panic!("{other:?} is no commit"),
    }
}

#[tokio::test]
async fn a_transaction_keeps_its_order_its_cause_and_its_events() {
    static SPEC: SourceSpec =
        SourceSpec { name: "shop", databases: "t_order", tenant: false, tables: &[ORDERS, LINES] };
    for server in servers("order of a transaction") {
        let mut conn = server.connect().await;
        create(&mut conn, "t_order").await;
        let (mut source, _) = server.open(&SPEC, None).await;
        run(
            &mut conn,
            &[
                "INSERT INTO elsewhere VALUES (1)",
                "BEGIN",
                "INSERT INTO storm_inbox (command_id, lineage) VALUES ('c-1', 'l-1')",
                "INSERT INTO orders VALUES (1, 'one'), (2, NULL)",
                "INSERT INTO order_lines VALUES (1, 1)",
                "INSERT INTO elsewhere VALUES (2)",
                "UPDATE orders SET note = 'two' WHERE id = 2",
                "INSERT INTO storm_outbox (message, record_key, body) VALUES ('shop.v1.Refused', '1', 'why')",
                "COMMIT",
                "DELETE FROM storm_inbox",
                "DELETE FROM orders WHERE id = 1",
            ],
        )
        .await;
        let steps = until_commit(&mut source, 2).await;
        assert_eq!(
            lines(&steps),
            [
                "begin",
                "cause c-1 l-1",
                "Inserted t_order.0 1 #0 - -> 1=1 2=one",
                "Inserted t_order.0 2 #1 - -> 1=2",
                "Inserted t_order.1 1/1 #0 - -> 2=1 1=1",
                "Updated t_order.0 2 #2 1=2 -> 1=2 2=two",
                "recorded t_order shop.v1.Refused 1 #0 why",
                "commit",
                "begin",
                "Deleted t_order.0 1 #0 1=1 2=one -> -",
                "commit",
            ],
            "{}",
            server.name
        );
        let count: Option<u64> = conn.query_first("SELECT COUNT(*) FROM orders").await.expect("a count");
        assert_eq!(count, Some(1));
        committed(&steps);
    }
}
