//! The database and the network at their worst: each ends with every row captured once, or in a coded halt that names the
//! next command.

use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Command;

use mysql_async::prelude::Queryable;
use storm_runtime::source::mysql::{MysqlConfig, MysqlSource};
use storm_runtime::source::{Position, Source, SourceError, Step};
use storm_servers::{Kind, Proxy};

use crate::captured::{Own, capture, each_once, errors, eventually, halted, rig, try_capture};
use crate::shop::{create, spec};
use crate::support::{run, until_commit, until_error};

#[tokio::test(flavor = "multi_thread")]
async fn a_mariadb_that_dies_and_a_network_that_breaks_cost_nothing() {
    storms(Kind::Mariadb).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mysql_that_dies_and_a_network_that_breaks_cost_nothing() {
    storms(Kind::Mysql).await;
}

/// Kills, cuts, stalls and restarts under a capture that runs on.
async fn storms(kind: Kind) {
    let Some(mut own) = Own::start(kind) else { return };
    let proxy = Proxy::to(&own.server.address()).expect("a proxy");
    create(&mut own.connect().await, "shop").await;
    let rig = rig().await;
    let running = capture(&rig, &proxy.address(), "").await;
    own.place(0..20).await;
    each_once(&rig, 0..20).await;

    // The dump thread is killed on the server.
    let mut conn = own.connect().await;
    let dumps = "SELECT id FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'";
    for id in conn.query::<u64, _>(dumps).await.expect("a list") {
        // One that is gone by itself in the meantime is no error.
        let _ = conn.query_drop(format!("KILL {id}")).await;
    }
    drop(conn);
    own.place(20..40).await;
    eventually("a lost dump", || errors(&running, "C-120") > 0).await;
    each_once(&rig, 0..40).await;

    // The connection is cut, and then again while it is being made anew.
    let lost = errors(&running, "C-120") + errors(&running, "C-101");
    proxy.cut();
    own.place(40..50).await;
    eventually("a cut connection", || errors(&running, "C-120") + errors(&running, "C-101") > lost).await;
    proxy.cut();
    own.place(50..60).await;
    each_once(&rig, 0..60).await;

    // The connection stands and nothing passes: only the missing heartbeats tell.
    proxy.stall();
    own.place(60..80).await;
    eventually("a silent connection", || errors(&running, "C-121") > 0).await;
    each_once(&rig, 0..80).await;
    proxy.resume();

    // The server is restarted in order, and killed.
    own.server.restart().expect("it comes back");
    own.place(80..100).await;
    each_once(&rig, 0..100).await;
    own.server.kill9().expect("it is gone");
    own.server.restart().expect("it comes back");
    own.place(100..120).await;
    each_once(&rig, 0..120).await;

    // All of it while rows are being written, and a restart of capture itself.
    let writing = own.place(120..400);
    let breaking = async {
        for _ in 0..6 {
            tokio::time::sleep(std::time::Duration::from_millis(40)).await;
            proxy.cut();
        }
    };
    tokio::join!(writing, breaking);
    running.stop().await.expect("it drains");
    own.place(400..420).await;
    let running = capture(&rig, &proxy.address(), "").await;
    each_once(&rig, 0..420).await;
    running.stop().await.expect("it drains");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mariadb_with_another_history_is_halted_and_named() {
    other_history(Kind::Mariadb, "RESET MASTER").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mysql_with_another_history_is_halted_and_named() {
    other_history(Kind::Mysql, "RESET BINARY LOGS AND GTIDS").await;
}

fn config(own: &Own) -> MysqlConfig {
    let config = MysqlConfig::from_url(&own.server.url()).expect("a URL");
    MysqlConfig { server_id: 9_001, heartbeat_seconds: 1, ..config }
}

async fn open(own: &Own, from: &Position) -> Result<MysqlSource, SourceError> {
    let mut source = MysqlSource::new(config(own), spec("shop"));
    source.open(Some(from.clone())).await.map(|_| source)
}

async fn is_other(own: &Own, from: &Position, what: &str) {
    let error = open(own, from).await.map(drop).expect_err(what);
    assert_eq!((error.code, error.is_transient()), ("C-115", false), "{what}: {error}");
    assert!(error.help.contains("set `source.shop.incarnation = 2`"), "{what}: {error}");
    assert!(error.help.contains(&from.file) && error.help.contains("present end is `"), "{what}: {error}");
}

/// The same GTIDs, other data: by a reset, and by a backup that was brought back.
async fn other_history(kind: Kind, reset: &str) {
    let Some(mut own) = Own::start(kind) else { return };
    let mut conn = own.connect().await;
    create(&mut conn, "shop").await;
    let mut source = MysqlSource::new(config(&own), spec("shop"));
    source.open(None).await.expect("opens");
    own.place(0..3).await;
    let steps = until_commit(&mut source, 3).await;
    drop(source);
    let positions: Vec<Position> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Commit(position) => Some(position.clone()),
            _ => None,
        })
        .collect();
    let by_file = |position: &Position| Position { gtid_set: String::new(), ..position.clone() };
    let (earlier, last) = (&positions[0], &positions[2]);

    // As long as the history is the same it goes on, by GTID and by file, and from what an older version has stored.
    let stored = serde_json::to_value(earlier).expect("JSON");
    let mut old = stored.clone();
    old.as_object_mut().expect("an object").remove("last").expect("what was read last");
    for from in [stored, old].map(|json| serde_json::from_value::<Position>(json).expect("a position")) {
        for from in [by_file(&from), from] {
            let mut again = open(&own, &from).await.expect("the same history");
            assert_eq!(until_commit(&mut again, 2).await.len(), 6);
        }
    }
    // A file that was purged in order cannot be read again; what follows can.
    run(&mut conn, &["FLUSH BINARY LOGS"]).await;
    own.place(3..4).await;
    let logs: Vec<mysql_async::Row> = conn.query("SHOW BINARY LOGS").await.expect("logs");
    let newest: String = logs.last().and_then(|row| row.get(0)).expect("a log");
    run(&mut conn, &[&format!("PURGE BINARY LOGS TO '{newest}'")]).await;
    let mut after = open(&own, last).await.expect("nothing is missing");
    assert_eq!(until_commit(&mut after, 1).await.len(), 3);
    drop(after);

    // A backup that is brought back: from there the server goes another way, under the same GTIDs.
    let (data, backup) = (own.server.folder().join("data"), own.server.folder().join("backup"));
    own.server.kill9().expect("it is gone");
    copy(&data, &backup);
    own.server.restart().expect("it comes back");
    let mut source = open(&own, last).await.expect("the same history");
    own.place(200..203).await;
    let taken_back = until_commit(&mut source, 4).await.pop();
    let Some(Step::Commit(taken_back)) = taken_back else { panic!("{taken_back:?}") };
    drop(source);
    own.server.kill9().expect("it is gone");
    std::fs::remove_dir_all(&data).expect("the data is lost");
    std::fs::rename(&backup, &data).expect("the backup is there");
    own.server.restart().expect("it comes back");
    let error = open(&own, &taken_back).await.map(drop).expect_err("a backup, still behind");
    assert!(["C-111", "C-115"].contains(&error.code), "{error}");
    own.place(300..303).await;
    is_other(&own, &taken_back, "a backup").await;
    open(&own, last).await.expect("what lies before the backup is the same");

    // A reset, with more other transactions than there were.
    let mut conn = own.connect().await;
    run(&mut conn, &[reset]).await;
    own.place(400..440).await;
    for (from, what) in
        [(last, "a reset"), (earlier, "a reset, one earlier"), (&taken_back, "a reset, a later file")]
    {
        is_other(&own, from, what).await;
    }
    let by_file = open(&own, &by_file(last)).await.map(drop).expect_err("a reset, by file");
    assert!(["C-111", "C-115"].contains(&by_file.code), "{by_file}");

    // The service says the same, and goes on with the operator's word.
    let rig = rig().await;
    let address = own.server.address();
    let running = capture(&rig, &address, "").await;
    own.place(500..503).await;
    each_once(&rig, 500..503).await;
    running.stop().await.expect("it drains");
    run(&mut conn, &[reset]).await;
    own.place(600..650).await;
    let fault = halted(try_capture(&rig, "shop", &address, "").await.expect("it starts")).await;
    assert_eq!(fault.code, "C-115", "{fault}");
    assert!(fault.help.contains("set `source.shop.incarnation = 2`"), "{fault}");
    let running = capture(&rig, &address, "incarnation = 2").await;
    own.place(503..505).await;
    let raw = each_once(&rig, 500..505).await;
    let ids: Vec<_> = raw.iter().map(|seen| seen.header("ce_id").split('/').next()).collect();
    assert_eq!(ids.iter().filter(|id| **id == Some("shop.2")).count(), 2, "{ids:?}");
    running.stop().await.expect("it drains");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bit_that_flips_on_a_mariadbs_disk_is_seen_and_named() {
    flipped(Kind::Mariadb).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bit_that_flips_on_a_mysqls_disk_is_seen_and_named() {
    flipped(Kind::Mysql).await;
}

/// Three orders in the log; of the second one a letter is another now. The server sends it as it stands.
async fn flipped(kind: Kind) {
    let Some(own) = Own::start(kind) else { return };
    let mut conn = own.connect().await;
    create(&mut conn, "shop").await;
    let mut source = MysqlSource::new(config(&own), spec("shop"));
    let start = source.open(None).await.expect("opens");
    let orders =
        [1, 2, 3].map(|number| format!("INSERT INTO shop.orders VALUES ({number}, 'secret-{number}')"));
    run(&mut conn, &orders.each_ref().map(String::as_str)).await;
    until_commit(&mut source, 3).await;
    drop(source);
    let log = own.server.folder().join("data").join(&start.file);
    let bytes = std::fs::read(&log).expect("the log");
    let at = bytes.windows(8).rposition(|bytes| bytes == b"secret-2").expect("the second order");
    let file = std::fs::File::options().write(true).open(&log).expect("the log");
    file.write_all_at(&[bytes[at] ^ 1], at as u64).expect("another letter");

    let by_file = Position { gtid_set: String::new(), ..start };
    let mut source = open(&own, &by_file).await.expect("what lies before is whole");
    let first = until_commit(&mut source, 1).await;
    assert_eq!(first.iter().filter(|step| matches!(step, Step::Row(_))).count(), 1, "{kind}");
    let error = until_error(&mut source).await;
    // It is tried again: the network may have done it.
    assert_eq!((error.code, error.is_transient()), ("C-131", true), "{kind}: {error}");
    assert!(error.message.contains(&format!("it stands at `{}:", by_file.file)), "{kind}: {error}");
    assert!(error.help.contains("mysqlbinlog") && !format!("{error}").contains("ecret"), "{kind}: {error}");
}

/// Copies a folder.
fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status().expect("cp runs");
    assert!(copied.success(), "the folder is copied");
}
