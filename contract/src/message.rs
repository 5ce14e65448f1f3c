//! What every public message is: a name, a key, and bytes.
//! It must not know: headers, topics' records, or any message in particular.

use std::fmt::Debug;

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
