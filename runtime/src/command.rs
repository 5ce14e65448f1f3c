//! Commands: the table from a command's name to the handler that does it.
//! It must not know: where a command comes from, or how often it is tried.

pub(crate) mod leash;
pub mod work;

use std::future::Future;
use std::pin::Pin;

use crate::Refusal;
use crate::failure::Failure;
use crate::message::Command;

pub use work::Work;

/// A handler at work on one command.
pub type Handling<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>>;

type Entry<H> =
    Box<dyn for<'a, 'w> Fn(&'a H, &[u8], &'a mut Work<'w>) -> Result<Handling<'a>, Refusal> + Send + Sync>;

/// Which handler does which command.
///
/// ```text
/// pub fn command_table<H: Commands>(handlers: H) -> CommandTable<H> {
///     CommandTable::new(handlers).on::<PlaceOrder>(|h, c, w| Box::pin(h.place_order(c, w)))
/// }
/// ```
pub struct CommandTable<H> {
    handlers: H,
    entries: Vec<(CommandName, Entry<H>)>,
}

/// A command's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CommandName {
    pub(crate) message: &'static str,
    pub(crate) topic: &'static str,
}

impl<H: Send + Sync + 'static> CommandTable<H> {
    /// An empty table over these handlers.
    pub fn new(handlers: H) -> Self {
        Self { handlers, entries: Vec::new() }
    }

    /// This command is done by this handler.
    #[must_use]
    pub fn on<C: Command>(
        mut self,
        handle: impl for<'a, 'w> Fn(&'a H, C, &'a mut Work<'w>) -> Handling<'a> + Send + Sync + 'static,
    ) -> Self {
        let name = CommandName { message: C::NAME, topic: C::TOPIC };
        let entry: Entry<H> =
            Box::new(move |handlers, body, work| Ok(handle(handlers, C::decode(body)?, work)));
        self.entries.push((name, entry));
        self
    }
}

/// A command table without its handlers' type.
pub(crate) trait Handle: Send + Sync {
    /// The commands it knows.
    fn names(&self) -> Vec<CommandName>;

    /// Starts the handler of the command called `name`; nothing when there is none.
    fn handle<'a, 'w>(
        &'a self,
        name: &str,
        body: &[u8],
        work: &'a mut Work<'w>,
    ) -> Option<Result<Handling<'a>, Refusal>>;
}

impl<H: Send + Sync + 'static> Handle for CommandTable<H> {
    fn names(&self) -> Vec<CommandName> {
        self.entries.iter().map(|(name, _)| *name).collect()
    }

    fn handle<'a, 'w>(
        &'a self,
        name: &str,
        body: &[u8],
        work: &'a mut Work<'w>,
    ) -> Option<Result<Handling<'a>, Refusal>> {
        let (_, entry) = self.entries.iter().find(|(known, _)| known.message == name)?;
        Some(entry(&self.handlers, body, work))
    }
}
