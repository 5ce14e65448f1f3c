//! What generated types are to the runtime: public messages, rows, and the policies that join them.
//! It must not know: Kafka, headers, or any message in particular.

use std::fmt::Debug;

pub use storm_contract::{Command, Event, Message};

use crate::Refusal;
use crate::change::Change;

/// A row of a captured table.
pub trait RawRow: Sized + Clone + Debug + PartialEq + Send + Sync + 'static {
    /// The table, for example `orders`.
    const TABLE: &'static str;
    /// The full protobuf name of its change message, which is also the raw record's `ce_type`.
    const NAME: &'static str;

    /// A change of such a row from the raw record's body.
    ///
    /// # Errors
    /// The bytes are not such a change, or a value in them does not convert.
    fn decode_change(bytes: &[u8]) -> Result<Change<Self>, Refusal>;
}

/// A sentence of the board: whenever this event, then that command.
pub trait Policy: Send + Sync + 'static {
    /// What it listens to.
    type Event: Event;
    /// What it asks for.
    type Command: Command;

    /// Its name in the model.
    const NAME: &'static str;
    /// Its sentence, for people: "whenever an order is placed, charge the customer".
    const SENTENCE: &'static str;
    /// How often to try, unless the configuration says otherwise.
    const RETRY: crate::Retry = crate::Retry::DEFAULT;
    /// What happens when the attempts are used up, unless the configuration says otherwise.
    const GIVE_UP: crate::GiveUp = crate::GiveUp::Park;

    /// True for an event that is of no interest: counted and passed over.
    fn skips(_event: &Self::Event) -> bool {
        false
    }

    /// The commands that this event calls for: none, one or many.
    fn react(event: &Self::Event) -> impl IntoIterator<Item = Self::Command>;
}
