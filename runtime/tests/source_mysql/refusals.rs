//! What the source refuses, each with its code: settings, positions, transactions, values.

use crate::shop::{create, json, spec};
use crate::support::{SETTINGS, Server, lines, run, servers, until_commit, until_error};
use mysql_async::prelude::Queryable;
use storm_runtime::source::mysql::{MysqlConfig, MysqlSource, Secret};
use storm_runtime::source::{Position, Source, SourceError, Step};

async fn refused(config: MysqlConfig, from: Option<Position>) -> SourceError {
    let mut source = MysqlSource::new(config, spec("t_refused"));
    source.open(from).await.expect_err("the source refuses")
}

/// Runs statements on a new database and returns the error that they end the stream with.
async fn halts(server: &Server, database: &'static str, statements: &[&str]) -> SourceError {
    let mut conn = server.connect().await;
    create(&mut conn, database).await;
    let (mut source, _) = server.open(spec(database), None).await;
    run(&mut conn, statements).await;
    let error = until_error(&mut source).await;
    assert!(!error.help.is_empty() && !error.message.contains("secret"), "{error}");
    error
}

#[tokio::test]
async fn settings_that_do_not_allow_capture() {
    let _alone = SETTINGS.write().await;
    for server in servers() {
        let mut conn = server.connect().await;
        let mut settings = vec![
            ("binlog_format", "STATEMENT", "ROW", "C-106"),
            ("binlog_row_image", "MINIMAL", "FULL", "C-107"),
            ("binlog_row_metadata", "MINIMAL", "FULL", "C-108"),
        ];
        if server.is_mariadb() {
            settings.push(("log_bin_compress", "ON", "OFF", "C-109"));
        } else {
            settings.push(("binlog_row_value_options", "PARTIAL_JSON", "", "C-109"));
        }
        for (name, wrong, right, code) in settings {
            run(&mut conn, &[&format!("SET GLOBAL {name} = '{wrong}'")]).await;
            let error = refused(server.config(), None).await;
            run(&mut conn, &[&format!("SET GLOBAL {name} = '{right}'")]).await;
            assert_eq!((error.code, error.is_transient()), (code, false), "{} {error}", server.name);
            assert!(error.help.contains("SET GLOBAL"), "{error}");
        }
    }
}

#[tokio::test]
async fn users_and_places() {
    let _settings = SETTINGS.read().await;
    for server in servers() {
        let mut conn = server.connect().await;
        let host = "'127.0.0.1'";
        let statements = [
            format!("CREATE USER IF NOT EXISTS poor@{host} IDENTIFIED BY 'right'"),
            format!("CREATE USER IF NOT EXISTS idle@{host}"),
        ];
        run(&mut conn, &statements.each_ref().map(|statement| statement.as_str())).await;
        let user = |name: &str, password| MysqlConfig {
            user: name.into(),
            password: Secret::new(password),
            ..server.config()
        };
        assert_eq!(refused(user("poor", "wrong"), None).await.code, "C-102", "{}", server.name);
        let error = refused(user("idle", ""), None).await;
        assert_eq!(error.code, "C-104", "{} {error}", server.name);
        assert!(error.help.contains("GRANT REPLICATION SLAVE"), "{error}");
        let nobody = MysqlConfig { port: 1, ..server.config() };
        let error = refused(nobody, None).await;
        assert_eq!((error.code, error.is_transient()), ("C-101", true), "{} {error}", server.name);
        assert_eq!(refused(MysqlConfig { ssl: true, ..server.config() }, None).await.code, "C-103");
        assert_eq!(refused(MysqlConfig { server_id: 0, ..server.config() }, None).await.code, "C-114");
    }
}

