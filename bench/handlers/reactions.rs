//! The handler that is measured: no work at all, or a pause as long as `[handlers.pause] ms` says.

use std::time::Duration;

use storm_runtime::{Failure, Fault, Start, Work};

use crate::model::commands::{Commands, React};

/// The handlers of Reactions.
pub struct Handlers {
    pause: Option<Duration>,
}

impl Handlers {
    /// Reads how long a handler shall take.
    ///
    /// # Errors
    /// The setting is no number of milliseconds.
    pub fn connect(start: &Start) -> Result<Self, Fault> {
        Ok(Self { pause: start.setting::<u64>("pause_ms")?.filter(|ms| *ms > 0).map(Duration::from_millis) })
    }
}

impl Commands for Handlers {
    async fn react(&self, _command: React, _work: &mut Work<'_>) -> Result<(), Failure> {
        if let Some(pause) = self.pause {
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }
}
