//! Each kind of server starts, dies in every way it can and comes back, leaving nothing behind.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use storm_servers::{Kind, Options, private};

fn takes_connections(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

fn runs(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

fn lives_and_dies(kind: Kind) {
    let Some(mut server) = private(kind, Options::new()) else { return };
    let (port, folder) = (server.port(), server.folder().to_path_buf());
    let first = server.pid().unwrap();
    assert!(takes_connections(port));

    server.kill9().unwrap();
    assert!(!runs(first) && !takes_connections(port));
    server.restart().unwrap();
    assert!(takes_connections(port));
    assert_eq!(server.port(), port);

    server.stop().unwrap();
    assert!(!takes_connections(port));
    TcpListener::bind(("127.0.0.1", port)).unwrap();
    server.restart().unwrap();

    let last = server.pid().unwrap();
    drop(server);
    assert!(!runs(last) && !takes_connections(port) && !folder.exists());
}

#[test]
fn mariadb_survives_a_kill_and_leaves_nothing() {
    lives_and_dies(Kind::Mariadb);
}

#[test]
fn mysql_survives_a_kill_and_leaves_nothing() {
    lives_and_dies(Kind::Mysql);
}

#[test]
fn kafka_survives_a_kill_and_leaves_nothing() {
    lives_and_dies(Kind::Kafka);
}

#[test]
fn a_kept_folder_is_reused_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options::new().folder(folder.path().join("data"));
    let Some(server) = private(Kind::Mariadb, options()) else { return };
    drop(server);
    let identity = folder.path().join("data/data/ibdata1");
    let made = std::fs::metadata(&identity).unwrap().created().unwrap();
    drop(Kind::Mariadb.start_with(options()).unwrap());
    assert_eq!(std::fs::metadata(&identity).unwrap().created().unwrap(), made);
}

#[test]
fn a_wrong_setting_is_said_with_the_servers_own_words() {
    if private(Kind::Mariadb, Options::new()).is_none() {
        return;
    }
    let refused = Kind::Mariadb.start_with(Options::new().argument("--no-such-setting=1"));
    let said = refused.map(drop).unwrap_err().to_string();
    assert!(
        said.starts_with("MariaDB did not start: it ended with") && said.contains("no-such-setting"),
        "{said}"
    );
}

/// A test program that is killed runs no destructor; its server must go all the same.
#[test]
fn a_killed_holder_takes_its_server_along() {
    if private(Kind::Mariadb, Options::new()).is_none() {
        return;
    }
    let programs = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_path_buf();
    let mut holder = Command::new(programs.join("examples/hold"))
        .arg("mariadb")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(holder.stdout.take().unwrap()).lines();
    let pid: u32 = said.next().unwrap().unwrap().parse().unwrap();
    let folder = PathBuf::from(said.next().unwrap().unwrap());
    assert!(runs(pid) && folder.exists());

    holder.kill().unwrap();
    holder.wait().unwrap();
    let start = Instant::now();
    while runs(pid) || folder.exists() {
        assert!(start.elapsed() < Duration::from_secs(10), "the server outlived its holder");
        thread::sleep(Duration::from_millis(20));
    }
}