#[tokio::test]
async fn positions_that_are_not_of_this_servers_past() {
    let _alone = SETTINGS.write().await;
    for server in servers() {
        let mut conn = server.connect().await;
        create(&mut conn, "t_position").await;
        let (mut source, start) = server.open(spec("t_position"), None).await;
        run(&mut conn, &["INSERT INTO orders VALUES (1, 'one')"]).await;
        until_commit(&mut source, 1).await;
        drop(source);

        let other = Position { server: "other".into(), ..start.clone() };
        let other = refused(server.config(), Some(other)).await;
        assert_eq!(other.code, "C-110", "{}", server.name);
        let later = Position { incarnation: 9, ..start.clone() };
        let later = refused(server.config(), Some(later)).await;
        assert_eq!(later.code, "C-112", "{}", server.name);
        assert!(later.help.contains("set `source.shop.incarnation = 9`"), "{later}");
        let nowhere = Position { gtid_set: String::new(), file: "gone.000001".into(), ..start.clone() };
        let nowhere = refused(server.config(), Some(nowhere)).await;
        assert_eq!(nowhere.code, "C-111", "{}", server.name);
        let ahead = Position { gtid_set: String::new(), offset: 4_000_000_000, ..start.clone() };
        assert_eq!(refused(server.config(), Some(ahead)).await.code, "C-111", "{}", server.name);

        run(&mut conn, &["FLUSH BINARY LOGS", "INSERT INTO orders VALUES (2, 'two')", "FLUSH BINARY LOGS"])
            .await;
        let logs: Vec<mysql_async::Row> = conn.query("SHOW BINARY LOGS").await.expect("logs");
        let last: String = logs.last().and_then(|row| row.get(0)).expect("a log");
        run(&mut conn, &[&format!("PURGE BINARY LOGS TO '{last}'")]).await;
        let purged = refused(server.config(), Some(start.clone())).await;
        assert_eq!((purged.code, purged.is_transient()), ("C-111", false), "{} {purged}", server.name);
        for error in [other, nowhere, purged] {
            let named = error.help.contains("what lies between is not captured")
                && error.help.contains("set `source.shop.incarnation = 2`");
            assert!(named, "{} {error}", server.name);
        }

        // A higher incarnation is the operator's word: the old position is put aside.
        let anew = MysqlConfig { incarnation: 2, ..server.config() };
        let mut source = MysqlSource::new(anew, spec("t_position"));
        let position = source.open(Some(start)).await.expect("opens");
        assert_eq!((position.incarnation, position.file), (2, last), "{}", server.name);
    }
}

#[tokio::test]
async fn a_killed_connection_is_transient() {
    let _settings = SETTINGS.read().await;
    for server in servers() {
        let mut conn = server.connect().await;
        create(&mut conn, "t_killed").await;
        let user = format!("t_killed_{}", server.name.to_lowercase());
        let statements = [
            format!("DROP USER IF EXISTS {user}@'127.0.0.1'"),
            format!("CREATE USER {user}@'127.0.0.1'"),
            format!("GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO {user}@'127.0.0.1'"),
        ];
        run(&mut conn, &statements.each_ref().map(|statement| statement.as_str())).await;
        let config = MysqlConfig { user: user.clone(), password: Secret::default(), ..server.config() };
        let mut source = MysqlSource::new(config, spec("t_killed"));
        let position = source.open(None).await.expect("these privileges are enough");
        let find = format!("SELECT id FROM information_schema.processlist WHERE user = '{user}'");
        let id: Option<u64> = conn.query_first(find).await.expect("a list");
        run(&mut conn, &[&format!("KILL {}", id.expect("the dump"))]).await;
        let error = until_error(&mut source).await;
        assert_eq!((error.code, error.is_transient()), ("C-120", true), "{} {error}", server.name);

        run(&mut conn, &["INSERT INTO orders VALUES (1, 'later')"]).await;
        source.open(Some(position)).await.expect("opens again");
        assert_eq!(until_commit(&mut source, 1).await.len(), 3, "{}", server.name);
    }
}

