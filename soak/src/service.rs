//! One generated service as a process: started, watched, killed, stopped in its tracks.
//! It must not know: what the service does.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use storm_servers::Guard;

/// Between two looks at a condition.
const LOOK: Duration = Duration::from_millis(20);

/// How a service is to be started; it can be started again and again.
#[derive(Debug, Clone)]
pub struct Launch {
    program: PathBuf,
    logs: PathBuf,
    name: String,
    only: Option<&'static str>,
    environment: BTreeMap<String, String>,
}

impl Launch {
    /// The service of a context from the folder of programs, with its HTTP door on a free port.
    pub fn new(programs: &Path, logs: &Path, context: &str) -> Self {
        let environment = [("STORM_HTTP__LISTEN", "127.0.0.1:0"), ("STORM_SERVICE__INSTANCE", "0")];
        Self {
            program: programs.join(format!("{context}-service")),
            logs: logs.to_owned(),
            name: context.to_owned(),
            only: None,
            environment: environment.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        }
    }

    /// One of its loops only: `capture`, `publish` or `dispatch`.
    #[must_use]
    pub fn only(mut self, which: &'static str) -> Self {
        self.name = format!("{}-{which}", self.name);
        self.only = Some(which);
        self
    }

    /// As this replica.
    #[must_use]
    pub fn instance(mut self, instance: &str) -> Self {
        self.name = format!("{}-{instance}", self.name);
        self.set("STORM_SERVICE__INSTANCE", instance)
    }

    /// With this environment variable: `STORM_SECTION__KEY` sets a key of the configuration.
    #[must_use]
    pub fn set(mut self, variable: &str, value: &str) -> Self {
        self.environment.insert(variable.to_owned(), value.to_owned());
        self
    }

    /// What its log is called: context, loop and replica.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Starts the process; it may not be ready yet.
    ///
    /// # Panics
    /// When there is no such program.
    pub fn start(&self) -> Service {
        let log = self.logs.join(format!("{}.log", self.name));
        let append =
            || OpenOptions::new().create(true).append(true).open(&log).expect("a log can be written");
        let begins = append().metadata().map_or(0, |file| file.len());
        let mut command = Command::new(&self.program);
        if let Some(only) = self.only {
            command.args(["--only", only]);
        }
        let child = command
            .envs(&self.environment)
            .current_dir(&self.logs)
            .stdin(Stdio::null())
            .stdout(append())
            .stderr(append())
            .spawn()
            .unwrap_or_else(|error| panic!("`{}`: {error}", self.program.display()));
        let guard = Guard::watch(child.id(), None).unwrap_or_else(|error| panic!("{error}"));
        Service { child, guard: Some(guard), name: self.name.clone(), log, begins, door: None }
    }
}

/// How a service ended after it was asked to.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum Outcome {
    /// With exit code 0.
    Drained,
    /// With another one.
    Failed,
    /// Not in time: it was killed.
    Killed,
}

/// A running service. Dropped, it is killed.
pub struct Service {
    child: Child,
    guard: Option<Guard>,
    name: String,
    log: PathBuf,
    /// Where in the log this process begins.
    begins: u64,
    door: Option<SocketAddr>,
}

impl Service {
    /// Context, loop and replica.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What this process has printed so far.
    pub fn log(&self) -> String {
        let all = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(all.get(self.begins as usize..).unwrap_or_default()).into_owned()
    }

    /// The HTTP door's address: it stands in the log once the door is open.
    pub fn door(&mut self) -> Option<SocketAddr> {
        if self.door.is_none() {
            let log = self.log();
            let address = log.lines().find_map(|line| line.split(" http=").nth(1));
            self.door = address.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
        }
        self.door
    }

    /// What a path of the door answers with: status and body. Nothing when nobody answers.
    pub fn get(&mut self, path: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect_timeout(&self.door()?, Duration::from_secs(2)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split_whitespace().nth(1)?.parse().ok()?;
        Some((status, body.to_owned()))
    }

    /// True when /readyz says so.
    pub fn is_ready(&mut self) -> bool {
        self.get("/readyz").is_some_and(|(status, _)| status == 200)
    }

    /// Waits until it is ready.
    ///
    /// # Panics
    /// When it ends, or is not ready in time.
    pub fn await_ready(&mut self, patience: Duration) {
        let start = Instant::now();
        while !self.is_ready() {
            let ended = self.ended();
            let waits = ended.is_none() && start.elapsed() < patience;
            assert!(waits, "{} is not ready: {ended:?}\n{}", self.name, self.log());
            std::thread::sleep(LOOK);
        }
    }

    /// The sum of the samples of a metric whose labels contain this text: `storm_commands_total`, `outcome="done"`.
    /// 0 when there are none, or when nobody answers.
    pub fn metric(&mut self, name: &str, labels: &str) -> f64 {
        let Some((200, text)) = self.get("/metrics") else { return 0.0 };
        let sample = |line: &str| {
            let (series, value) = line.rsplit_once(' ')?;
            let rest = series.strip_prefix(name)?;
            let ours = (rest.is_empty() || rest.starts_with('{')) && rest.contains(labels);
            ours.then(|| value.parse::<f64>().ok()).flatten()
        };
        text.lines().filter_map(sample).sum()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be asked")
    }

    /// Waits for its end: how it ended, or nothing when it still runs.
    pub fn await_end(&mut self, patience: Duration) -> Option<ExitStatus> {
        let start = Instant::now();
        loop {
            match self.ended() {
                None if start.elapsed() < patience => std::thread::sleep(LOOK),
                ended => return ended,
            }
        }
    }

    /// Kills it at once, as a crash would, and waits until it is gone.
    pub fn kill9(mut self) {
        self.end();
    }

    /// Stops the process in its tracks, connections left open.
    ///
    /// # Panics
    /// When it has ended.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets a frozen process go on.
    ///
    /// # Panics
    /// When it has ended.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// Asks it to drain, as a deployment does, and waits for its end.
    pub fn terminate(mut self, patience: Duration) -> Outcome {
        if self.ended().is_none() {
            self.signal(Signal::TERM);
        }
        match self.await_end(patience) {
            Some(status) if status.success() => Outcome::Drained,
            Some(_) => Outcome::Failed,
            None => Outcome::Killed,
        }
    }

    fn signal(&self, signal: Signal) {
        let sent = kill_process(Pid::from_child(&self.child), signal);
        sent.unwrap_or_else(|error| panic!("signal to {}: {error}", self.name));
    }

    fn end(&mut self) {
        // One that has ended on its own cannot be killed; waiting for it is still right.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(guard) = self.guard.take() {
            guard.release();
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.end();
    }
}
