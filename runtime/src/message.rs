//! What every generated message type is to the runtime: a name, a key, and bytes.
//! It must not know: Kafka, headers, or any message in particular.

use std::fmt::Debug;

use crate::change::Change;
use crate::refusal::Refusal;

/// A public message: an event or a command.
pub trait Message: Sized + Clone + Debug + PartialEq + Send + Sync + 'static {
    /// The full protobuf name, which is also the `ce_type`: `shop.ordering.v1.OrderPlaced`.
    const NAME: &'static str;

    /// The canonical key of its aggregate: the key fields' text, joined by 0x1F.
    fn key(&self) -> String;

    /// The message as protobuf.
    fn encode(&self) -> Vec<u8>;

    /// The message from protobuf.
    ///
    /// # Errors
    /// The bytes are not this message, or a value in them does not convert.
    fn decode(bytes: &[u8]) -> Result<Self, Refusal>;
}

/// Something that happened.
pub trait Event: Message {
    /// The context that raises it, as in topics: `ordering`.
    const CONTEXT: &'static str;
    /// The topic it is published on: `ordering_events`.
    const TOPIC: &'static str;
}

/// Something that shall be done.
pub trait Command: Message {
    /// The context that does it, as in topics: `payments`.
    const CONTEXT: &'static str;
    /// The topic it is sent to when it comes from elsewhere: `payments_commands`.
    const TOPIC: &'static str;
}

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
    /// What happens when the attempts are used up.
    const GIVE_UP: crate::GiveUp = crate::GiveUp::DeadLetter;

    /// True for an event that is of no interest: counted and passed over.
    fn skips(_event: &Self::Event) -> bool {
        false
    }

    /// The commands that this event calls for: none, one or many.
    fn react(event: &Self::Event) -> impl IntoIterator<Item = Self::Command>;
}