#[tokio::test]
async fn transactions_that_cannot_be_told() {
    let _settings = SETTINGS.read().await;
    for server in servers() {
        let statement =
            ["SET SESSION binlog_format = 'STATEMENT'", "INSERT INTO orders VALUES (1, 'secret')"];
        assert_eq!(halts(&server, "t_statement", &statement).await.code, "C-136", "{}", server.name);
        let insert = "INSERT INTO orders VALUES (1, 'secret')";
        let xa = ["XA START 'x'", insert, "XA END 'x'", "XA PREPARE 'x'", "XA ROLLBACK 'x'"];
        assert_eq!(halts(&server, "t_xa", &xa).await.code, "C-135", "{}", server.name);
        let image =
            ["SET SESSION binlog_row_image = 'MINIMAL'", insert, "UPDATE orders SET note = 'secret too'"];
        assert_eq!(halts(&server, "t_image", &image).await.code, "C-153", "{}", server.name);
        if server.is_mariadb() {
            // What a temporary table is made in is logged to its end, whatever that is.
            let mixed =
                ["SET SESSION binlog_format = 'MIXED'", "BEGIN", "CREATE TEMPORARY TABLE shelf (id INT)"];
            let unsure = "INSERT INTO orders VALUES (1, CONCAT('secret', UUID()))";
            let more = "INSERT INTO orders VALUES (2, CONCAT('secret', UUID()))";
            for end in [&["ROLLBACK"][..], &["SAVEPOINT here", more, "ROLLBACK TO here", "COMMIT"]] {
                let statements = [&mixed[..], &[unsure], end].concat();
                let error = halts(&server, "t_taken_back", &statements).await;
                assert_eq!((error.code, error.is_transient()), ("C-138", false), "{error}");
                assert!(error.message.contains("` takes back captured rows"), "{error}");
                assert!(error.help.contains("`source.shop.incarnation = 2`"), "{error}");
            }
            continue;
        }
        let partial = [
            "ALTER TABLE orders DROP COLUMN note, ADD COLUMN note JSON",
            "SET SESSION binlog_row_value_options = 'PARTIAL_JSON'",
            "INSERT INTO orders VALUES (1, '{\"a\": \"secret\"}')",
            "UPDATE orders SET note = JSON_SET(note, '$.a', 'secret too')",
        ];
        let mut conn = server.connect().await;
        create(&mut conn, "t_partial").await;
        let (mut source, _) = server.open(json("t_partial"), None).await;
        run(&mut conn, &partial).await;
        let error = until_error(&mut source).await;
        assert_eq!((error.code, error.is_transient()), ("C-133", false), "{error}");
        assert!(error.help.contains("binlog_row_value_options"), "{error}");
    }
}

#[tokio::test]
async fn tables_that_do_not_fit_and_rows_that_are_too_large() {
    let _settings = SETTINGS.read().await;
    for server in servers() {
        let insert = "INSERT INTO orders (id) VALUES (1)";
        let cases: [(&[&str], &str, &str); 4] = [
            (&["ALTER TABLE orders DROP COLUMN note", insert], "C-150", "`note`"),
            (&["ALTER TABLE orders MODIFY COLUMN id BIGINT", insert], "C-151", "BIGINT"),
            (
                &["ALTER TABLE orders MODIFY COLUMN note TEXT CHARACTER SET ucs2", insert],
                "C-151",
                "collation 35",
            ),
            (&["INSERT INTO orders VALUES (1, REPEAT('secret', 3000000))"], "C-155", "16 MiB"),
        ];
        // MariaDB's largest packet is 16 MiB as it comes: such a row cannot be written there.
        for (statements, code, named) in &cases[..if server.is_mariadb() { 3 } else { 4 }] {
            let error = halts(&server, "t_misfit", statements).await;
            assert_eq!((error.code, error.is_transient()), (*code, false), "{} {error}", server.name);
            assert!(error.message.contains(named), "{error}");
        }
    }
}

