//! Asking loops to end: a flag that threads look at and tasks wait for.
//! It must not know: who asks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// Shared by all loops of a process.
#[derive(Clone)]
pub(crate) struct Stop(Arc<watch::Sender<bool>>);

impl Stop {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::channel(false).0))
    }

    /// Asks.
    pub(crate) fn ask(&self) {
        self.0.send_replace(true);
    }

    /// True once asked.
    pub(crate) fn asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until asked.
    pub(crate) async fn wait(&self) {
        let mut asked = self.0.subscribe();
        // The sender lives as long as `self`: waiting does not fail.
        let _ = asked.wait_for(|asked| *asked).await;
    }

    /// Holds this thread up for `time`, or less when asked meanwhile.
    pub(crate) fn sleep_here(&self, time: Duration) {
        let start = Instant::now();
        while !self.asked() && start.elapsed() < time {
            std::thread::sleep(Duration::from_millis(20).min(time.saturating_sub(start.elapsed())));
        }
    }

    /// Sleeps, or less when asked meanwhile. False when asked.
    pub(crate) async fn sleep(&self, time: Duration) -> bool {
        tokio::select! {
            () = self.wait() => false,
            () = tokio::time::sleep(time) => true,
        }
    }
}
