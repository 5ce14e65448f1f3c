//! What the stream hands out: order, causes, tenants, and the same again after resuming.

use crate::shop::{create, spec};
use crate::support::{SETTINGS, Server, lines, run, servers, step, until_commit};
use storm_runtime::source::{Position, Source, Step};

fn position(step: &Step) -> Position {
    match step {
        Step::Commit(position) | Step::Idle(position) => position.clone(),
        other => panic!("{other:?} has no position"),
    }
}

#[tokio::test]
async fn a_transaction_keeps_its_order_its_cause_and_its_events() {
    let _settings = SETTINGS.read().await;
    for server in servers() {
        let mut conn = server.connect().await;
        create(&mut conn, "t_order").await;
        let (mut source, _) = server.open(spec("t_order"), None).await;
        let statements = [
            "INSERT INTO elsewhere VALUES (1)",
            "BEGIN",
            "INSERT INTO storm_inbox (command_id, lineage) VALUES ('c-1', 'l-1')",
            "INSERT INTO orders VALUES (1, 'one'), (2, NULL)",
            "INSERT INTO order_lines VALUES (1, 1, NULL)",
            "INSERT INTO elsewhere VALUES (2)",
            "UPDATE orders SET note = 'two' WHERE id = 2",
            "INSERT INTO storm_outbox (message, record_key, body) VALUES ('shop.v1.Refused', '1', 'why')",
            "INSERT INTO storm_outbox (message, record_key, body) VALUES ('shop.v1.Noted', '1', '')",
            "COMMIT",
            "DELETE FROM storm_inbox",
            "DELETE FROM orders WHERE id = 1",
        ];
        run(&mut conn, &statements).await;
        let wanted = [
            "begin",
            "cause c-1 l-1",
            "Inserted t_order.0 1 #0 - -> 1=1 2=one",
            "Inserted t_order.0 2 #1 - -> 1=2",
            "Inserted t_order.1 1/1 #0 - -> 2=1 1=1",
            "Updated t_order.0 2 #2 1=2 -> 1=2 2=two",
            "recorded t_order shop.v1.Refused 1 #0 why",
            "recorded t_order shop.v1.Noted 1 #1 ",
            "commit",
            "begin",
            "Deleted t_order.0 1 #0 1=1 2=one -> -",
            "commit",
        ];
        assert_eq!(lines(&until_commit(&mut source, 2).await), wanted, "{}", server.name);
    }
}

#[tokio::test]
async fn tenants_are_databases_and_count_for_themselves() {
    let _settings = SETTINGS.read().await;
    for server in servers() {
        let mut conn = server.connect().await;
        for database in ["t_many_a", "t_many_b", "t_other"] {
            create(&mut conn, database).await;
        }
        let (mut source, _) = server.open(spec("t_many_*"), None).await;
        let statements = [
            "BEGIN",
            "INSERT INTO t_many_a.orders VALUES (1, 'a')",
            "INSERT INTO t_other.orders VALUES (1, 'x')",
            "INSERT INTO t_many_b.orders VALUES (1, 'b'), (2, 'b')",
            "INSERT INTO t_many_a.orders VALUES (2, 'a')",
            "COMMIT",
        ];
        run(&mut conn, &statements).await;
        let wanted = [
            "begin",
            "Inserted t_many_a.0 1 #0 - -> 1=1 2=a",
            "Inserted t_many_b.0 1 #0 - -> 1=1 2=b",
            "Inserted t_many_b.0 2 #1 - -> 1=2 2=b",
            "Inserted t_many_a.0 2 #1 - -> 1=2 2=a",
            "commit",
        ];
        assert_eq!(lines(&until_commit(&mut source, 1).await), wanted, "{}", server.name);
    }
}

