//! What services of this process have logged, for tests that hold them to their words.
//! It must not know: which service runs.

use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tracing_subscriber::fmt::TestWriter;

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn lines() -> MutexGuard<'static, Vec<String>> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where each line of the log goes, whole; and on to the output of its test.
#[derive(Default)]
pub(super) struct Ear(TestWriter);

impl Write for Ear {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        lines().push(String::from_utf8_lossy(line).into_owned());
        self.0.write(line)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is logged from a moment on, by every service of this process: those tests that ask for a
/// [`Rig`](super::Rig::in_turn) in turn hear themselves alone.
#[derive(Debug)]
pub struct Heard(usize);

impl Heard {
    /// From now on.
    pub fn from_here() -> Self {
        super::log();
        Self(lines().len())
    }

    /// The lines that carry this code.
    pub fn says(&self, code: &str) -> Vec<String> {
        let field = format!("code=\"{code}\"");
        lines()[self.0..].iter().filter(|line| line.contains(&field)).cloned().collect()
    }

    /// Waits until a line carries this code; all that do.
    ///
    /// # Panics
    /// When none does within a minute.
    pub async fn until(&self, code: &str) -> Vec<String> {
        let start = Instant::now();
        loop {
            let said = self.says(code);
            if !said.is_empty() {
                return said;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "nobody says {code}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
