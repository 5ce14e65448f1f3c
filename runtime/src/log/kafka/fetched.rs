//! A record that was fetched and is still in the client's memory, as the flows read it.
//! It must not know: groups, what becomes of a record.

use std::marker::PhantomData;
use std::sync::Arc;

use super::consumer::Consumer;
use super::fetches::{Message, Raw};
use super::headers;
use crate::log::{Record, Seen};

/// A record that is still in the client's memory: its `ce_type` can be read without reading the rest.
pub(crate) struct Fetched<'c>(Message, PhantomData<&'c Consumer>);

impl<'c> Fetched<'c> {
    /// A record of this consumer, which has its memory.
    pub(super) fn of(_: &'c Consumer, message: Message) -> Self {
        Self(message, PhantomData)
    }

    /// `ce_type`: at once when it is the first header, as ours are.
    pub(crate) fn message_type(&self) -> Option<&[u8]> {
        headers::message_type(self.raw())
    }

    /// The name of its topic.
    pub(crate) fn topic(&self) -> &[u8] {
        self.raw().topic()
    }

    pub(crate) fn partition(&self) -> i32 {
        self.raw().partition()
    }

    pub(crate) fn offset(&self) -> i64 {
        self.raw().offset()
    }

    /// When it was written, milliseconds since the epoch; 0 when the log does not say.
    pub(crate) fn written_at(&self) -> i64 {
        self.raw().written_at()
    }

    /// The whole record, copied out.
    pub(crate) fn record(&self, topic: Arc<str>) -> Record {
        record_of(self.raw(), topic)
    }

    fn raw(&self) -> Raw<'_> {
        self.0.raw()
    }
}

impl Seen for Fetched<'_> {
    fn key(&self) -> Option<&[u8]> {
        self.raw().key()
    }

    fn headers(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        headers::each(self.raw())
    }

    fn body(&self) -> Option<&[u8]> {
        self.raw().body()
    }

    fn copied(&self, topic: &Arc<str>) -> Record {
        self.record(topic.clone())
    }
}

/// A message as a record of ours.
pub(super) fn record_of(message: Raw<'_>, topic: Arc<str>) -> Record {
    Record {
        topic,
        partition: message.partition(),
        offset: message.offset(),
        key: message.key().map(<[u8]>::to_vec),
        headers: headers::all(message),
        body: message.body().map(<[u8]>::to_vec),
        written_at: message.written_at(),
    }
}