#[tokio::test]
async fn what_is_rolled_back_is_not_seen_and_what_is_altered_is() {
    let _settings = SETTINGS.read().await;
    for server in servers() {
        let mut conn = server.connect().await;
        create(&mut conn, "t_alter").await;
        let (mut source, _) = server.open(spec("t_alter"), None).await;
        let statements = [
            "BEGIN",
            "INSERT INTO orders VALUES (1, 'kept')",
            "SAVEPOINT s",
            "INSERT INTO orders VALUES (2, 'taken back')",
            "ROLLBACK TO s",
            "COMMIT",
            "BEGIN",
            "INSERT INTO orders VALUES (3, 'taken back')",
            "ROLLBACK",
            "ALTER TABLE orders ADD COLUMN extra INT FIRST, MODIFY COLUMN note VARCHAR(9) AFTER extra",
            "INSERT INTO orders (id, note, extra) VALUES (4, 'new', 5)",
            "CREATE TABLE copied AS SELECT * FROM orders",
            "INSERT INTO orders (id, note) VALUES (5, 'last')",
        ];
        run(&mut conn, &statements).await;
        let wanted = [
            "begin",
            "Inserted t_alter.0 1 #0 - -> 1=1 2=kept",
            "commit",
            "begin",
            "Inserted t_alter.0 4 #0 - -> 2=new 1=4",
            "commit",
            "begin",
            "Inserted t_alter.0 5 #0 - -> 2=last 1=5",
            "commit",
        ];
        assert_eq!(lines(&until_commit(&mut source, 3).await), wanted, "{}", server.name);
        assert_eq!(source.unknown_columns(), 1);
    }
}

/// Reads three transactions, then again from after the first: the same steps, to the last byte.
async fn resumes(server: &Server, database: &'static str, before: impl Fn(Position) -> Position) {
    let mut conn = server.connect().await;
    create(&mut conn, database).await;
    let spec = spec(database);
    let (mut source, _) = server.open(spec, None).await;
    let statements = [
        "INSERT INTO orders VALUES (1, 'one')",
        "INSERT INTO elsewhere VALUES (1)",
        "FLUSH BINARY LOGS",
        "INSERT INTO orders VALUES (2, 'two'), (3, 'three')",
        "UPDATE orders SET note = CONCAT(note, '!')",
    ];
    run(&mut conn, &statements).await;
    let first = until_commit(&mut source, 3).await;
    let (earlier, later) = first.split_at(3);
    drop(source);
    let (mut source, _) = server.open(spec, Some(before(position(&earlier[2])))).await;
    let again = until_commit(&mut source, 2).await;
    let plain = |steps: &[Step]| -> Vec<Step> {
        let plain = |step: &Step| match step {
            Step::Commit(position) => Step::Commit(before(position.clone())),
            step => step.clone(),
        };
        steps.iter().map(plain).collect()
    };
    assert_eq!(plain(&again), plain(later), "{}", server.name);
}

#[tokio::test]
async fn resuming_by_gtid_gives_the_same_steps() {
    let _settings = SETTINGS.read().await;
    for server in servers() {
        resumes(&server, "t_gtid", |position| {
            assert!(server.name != "MariaDB" || !position.gtid_set.is_empty());
            position
        })
        .await;
    }
}

#[tokio::test]
async fn resuming_by_file_and_offset_gives_the_same_steps() {
    let _settings = SETTINGS.read().await;
    for server in servers() {
        resumes(&server, "t_file", |position| Position { gtid_set: String::new(), ..position }).await;
    }
}

