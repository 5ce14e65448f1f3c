//! What MariaDB and MySQL have in common: the settings that capture needs, and the greeting by which
//! a ready server is known.

use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::server::Place;

/// The options both servers understand, in the same words.
pub(crate) fn settings(place: &Place<'_>, server_id: u32) -> Vec<String> {
    let folder = place.folder.display();
    let mut settings = vec![
        format!("--datadir={folder}/data"),
        format!("--tmpdir={folder}/tmp"),
        format!("--socket={folder}/my.sock"),
        format!("--pid-file={folder}/my.pid"),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--port={}", place.port),
        "--skip-name-resolve".to_owned(),
        "--character-set-server=utf8mb4".to_owned(),
        format!("--server-id={server_id}"),
        "--log-bin=binlog".to_owned(),
        "--binlog-format=ROW".to_owned(),
        "--binlog-row-image=FULL".to_owned(),
        "--binlog-row-metadata=FULL".to_owned(),
    ];
    settings.extend(place.arguments.iter().cloned());
    settings
}

/// `--user=root`, which both servers want to be told when root runs them.
pub(crate) fn as_root() -> Option<&'static str> {
    rustix::process::geteuid().is_root().then_some("--user=root")
}

/// Whether the server on this port greets a client: protocol version 10 after the packet's header.
/// A server that is still recovering does not listen, one that refuses sends an error instead.
pub(crate) fn greets(port: u16) -> bool {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let Ok(mut stream) = TcpStream::connect_timeout(&address, Duration::from_secs(1)) else { return false };
    let mut start = [0; 5];
    stream.set_read_timeout(Some(Duration::from_secs(5))).is_ok()
        && stream.read_exact(&mut start).is_ok()
        && start[4] == 10
}
