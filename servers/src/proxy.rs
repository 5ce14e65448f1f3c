//! A network between a client and a server that breaks when it is told to: it cuts connections, or lets them stand without
//! a byte passing, which is what a lost route or a full queue looks like from both ends.
//! It must not know: what is spoken through it.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::error::{Error, Result};
use crate::port;

/// A TCP proxy on a loopback port. Dropping it cuts its connections and stops listening.
pub struct Proxy {
    port: u16,
    wires: Arc<Wires>,
    accepting: Option<thread::JoinHandle<()>>,
}

#[derive(Default)]
struct Wires {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Connections up to this number are held back.
    stalled: u64,
    closed: bool,
    /// Both ends of each open connection.
    open: Vec<(u64, TcpStream, TcpStream)>,
    accepted: u64,
    /// How many bytes may still pass before every connection is cut.
    allowance: Option<usize>,
}

impl Proxy {
    /// Listens on a free port and passes every connection on to `target`, for example `127.0.0.1:3306`.
    ///
    /// # Errors
    /// `target` is no address, or there is no free port.
    pub fn to(target: &str) -> Result<Self> {
        let target: SocketAddr = target
            .parse()
            .map_err(|_| Error::new(format!("`{target}` is no address such as 127.0.0.1:3306")))?;
        let port = port::free()?;
        let failed = |error: std::io::Error| Error::io(format!("the proxy's port {port}"), &error);
        let listener = TcpListener::bind(("127.0.0.1", port)).map_err(failed)?;
        let wires = Arc::new(Wires::default());
        let inner = Arc::clone(&wires);
        let accepting =
            thread::Builder::new().name("proxy".into()).spawn(move || accept(&listener, target, &inner));
        Ok(Self { port, wires, accepting: Some(accepting.map_err(failed)?) })
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Closes every open connection, both ends; new ones pass.
    pub fn cut(&self) {
        self.wires.lock().cut();
    }

    /// Closes every open connection once so many more bytes have passed, both ways counted: in the middle of whatever is
    /// being said then.
    pub fn cut_after(&self, bytes: usize) {
        self.wires.lock().allowance = Some(bytes);
    }

    /// From now on no byte passes through the connections that are open; they stand. New ones pass.
    pub fn stall(&self) {
        let mut state = self.wires.lock();
        state.stalled = state.accepted;
    }

    /// As [`Proxy::stall`], and new connections are accepted and hear nothing.
    pub fn block(&self) {
        self.wires.lock().stalled = u64::MAX;
    }

    /// What was held back passes, and all that follows.
    pub fn resume(&self) {
        self.wires.lock().stalled = 0;
        self.wires.changed.notify_all();
    }

    /// How many connections were accepted since it listens.
    pub fn accepted(&self) -> u64 {
        self.wires.lock().accepted
    }
}

impl State {
    fn cut(&mut self) {
        for (_, client, server) in self.open.drain(..) {
            close(&client, &server);
        }
    }
}

impl Wires {
    /// Takes bytes from the allowance, if there is one. When it is used up, all connections are cut: false.
    fn spend(&self, bytes: usize) -> bool {
        let mut state = self.lock();
        match &mut state.allowance {
            None => true,
            Some(left) if *left >= bytes => {
                *left -= bytes;
                true
            }
            Some(_) => {
                state.allowance = None;
                state.cut();
                false
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while nothing may pass. False when the proxy is gone.
    fn may_pass(&self, connection: u64) -> bool {
        let held = |state: &mut State| connection <= state.stalled && !state.closed;
        let state = self.changed.wait_while(self.lock(), held).unwrap_or_else(PoisonError::into_inner);
        !state.closed
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.wires.lock().closed = true;
        self.wires.changed.notify_all();
        self.cut();
        // The listening thread looks up when someone knocks.
        let knocked = TcpStream::connect(("127.0.0.1", self.port));
        if let (Ok(_), Some(accepting)) = (knocked, self.accepting.take()) {
            let _ = accepting.join();
        }
    }
}

fn accept(listener: &TcpListener, target: SocketAddr, wires: &Arc<Wires>) {
    for client in listener.incoming() {
        if wires.lock().closed {
            return;
        }
        // A server that is down refuses: the client sees its connection end at once.
        let (Ok(client), Ok(server)) = (client, TcpStream::connect(target)) else { continue };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        if let Err(error) = join(client, server, wires) {
            eprintln!("a connection through the proxy failed: {error}");
        }
    }
}

/// Passes bytes both ways, on a thread each.
fn join(client: TcpStream, server: TcpStream, wires: &Arc<Wires>) -> std::io::Result<()> {
    let id = {
        let mut state = wires.lock();
        state.accepted += 1;
        let id = state.accepted;
        state.open.push((id, client.try_clone()?, server.try_clone()?));
        id
    };
    let ways = [(client.try_clone()?, server.try_clone()?), (server, client)];
    for (from, to) in ways {
        let wires = Arc::clone(wires);
        thread::Builder::new().name("proxy-wire".into()).spawn(move || {
            pass(id, &from, &to, &wires);
            close(&from, &to);
            wires.lock().open.retain(|(open, ..)| *open != id);
        })?;
    }
    Ok(())
}

fn pass(id: u64, mut from: &TcpStream, mut to: &TcpStream, wires: &Wires) {
    let mut buffer = [0; 16 << 10];
    loop {
        let read = match from.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Ok(0) | Err(_) => return,
            Ok(read) => read,
        };
        if !wires.may_pass(id) || !wires.spend(read) || to.write_all(&buffer[..read]).is_err() {
            return;
        }
    }
}

/// An end that is closed already stays so.
fn close(client: &TcpStream, server: &TcpStream) {
    let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A server that answers each byte with the next one.
    fn server() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        thread::spawn(move || {
            for mut client in listener.incoming().flatten() {
                thread::spawn(move || {
                    let mut byte = [0];
                    while client.read_exact(&mut byte).is_ok() && client.write_all(&[byte[0] + 1]).is_ok() {}
                });
            }
        });
        address
    }

    fn ask(mut stream: &TcpStream, byte: u8) -> std::io::Result<u8> {
        let mut answer = [byte];
        stream.write_all(&answer)?;
        stream.read_exact(&mut answer)?;
        Ok(answer[0])
    }

    #[test]
    fn bytes_pass_are_held_back_and_are_cut() {
        let proxy = Proxy::to(&server()).unwrap();
        let client = TcpStream::connect(proxy.address()).unwrap();
        assert_eq!(ask(&client, 1).unwrap(), 2);

        proxy.stall();
        client.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let held = ask(&client, 2).unwrap_err();
        assert!(matches!(held.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{held}");
        let other = TcpStream::connect(proxy.address()).unwrap();
        assert_eq!(ask(&other, 7).unwrap(), 8, "a new connection passes");
        client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        proxy.resume();
        let mut answer = [0];
        (&client).read_exact(&mut answer).unwrap();
        assert_eq!(answer, [3], "what was held back comes");

        proxy.cut();
        assert!(ask(&client, 3).is_err(), "the connection is gone");
        let again = TcpStream::connect(proxy.address()).unwrap();
        assert_eq!((ask(&again, 4).unwrap(), proxy.accepted()), (5, 3));
        proxy.cut_after(3);
        assert_eq!(ask(&again, 5).unwrap(), 6);
        assert!(ask(&again, 6).is_err(), "the fourth byte is one too many");

        let address = proxy.address();
        drop(proxy);
        assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
    }
}
