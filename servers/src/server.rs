//! One running server: its address, its life and its several deaths.

use std::fs::{File, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use tempfile::TempDir;

use crate::error::{Error, Result};
use crate::guard::Guard;
use crate::options::Options;
use crate::{Kind, port};

/// How long a start may take: MySQL initialises in seconds, a busy machine takes its time.
const START: Duration = Duration::from_secs(120);
/// How long an orderly stop may take before the process is killed.
const STOP: Duration = Duration::from_secs(60);
/// Between two looks at a condition.
const LOOK: Duration = Duration::from_millis(20);

/// How one kind of server is prepared, run and asked whether it is ready.
pub(crate) trait Recipe: Send + Sync {
    /// Fetches what is not installed and makes an empty data folder ready. Does nothing the second time.
    fn prepare(&self, place: &Place<'_>) -> Result<()>;
    /// The command that runs the server in the foreground.
    fn command(&self, place: &Place<'_>) -> Result<Command>;
    /// Whether it answers now.
    fn is_ready(&self, port: u16) -> bool;
}

/// Where one instance lives and what it was told.
pub(crate) struct Place<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) port: u16,
    pub(crate) arguments: &'a [String],
    /// Of the Java machine below it, if it has one.
    pub(crate) java: &'a [String],
}

/// A private server on a loopback port. Dropping it stops it and, unless a folder was given,
/// removes its data.
pub struct Server {
    kind: Kind,
    port: u16,
    arguments: Vec<String>,
    java: Vec<String>,
    running: Option<Running>,
    folder: PathBuf,
    temporary: Option<TempDir>,
}

struct Running {
    child: Child,
    guard: Guard,
}

impl Server {
    pub(crate) fn start_new(kind: Kind, options: Options) -> Result<Self> {
        let (folder, temporary) = match options.folder {
            Some(folder) => {
                std::fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
                (std::path::absolute(&folder).map_err(Error::file(&folder))?, None)
            }
            None => {
                let prefix = format!("storm-{}-", kind.name());
                let temporary = tempfile::Builder::new().prefix(&prefix).tempdir();
                let temporary = temporary.map_err(|e| Error::io("a temporary folder", &e))?;
                (temporary.path().to_path_buf(), Some(temporary))
            }
        };
        let port = options.port.map_or_else(port::free, Ok)?;
        let Options { arguments, java, .. } = options;
        let mut server = Self { kind, port, arguments, java, running: None, folder, temporary };
        kind.recipe().prepare(&server.place())?;
        server.run()?;
        Ok(server)
    }

    /// Which kind of server this is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The port on 127.0.0.1; it stays the same over restarts.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `127.0.0.1:PORT`, as a Kafka client wants it.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What the tests' environment variable holds: `mysql://root@127.0.0.1:PORT` for a database, the
    /// address for Kafka.
    pub fn url(&self) -> String {
        match self.kind {
            Kind::Mariadb | Kind::Mysql => format!("mysql://root@{}", self.address()),
            Kind::Kafka => self.address(),
        }
    }

    /// A command line that talks to it, for a person at a shell.
    pub fn shell(&self) -> String {
        match self.kind {
            Kind::Mariadb | Kind::Mysql => {
                format!("mariadb --no-defaults -h 127.0.0.1 -P {} -u root", self.port)
            }
            Kind::Kafka => crate::kafka::shell(&self.address()),
        }
    }

    /// The folder with its data and its log, `server.log`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file to which the server writes what it prints.
    pub fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    /// The process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(|running| running.child.id())
    }

    /// Asks the server to end and waits for it; kills it when it takes longer than a minute.
    /// Does nothing if it is not running.
    pub fn stop(&mut self) -> Result<()> {
        let Some(mut running) = self.running.take() else { return Ok(()) };
        // A process that has ended on its own cannot be signalled; waiting for it is still right.
        let _ = signal(&running.child, Signal::TERM);
        let ended = wait(&mut running.child, STOP)?;
        if ended.is_none() {
            end_now(&mut running.child)?;
        }
        running.guard.release();
        match ended {
            Some(_) => Ok(()),
            None => Err(Error::new(format!("{} did not stop in {STOP:?} and was killed", self.kind))
                .with_log(&self.log())),
        }
    }

    /// Kills the server at once, as a crash would, and waits until it is gone.
    pub fn kill9(&mut self) -> Result<()> {
        let Some(mut running) = self.running.take() else { return Ok(()) };
        let ended = end_now(&mut running.child);
        running.guard.release();
        ended
    }

    /// Starts the server again on the same port with the same data; stops it first if it runs.
    /// Returns when it is ready.
    pub fn restart(&mut self) -> Result<()> {
        self.stop()?;
        self.run()
    }

    /// Stops the process in its tracks, connections left open: what a stalled machine looks like.
    pub fn freeze(&self) -> Result<()> {
        self.signal_running(Signal::STOP)
    }

    /// Lets a frozen process go on.
    pub fn thaw(&self) -> Result<()> {
        self.signal_running(Signal::CONT)
    }

    /// From now on no file of the server grows beyond `bytes`, until it is started again: what writes beyond that fails,
    /// as it does on a disk that is full.
    ///
    /// Fails when it does not run, or the system does not let us.
    pub fn fill_disk(&self, bytes: u64) -> Result<()> {
        let not_running = || Error::new(format!("{} is not running", self.kind));
        let running = self.running.as_ref().ok_or_else(not_running)?;
        let limit = Rlimit { current: Some(bytes), maximum: None };
        let failed = |e: rustix::io::Errno| Error::io("a limit on a server's files", &e.into());
        prlimit(Some(Pid::from_child(&running.child)), Resource::Fsize, limit).map(drop).map_err(failed)
    }

    /// Waits until the server has ended by itself; false when it still runs after `limit`.
    ///
    /// Fails when the system does not say.
    pub fn ends_within(&mut self, limit: Duration) -> Result<bool> {
        let Some(running) = &mut self.running else { return Ok(true) };
        wait(&mut running.child, limit).map(|ended| ended.is_some())
    }

    fn signal_running(&self, with: Signal) -> Result<()> {
        match &self.running {
            Some(running) => signal(&running.child, with),
            None => Err(Error::new(format!("{} is not running", self.kind))),
        }
    }

    fn place(&self) -> Place<'_> {
        Place { folder: &self.folder, port: self.port, arguments: &self.arguments, java: &self.java }
    }

    fn run(&mut self) -> Result<()> {
        let recipe = self.kind.recipe();
        let log = self.log();
        let mut command = recipe.command(&self.place())?;
        command.process_group(0).stdin(Stdio::null());
        command.stdout(append(&log)?).stderr(append(&log)?);
        let child = command.spawn().map_err(|e| Error::io(format!("`{}`", self.kind), &e))?;
        let guard = Guard::watch(child.id(), self.temporary.as_ref().map(TempDir::path));
        let mut running = match guard {
            Ok(guard) => Running { child, guard },
            Err(error) => {
                let mut child = child;
                end_now(&mut child)?;
                return Err(error);
            }
        };
        let outcome = await_ready(&mut running.child, || recipe.is_ready(self.port));
        self.running = Some(running);
        if let Err(why) = outcome {
            self.kill9()?;
            return Err(Error::new(format!("{} did not start: {why}", self.kind)).with_log(&log));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Data that nobody will look at again needs no orderly end.
        let ended = if self.temporary.is_some() { self.kill9() } else { self.stop() };
        if let Err(error) = ended {
            eprintln!("{error}");
        }
    }
}

