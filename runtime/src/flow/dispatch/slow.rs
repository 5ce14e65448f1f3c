//! Handlers that run for long are named while they do: in a warning, and as a gauge.
//! It must not know: why they take so long.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::work::Worker;

impl Worker {
    /// Looks at what runs; names what has been running for longer than `slow`.
    pub(super) fn look(&self, slow: Duration) {
        let names = self.plan.commands.iter().flat_map(|table| table.names());
        let mut longest: BTreeMap<&str, Duration> =
            names.map(|name| (name.message, Duration::ZERO)).collect();
        for handler in self.watch.running() {
            let time = longest.entry(handler.command).or_default();
            *time = handler.running.max(*time);
        }
        for (command, running) in longest {
            self.ground.metrics.handler_running(command, running);
            if running < slow {
                continue;
            }
            if let Some(held_back) = self.hush.say(command, "H-110", Instant::now()) {
                let seconds = running.as_secs();
                tracing::warn!(target: "storm::dispatch", code = "H-110", command, seconds, held_back,
                    "a handler has been running for {seconds} s");
            }
        }
    }
}
