//! How far long work has come: a line that changes on a terminal, a line now and then elsewhere.

use std::io::{IsTerminal, Write as _};
use std::time::{Duration, Instant};

/// A search is mostly over before anyone wonders.
const PATIENCE: Duration = Duration::from_secs(2);

/// Progress towards a known total, on standard error.
pub(crate) struct Progress {
    doing: String,
    total: usize,
    began: Instant,
    /// It says nothing before.
    quiet_until: Instant,
    shown: Option<Instant>,
    terminal: bool,
}

impl Progress {
    pub(crate) fn new(doing: impl Into<String>, total: usize) -> Self {
        let (terminal, now) = (std::io::stderr().is_terminal(), Instant::now());
        Self { doing: doing.into(), total, began: now, quiet_until: now, shown: None, terminal }
    }

    /// Of looking through so many records of a topic: it is shown once nothing has been found for two seconds.
    pub(crate) fn search(topic: &str, total: usize) -> Self {
        let progress = Self::new(format!("`{topic}`: looked at"), total);
        Self { quiet_until: progress.began + PATIENCE, ..progress }
    }

    /// Something was found, or all is looked at: the line makes room for what is printed now.
    pub(crate) fn found(&mut self) {
        if self.terminal && self.shown.take().is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
        self.quiet_until = Instant::now() + PATIENCE;
    }

    /// So many are done.
    pub(crate) fn at(&mut self, done: usize) {
        let every = if self.terminal { Duration::from_millis(100) } else { Duration::from_secs(2) };
        let is_recent = self.shown.is_some_and(|shown| shown.elapsed() < every) && done < self.total;
        if is_recent || Instant::now() < self.quiet_until {
            return;
        }
        self.shown = Some(Instant::now());
        let line = line(&self.doing, done, self.total, self.began.elapsed());
        // A progress that cannot be shown stops nothing.
        let _ = if self.terminal {
            write!(std::io::stderr(), "\r{line}\x1b[K")
        } else {
            writeln!(std::io::stderr(), "{line}")
        };
    }

    /// The line is over.
    pub(crate) fn end(&self) {
        if self.terminal && self.shown.is_some() {
            eprintln!();
        }
    }
}

fn line(doing: &str, done: usize, total: usize, elapsed: Duration) -> String {
    let percent = (done * 100).checked_div(total).unwrap_or(100);
    let seconds = elapsed.as_secs_f64();
    let rate = if seconds > 0.0 { done as f64 / seconds } else { 0.0 };
    let left = if rate > 0.0 { (total.saturating_sub(done)) as f64 / rate } else { 0.0 };
    format!("{doing} {done} of {total} ({percent} %), {rate:.0}/s, {left:.0} s left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_rate_and_rest() {
        assert_eq!(
            line("redriven", 50, 200, Duration::from_secs(5)),
            "redriven 50 of 200 (25 %), 10/s, 15 s left"
        );
        assert_eq!(line("redriven", 0, 0, Duration::ZERO), "redriven 0 of 0 (100 %), 0/s, 0 s left");
    }
}
