//! A program that runs beside the tests, and goes with whoever holds it.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use storm_servers::Guard;

pub struct Process {
    child: Child,
    guard: Option<Guard>,
}

impl Process {
    /// Starts it; what it prints goes to two files in a folder.
    pub fn start(name: &str, command: &mut Command, folder: &Path) -> Self {
        let file = |ending: &str| File::create(folder.join(format!("{name}.{ending}"))).unwrap();
        let command = command.stdin(Stdio::null()).stdout(file("out")).stderr(file("log"));
        let child = command.spawn().unwrap();
        let guard = Some(Guard::watch(child.id(), None).unwrap());
        Self { child, guard }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(guard) = self.guard.take() {
            guard.release();
        }
    }
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