#[tokio::test]
async fn a_row_without_an_exact_form_is_refused_alone_and_the_stream_goes_on() {
    let _settings = SETTINGS.read().await;
    for server in servers() {
        let mut conn = server.connect().await;
        create(&mut conn, "t_value").await;
        let (mut source, _) = server.open(spec("t_value"), None).await;
        let statements = [
            "BEGIN",
            "INSERT INTO order_lines VALUES (1, 1, '2026-11-22'), (1, 2, '0000-00-00'), (1, 3, NULL)",
            "UPDATE order_lines SET due = '2026-12-24' WHERE line = 2",
            "UPDATE order_lines SET due = '2026-12-25' WHERE line = 2",
            "INSERT INTO orders VALUES (1, 'fine')",
            "COMMIT",
            "ALTER TABLE order_lines DROP PRIMARY KEY, MODIFY COLUMN line INT NULL",
            "INSERT INTO order_lines VALUES (2, NULL, NULL), (2, 4, '2026-02-31'), (2, 5, NULL)",
            "DELETE FROM order_lines WHERE order_id = 2 AND line IS NULL",
        ];
        run(&mut conn, &statements).await;
        let wanted = [
            "begin",
            "Inserted t_value.1 1/1 #0 - -> 2=1 1=1 3=2026-11-22",
            "refused Inserted t_value.1 1/2 #1 C-154 due",
            "Inserted t_value.1 1/3 #2 - -> 2=1 1=3",
            "refused Updated t_value.1 1/2 #3 C-154 due",
            "Updated t_value.1 1/2 #4 2=1 1=2 3=2026-12-24 -> 2=1 1=2 3=2026-12-25",
            "Inserted t_value.0 1 #0 - -> 1=1 2=fine",
            "commit",
            "begin",
            "refused Inserted t_value.1 - #0 C-156 line",
            "refused Inserted t_value.1 2/4 #1 C-154 due",
            "Inserted t_value.1 2/5 #2 - -> 2=2 1=5",
            "commit",
            "begin",
            "refused Deleted t_value.1 - #0 C-156 line",
            "commit",
        ];
        let steps = until_commit(&mut source, 3).await;
        assert_eq!(lines(&steps), wanted, "{}", server.name);
        // The bytes are the row's: null bits, then each column as the server stores it; here both images of an update.
        let Step::Refused(update) = &steps[4] else { panic!("{:?}", steps[4]) };
        let (line, zero, day) = ([1, 0, 0, 0, 2, 0, 0, 0], [0, 0, 0], [0x98, 0xd5, 0x0f]);
        let image = |due: [u8; 3]| [&[0xf8 & update.bytes[0]][..], &line, &due].concat();
        assert_eq!(update.bytes, [image(zero), image(day)].concat(), "{}", server.name);
        assert_eq!(update.present.iter().map(|bits| bits & 7).collect::<Vec<_>>(), [7, 7]);
        assert!(!update.why.contains("0000") && update.why.contains("`due`"), "{}", update.why);
    }
}

#[tokio::test]
async fn rows_that_the_server_compressed_are_refused_not_lost() {
    let _alone = SETTINGS.write().await;
    for server in servers().iter().filter(|server| server.is_mariadb()) {
        let mut conn = server.connect().await;
        create(&mut conn, "t_compress").await;
        let (mut source, _) = server.open(spec("t_compress"), None).await;
        let statements = [
            "SET GLOBAL log_bin_compress = ON",
            "INSERT INTO elsewhere SELECT seq FROM seq_1_to_1000",
            "INSERT INTO orders VALUES (1, REPEAT('secret', 1000))",
            "SET GLOBAL log_bin_compress = OFF",
        ];
        run(&mut conn, &statements).await;
        let error = until_error(&mut source).await;
        assert_eq!((error.code, error.is_transient()), ("C-133", false), "{error}");
        assert!(error.message.contains("`orders`") && error.help.contains("log_bin_compress"), "{error}");
    }
}

#[tokio::test]
async fn names_that_are_taken_away_while_capture_runs_are_missed_not_guessed() {
    let _alone = SETTINGS.write().await;
    for server in servers() {
        let mut conn = server.connect().await;
        create(&mut conn, "t_nameless").await;
        let (mut source, _) = server.open(spec("t_nameless"), None).await;
        let statements = [
            "SET GLOBAL binlog_row_metadata = 'MINIMAL'",
            "INSERT INTO orders VALUES (1, 'secret')",
            "SET GLOBAL binlog_row_metadata = 'FULL'",
        ];
        run(&mut conn, &statements).await;
        let error = until_error(&mut source).await;
        assert_eq!((error.code, error.is_transient()), ("C-152", false), "{} {error}", server.name);
        assert!(error.message.contains("t_nameless.orders`") && !error.message.contains("secret"), "{error}");
        assert!(error.help.contains("SET GLOBAL binlog_row_metadata = 'FULL'"), "{error}");
    }
}

#[tokio::test]
async fn a_second_reader_of_the_same_name_ends_the_first() {
    let _settings = SETTINGS.read().await;
    for server in servers() {
        let config = server.config();
        let mut first = MysqlSource::new(config.clone(), spec("t_refused"));
        first.open(None).await.expect("opens");
        let mut second = MysqlSource::new(config, spec("t_refused"));
        second.open(None).await.expect("opens too");
        let error = until_error(&mut first).await;
        assert_eq!((error.code, error.is_transient()), ("C-113", false), "{} {error}", server.name);
    }
}
