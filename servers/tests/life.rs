//! Each kind of server starts, dies in every way it can and comes back, leaving nothing behind.

use std::net::{TcpListener, TcpStream};
use std::path::Path;

use storm_servers::{Kind, Options, Server, skip};

/// Starts one, or says why not: a machine without it can still run the rest.
fn start(kind: Kind, options: Options) -> Option<Server> {
    if let Err(error) = kind.install() {
        skip(kind.name(), &error.to_string());
        return None;
    }
    Some(kind.start_with(options).unwrap())
}

fn takes_connections(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

fn runs(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

fn lives_and_dies(kind: Kind) {
    let Some(mut server) = start(kind, Options::new()) else { return };
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
    let Some(server) = start(Kind::Mariadb, options()) else { return };
    drop(server);
    let identity = folder.path().join("data/data/ibdata1");
    let made = std::fs::metadata(&identity).unwrap().created().unwrap();
    drop(start(Kind::Mariadb, options()).unwrap());
    assert_eq!(std::fs::metadata(&identity).unwrap().created().unwrap(), made);
}

#[test]
fn a_wrong_setting_is_said_with_the_servers_own_words() {
    if start(Kind::Mariadb, Options::new()).is_none() {
        return;
    }
    let refused = Kind::Mariadb.start_with(Options::new().argument("--no-such-setting=1"));
    let said = refused.map(drop).unwrap_err().to_string();
    assert!(
        said.starts_with("MariaDB did not start: it ended with") && said.contains("no-such-setting"),
        "{said}"
    );
}
