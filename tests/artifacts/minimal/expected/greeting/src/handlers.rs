//! What `Greeting` does with its commands. Yours: written once, never touched again.
//!
//! A command changes rows; the events that the model captures from these rows need nothing more. An event without a row
//! of its own is recorded: `work.record(event).await`.

use storm_runtime::{Failure, Fault, Start, Work};

use crate::model::commands::{Commands, PourCoffee, SayHello};

/// What the handlers need: connections to other systems, settings. The database comes with each command.
pub struct Handlers;

impl Handlers {
    /// Makes the handlers at the service's start; `start.setting("name")` reads `[handlers.name]` of the configuration.
    ///
    /// # Errors
    /// What keeps the service from starting.
    pub fn connect(_start: &Start) -> Result<Self, Fault> {
        Ok(Handlers)
    }
}

impl Commands for Handlers {
    /// What comes of it: `GuestGreeted`.
    async fn say_hello(&self, _command: SayHello, _work: &mut Work<'_>) -> Result<(), Failure> {
        Err(Failure::for_good("`SayHello` is not handled yet"))
    }

    /// What comes of it: `CoffeePoured`.
    async fn pour_coffee(&self, _command: PourCoffee, _work: &mut Work<'_>) -> Result<(), Failure> {
        Err(Failure::for_good("`PourCoffee` is not handled yet"))
    }
}
