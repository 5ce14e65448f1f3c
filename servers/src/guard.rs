//! The promise that no server outlives the process that started it, even one killed by `kill -9`.
//!
//! A destructor does not run when a process is killed, so each server has a guard beside it: a shell
//! that reads from a pipe which only our process holds. A line says that the server was stopped in
//! order; the end of the pipe says that our process is gone, and the guard kills the server and
//! removes its temporary folder.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::error::{Error, Result};

const SCRIPT: &str = r#"
if read -r _; then exit 0; fi
kill -KILL "$1" 2>/dev/null
n=0
while kill -0 "$1" 2>/dev/null && [ $n -lt 100 ]; do sleep 0.05; n=$((n + 1)); done
[ -z "$2" ] || rm -rf -- "$2"
"#;

/// Kills a process when ours ends in whatever way; dropped without [`Guard::release`], it does so at once.
pub struct Guard {
    shell: Child,
}

impl Guard {
    /// Watches over the process `pid`; `folder` is removed after it when our process dies.
    ///
    /// # Errors
    /// There is no shell.
    pub fn watch(pid: u32, folder: Option<&Path>) -> Result<Self> {
        let shell = Command::new("sh")
            .args(["-c", SCRIPT, "guard", &pid.to_string()])
            .arg(folder.unwrap_or(Path::new("")))
            .process_group(0) // Ctrl-C in a terminal is for us, not for the guard
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| Error::io("`sh`", &e))?;
        Ok(Self { shell })
    }

    /// Ends the watch: the server has been stopped and waited for.
    pub fn release(mut self) {
        if let Some(mut pipe) = self.shell.stdin.take() {
            // A guard that is gone already has nothing left to be told.
            let _ = pipe.write_all(b"done\n");
        }
        let _ = self.shell.wait();
    }
}