/// Runs a command, writing what it prints to a new file, until a condition holds; then stops it in order.
pub(crate) fn run_until(mut command: Command, log: &Path, holds: impl Fn() -> bool) -> Result<()> {
    let output = File::create(log).map_err(Error::file(log))?;
    let again = output.try_clone().map_err(Error::file(log))?;
    command.process_group(0).stdin(Stdio::null()).stdout(output).stderr(again);
    let mut child = command.spawn().map_err(|e| Error::io("a server's helper", &e))?;
    let guard = Guard::watch(child.id(), None);
    let outcome = await_ready(&mut child, holds);
    // One that has ended by itself cannot be signalled; waiting for it is still right.
    let _ = signal(&child, Signal::TERM);
    let ended = wait(&mut child, STOP);
    if !matches!(ended, Ok(Some(_))) {
        end_now(&mut child)?;
    }
    guard?.release();
    outcome.map_err(|why| Error::new(format!("waited in vain: {why}")).with_log(log))?;
    ended.map(drop)
}

fn append(log: &Path) -> Result<File> {
    OpenOptions::new().create(true).append(true).open(log).map_err(Error::file(log))
}

fn signal(child: &Child, signal: Signal) -> Result<()> {
    kill_process(Pid::from_child(child), signal)
        .map_err(|e| Error::io(format!("signal to process {}", child.id()), &e.into()))
}

fn end_now(child: &mut Child) -> Result<()> {
    let gone = |e: std::io::Error| Error::io("waiting for a killed server", &e);
    child.kill().map_err(gone)?;
    child.wait().map(drop).map_err(gone)
}

/// Waits for the end of a process: its status, or nothing when it still runs after `limit`.
fn wait(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(Some(status)),
            Ok(None) if start.elapsed() < limit => thread::sleep(LOOK),
            Ok(None) => return Ok(None),
            Err(error) => return Err(Error::io("waiting for a server to stop", &error)),
        }
    }
}

fn await_ready(child: &mut Child, is_ready: impl Fn() -> bool) -> std::result::Result<(), String> {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(None) => {}
            Ok(Some(status)) => return Err(format!("it ended with {status}")),
            Err(error) => return Err(error.to_string()),
        }
        if is_ready() {
            return Ok(());
        }
        if start.elapsed() > START {
            return Err(format!("it was not ready after {START:?}"));
        }
        thread::sleep(LOOK);
    }
}
