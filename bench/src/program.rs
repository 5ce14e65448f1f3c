//! A measured process: started, asked, accounted for, stopped by its process id.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::Outcome;

/// Long enough for a virtual machine of Java's on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);
const LOOK: Duration = Duration::from_millis(10);
/// Between two looks at what is measured: an answer costs the program a millisecond.
const GLANCE: Duration = Duration::from_millis(40);

pub(crate) struct Program {
    child: Child,
    http: u16,
    log: std::path::PathBuf,
}

/// What a process has cost since its start.
pub(crate) struct Cost {
    /// User and system time.
    pub(crate) cpu: Duration,
    /// The most memory that was resident at once, in MiB.
    pub(crate) peak: f64,
}

impl Program {
    /// A service of ours, once it says that it is ready.
    pub(crate) fn service(
        program: &Path,
        arguments: &[&str],
        settings: &[(&str, &str)],
        folder: &Path,
    ) -> Outcome<Self> {
        let http = free_port()?;
        let mut command = Command::new(program);
        command.args(arguments).envs(settings.iter().copied());
        command.env("STORM_HTTP__LISTEN", format!("127.0.0.1:{http}"));
        let mut started = Self::start(command, http, folder)?;
        started.wait_until("ready", |it| {
            it.get("/readyz").is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
        })?;
        Ok(started)
    }

    /// Any program; its output goes to a file in the folder.
    pub(crate) fn start(mut command: Command, http: u16, folder: &Path) -> Outcome<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let log = folder.join(format!("{}-{http}.log", name.rsplit('/').next().unwrap_or_default()));
        let said = |error: std::io::Error| format!("`{name}`: {error}");
        let out = File::create(&log).map_err(said)?;
        let err = out.try_clone().map_err(said)?;
        let child = command.stdin(Stdio::null()).stdout(out).stderr(err).spawn().map_err(said)?;
        Ok(Self { child, http, log })
    }

    /// Waits for a condition, as long as the process lives.
    pub(crate) fn wait_until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) -> Outcome<()> {
        let start = Instant::now();
        while !holds(self) {
            let ended = self.child.try_wait().map_err(|error| error.to_string())?;
            if ended.is_some() || start.elapsed() > PATIENCE {
                return Err(format!("not {what} ({ended:?}):\n{}", self.end_of_log()));
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    /// The last lines of what it printed.
    pub(crate) fn end_of_log(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// All that it printed so far.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The sum of a metric's samples whose labels hold all of these texts.
    pub(crate) fn metric(&self, name: &str, labels: &[&str]) -> f64 {
        let text = self.get("/metrics").unwrap_or_default();
        let sample = |line: &str| {
            let rest = line.strip_prefix(name)?;
            let (shown, value) = rest.rsplit_once(' ')?;
            (shown.starts_with('{') && labels.iter().all(|label| shown.contains(label)))
                .then(|| value.parse::<f64>().ok())?
        };
        text.lines().filter_map(sample).sum()
    }

    fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.http)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    /// The rate at which a count of its own grows from where it is by `records`: from the first tenth to the end.
    pub(crate) fn rate(&mut self, records: u64, count: impl Fn(&Self) -> f64) -> Outcome<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a count of records")]
        let (tenth, all) = (records as f64 / 10.0, records as f64);
        let mut begun: Option<(Instant, f64)> = None;
        let start = Instant::now();
        loop {
            let now = count(self);
            match begun {
                None if now >= tenth => begun = Some((Instant::now(), now)),
                Some((since, before)) if now >= all => {
                    return Ok((now - before) / since.elapsed().as_secs_f64());
                }
                _ => {}
            }
            let ended = self.child.try_wait().map_err(|error| error.to_string())?;
            if ended.is_some() || start.elapsed() > PATIENCE * 3 {
                return Err(format!("only {now} of {records} ({ended:?}):\n{}", self.end_of_log()));
            }
            std::thread::sleep(GLANCE);
        }
    }

    /// What it has cost so far, by the operating system's account.
    pub(crate) fn cost(&self) -> Outcome<Cost> {
        cost(self.child.id())
    }

    /// Asks it to end and waits until it has.
    pub(crate) fn stop(mut self) -> Outcome<()> {
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(30) {
            if self.child.try_wait().map_err(|error| error.to_string())?.is_some() {
                return Ok(());
            }
            std::thread::sleep(LOOK);
        }
        Err(format!("it does not end:\n{}", self.end_of_log()))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process has cost so far, by the operating system's account.
pub(crate) fn cost(process: u32) -> Outcome<Cost> {
    let proc = Path::new("/proc").join(process.to_string());
    let read = |name: &str| std::fs::read_to_string(proc.join(name)).map_err(|error| error.to_string());
    let stat = read("stat")?;
    // After the program's name: the 14th and 15th fields are ticks of user and system time.
    let fields: Vec<&str> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    let cpu = Duration::from_millis((ticks(11) + ticks(12)) * 1000 / rustix::param::clock_ticks_per_second());
    let status = read("status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    Ok(Cost { cpu, peak: peak.and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0 })
}

/// A port of 127.0.0.1 that nobody listens on.
pub(crate) fn free_port() -> Outcome<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}