#[tokio::test]
async fn compressed_transactions_and_tagged_gtids_are_read() {
    let _settings = SETTINGS.read().await;
    for server in servers().into_iter().filter(|server| !server.is_mariadb()) {
        let mut conn = server.connect().await;
        create(&mut conn, "t_packed").await;
        let (mut source, _) = server.open(spec("t_packed"), None).await;
        let gtid_mode: Option<String> =
            mysql_async::prelude::Queryable::query_first(&mut conn, "SELECT @@gtid_mode")
                .await
                .expect("a mode");
        if gtid_mode.as_deref() == Some("ON") {
            run(&mut conn, &["SET gtid_next = 'AUTOMATIC:red'"]).await;
        }
        let statements = [
            "INSERT INTO orders VALUES (1, 'plain')",
            "SET SESSION binlog_transaction_compression = ON",
            "BEGIN",
            "INSERT INTO orders VALUES (2, REPEAT('packed ', 3))",
            "INSERT INTO order_lines VALUES (2, 1, '2026-11-22')",
            "COMMIT",
            "SET SESSION binlog_transaction_compression = OFF",
            "INSERT INTO orders VALUES (3, 'plain')",
        ];
        run(&mut conn, &statements).await;
        let wanted = [
            "begin",
            "Inserted t_packed.0 1 #0 - -> 1=1 2=plain",
            "commit",
            "begin",
            "Inserted t_packed.0 2 #0 - -> 1=2 2=packed packed packed ",
            "Inserted t_packed.1 2/1 #0 - -> 2=2 1=1 3=2026-11-22",
            "commit",
            "begin",
            "Inserted t_packed.0 3 #0 - -> 1=3 2=plain",
            "commit",
        ];
        let steps = until_commit(&mut source, 3).await;
        assert_eq!(lines(&steps), wanted);
        let (mut source, _) = server.open(spec("t_packed"), Some(position(&steps[6]))).await;
        assert_eq!(until_commit(&mut source, 1).await, steps[7..]);
    }
}

#[tokio::test]
async fn a_quiet_source_says_where_it_stands() {
    let _settings = SETTINGS.read().await;
    for server in servers() {
        let mut conn = server.connect().await;
        create(&mut conn, "t_quiet").await;
        let (mut source, start) = server.open(spec("t_quiet"), None).await;
        run(&mut conn, &["INSERT INTO elsewhere VALUES (1)"]).await;
        let place = |position: &Position| (position.file.clone(), position.offset);
        let moved = async {
            loop {
                match source.next().await.expect("a step") {
                    Some(Step::Idle(position)) if place(&position) > place(&start) => return position,
                    // Asked by GTID, a server starts at its file's beginning; the position must not follow it there.
                    Some(Step::Idle(position)) => assert_eq!(position, start, "{}", server.name),
                    other => panic!("{other:?}"),
                }
            }
        };
        let moved = tokio::time::timeout(std::time::Duration::from_secs(20), moved).await.expect("in time");
        run(&mut conn, &["INSERT INTO orders VALUES (1, 'seen')"]).await;
        drop(source);
        let (mut source, _) = server.open(spec("t_quiet"), Some(moved)).await;
        let wanted = ["begin", "Inserted t_quiet.0 1 #0 - -> 1=1 2=seen", "commit"];
        assert_eq!(lines(&until_commit(&mut source, 1).await), wanted, "{}", server.name);
    }
}

#[tokio::test]
async fn dropping_a_wait_loses_nothing() {
    let _settings = SETTINGS.read().await;
    for server in servers() {
        let mut conn = server.connect().await;
        create(&mut conn, "t_cancel").await;
        let (mut source, _) = server.open(spec("t_cancel"), None).await;
        run(&mut conn, &["INSERT INTO orders VALUES (1, 'a'), (2, 'b'), (3, 'c')", "DELETE FROM orders"])
            .await;
        let mut steps = Vec::new();
        while steps.len() < 10 {
            let brief = tokio::time::timeout(std::time::Duration::from_micros(20), step(&mut source));
            if let Ok(step) = brief.await {
                steps.push(step.expect("a step").expect("not the end"));
            }
        }
        assert_eq!(steps.iter().filter(|step| matches!(step, Step::Row(_))).count(), 6, "{}", server.name);
        assert_eq!(lines(&steps[8..]), ["Deleted t_cancel.0 3 #2 1=3 2=c -> -", "commit"]);
    }
}
