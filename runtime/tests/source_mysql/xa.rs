//! XA transactions: their rows are in the log when they are prepared, and whether they are committed is said later. Capture
//! halts before the first such row, and goes on where the operator says.

use std::sync::{Arc, Mutex};

use storm_servers::Kind;

use crate::captured::{begun, connect, halted, rig, shared, try_capture};
use crate::shop::{create, spec};
use crate::support::{run, servers, until_commit};
use storm_runtime::source::Step;

#[tokio::test(flavor = "multi_thread")]
async fn a_prepared_transaction_halts_and_says_how_to_go_on_on_mariadb() {
    prepared(Kind::Mariadb).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prepared_transaction_halts_and_says_how_to_go_on_on_mysql() {
    prepared(Kind::Mysql).await;
}

/// Orders before, one in each of two XA transactions that are prepared, one after each.
async fn prepared(kind: Kind) {
    let Some((address, id, _settings)) = shared(kind).await else { return };
    let (database, id) = ("t_xa_ends", format!("{id}2"));
    let url = format!("mysql://root@{address}");
    create(&mut connect(&url).await, database).await;
    let rig = rig().await;
    let start = async |incarnation: u32| {
        let more = format!("{id}\nincarnation = {incarnation}");
        try_capture(&rig, database, &address, &more).await.expect("it starts")
    };
    let mut captured = Vec::new();
    for (ends, incarnation) in [("COMMIT", 1), ("ROLLBACK", 2)] {
        let running = begun(start(incarnation).await).await;
        // A session whose XA transaction is prepared does nothing else on MariaDB before that ends.
        let (mut conn, next) = (connect(&url).await, incarnation * 10);
        let xid = format!("'{database}-{incarnation}'");
        let order = |number: u32| format!("INSERT INTO {database}.orders VALUES ({number}, 'secret')");
        // What is committed in one phase is a transaction as any other.
        let whole = ["START", "END"].map(|word| format!("XA {word} 'whole'"));
        let one_phase = "XA COMMIT 'whole' ONE PHASE";
        run(&mut conn, &[&order(next), &whole[0], &order(next + 5), &whole[1], one_phase]).await;
        captured.extend([next, next + 5]);
        assert_eq!(numbers(&rig, captured.len()).await, captured, "{kind}");
        let [start_xa, end_xa, prepare] = ["START", "END", "PREPARE"].map(|word| format!("XA {word} {xid}"));
        run(&mut conn, &[&start_xa, &order(next + 1), &end_xa, &prepare]).await;
        let fault = halted(running).await;
        assert_eq!(fault.code, "C-135", "{kind}: {fault}");
        let way = [
            "XA RECOVER".to_owned(),
            "XA COMMIT".to_owned(),
            format!("`source.shop.incarnation = {}`", incarnation + 1),
        ];
        assert!(way.iter().all(|words| fault.help.contains(words)), "{kind}: {fault}");
        assert!(!format!("{fault}").contains("secret"), "{kind}: {fault}");
        // It stays halted, whatever becomes of the transaction: its rows stand in the log where they were prepared.
        assert_eq!(halted(start(incarnation).await).await.code, "C-135", "{kind}");
        run(&mut conn, &[&format!("XA {ends} {xid}"), &order(next + 2)]).await;
        assert_eq!(halted(start(incarnation).await).await.code, "C-135", "{kind}");
        assert_eq!(numbers(&rig, captured.len()).await, captured, "{kind}: nothing of it was captured");
    }
    // The operator's word: what was committed meanwhile is a gap, and from now on each order is captured.
    let running = begun(start(3).await).await;
    run(&mut connect(&url).await, &[&format!("INSERT INTO {database}.orders VALUES (30, 'after')")]).await;
    captured.push(30);
    assert_eq!(numbers(&rig, captured.len()).await, captured, "{kind}");
    running.stop().await.expect("it drains");
    rig.end().await;
}

/// The orders on the raw topic, when there are so many.
async fn numbers(rig: &storm_runtime::testing::Rig, orders: usize) -> Vec<u32> {
    let raw = rig.until(crate::captured::RAW, orders).await;
    let mut numbers: Vec<u32> = raw.iter().map(|seen| seen.key.parse().expect("a number")).collect();
    numbers.sort_unstable();
    numbers
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_prepared_where_capture_begins_is_said_on_mariadb() {
    prepared_before("MariaDB").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_prepared_where_capture_begins_is_said_on_mysql() {
    prepared_before("MySQL").await;
}

/// What this thread logs, as long as it is heard.
fn hear() -> (Arc<Mutex<Vec<u8>>>, tracing::subscriber::DefaultGuard) {
    struct Ear(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Ear {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("whole").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let said = Arc::new(Mutex::new(Vec::new()));
    let ear = said.clone();
    let lines = tracing_subscriber::fmt().with_ansi(false).with_writer(move || Ear(ear.clone()));
    (said, tracing::subscriber::set_default(lines.finish()))
}

/// One order in an XA transaction that is prepared when capture begins and committed after, one behind it.
async fn prepared_before(kind: &str) {
    let Some(server) = servers().into_iter().find(|server| server.name == kind) else { return };
    let database = "t_xa_before";
    let mut conn = server.connect().await;
    create(&mut conn, database).await;
    let order = |number: u32| format!("INSERT INTO {database}.orders VALUES ({number}, 'one')");
    run(&mut conn, &["XA START 't_xa_before'", &order(1), "XA END 't_xa_before'"]).await;
    run(&mut conn, &["XA PREPARE 't_xa_before'"]).await;
    let (said, hearing) = hear();
    let (mut source, position) = server.open(spec(database), None).await;
    drop(hearing);
    assert!(source.prepared() > 0, "{kind}: it has looked");
    let said = String::from_utf8(said.lock().expect("whole").clone()).expect("text");
    let warning = said.lines().find(|line| line.contains("code=\"C-140\"")).expect(&said);
    let way = ["WARN", "prepared=", "XA RECOVER lists them", "change the rows that it wrote"];
    assert!(way.iter().all(|words| warning.contains(words)), "{kind}: {warning}");
    run(&mut conn, &["XA COMMIT 't_xa_before'", &order(2)]).await;
    let rows = loop {
        let steps = until_commit(&mut source, 1).await;
        let rows = steps.iter().filter(|step| matches!(step, Step::Row(_))).count();
        if rows > 0 {
            break rows;
        }
    };
    assert_eq!(rows, 1, "{kind}: the order before is not captured");
    // What was begun before is not begun again: what is prepared meanwhile is in the log behind it.
    let (said, hearing) = hear();
    let (source, _) = server.open(spec(database), Some(position)).await;
    drop(hearing);
    assert_eq!(source.prepared(), 0, "{kind}");
    let said = String::from_utf8(said.lock().expect("whole").clone()).expect("text");
    assert!(!said.contains("C-140"), "{kind}: {said}");
}
