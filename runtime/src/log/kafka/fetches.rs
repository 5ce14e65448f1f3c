#![expect(
    unsafe_code,
    reason = "the safe client hands records out one by one, each for three looks at the clock and six locks"
)]
//! Records as the client has fetched them, taken many at a time. What is fetched of a member's partitions goes to a queue of
//! their own; news (of the group, errors, figures) stay in the client's, where they are read between two takes.
//! It must not know: groups, what a record means.

use std::collections::VecDeque;
use std::ffi::{CStr, CString};
use std::ptr::NonNull;
use std::time::Duration;

use rdkafka::bindings as sys;
use rdkafka::client::{Client, ClientContext};
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::types::{RDKafkaMessage, RDKafkaRespErr};

/// How many records are taken at once: those that a pause comes too late for.
const MOST: usize = 128;

/// The queue of a client's partitions, and that of its news. They must go before their client does.
pub(super) struct Fetches {
    records: Queue,
    news: Queue,
}

struct Queue(NonNull<sys::rd_kafka_queue_t>);

/// A topic, a partition, an offset.
pub(super) type At<'m> = (&'m str, i32, i64);

/// A record that was taken, in the client's memory until it is dropped. It must go before its client does.
pub(super) struct Message(NonNull<RDKafkaMessage>);

/// A record in the client's memory, whoever took it.
#[derive(Clone, Copy)]
pub(super) struct Raw<'m>(&'m RDKafkaMessage);

// SAFETY: librdkafka's queues have locks of their own and belong to no thread.
unsafe impl Send for Queue {}
// SAFETY: as above.
unsafe impl Sync for Queue {}
// SAFETY: a message belongs to whoever has taken it, on any thread.
unsafe impl Send for Message {}

impl Fetches {
    pub(super) fn new<C: ClientContext>(client: &Client<C>) -> Self {
        let there =
            |queue| Queue(NonNull::new(queue).expect("a member of a group has its queue, or no memory"));
        // SAFETY: the client lives. Both queues are counted for us until they are given back, once each.
        unsafe {
            let (records, news) = (
                sys::rd_kafka_queue_new(client.native_ptr()),
                sys::rd_kafka_queue_get_consumer(client.native_ptr()),
            );
            Self { records: there(records), news: there(news) }
        }
    }

    /// What will be fetched of this partition is to come here. The client forgets it when the partition goes: it is told
    /// each time, before the partition is assigned.
    ///
    /// # Errors
    /// The client does not know the partition.
    pub(super) fn lead<C: ClientContext>(
        &self,
        client: &Client<C>,
        topic: &str,
        partition: i32,
    ) -> Result<(), KafkaError> {
        let topic = CString::new(topic)?;
        // SAFETY: the client and this queue live, the name ends with a zero byte. The partition's queue is counted for
        // us until it is given back, once.
        unsafe {
            let from = sys::rd_kafka_queue_get_partition(client.native_ptr(), topic.as_ptr(), partition);
            let from = Queue(NonNull::new(from).ok_or(KafkaError::Subscription("unknown partition".into()))?);
            sys::rd_kafka_queue_forward(from.0.as_ptr(), self.records.0.as_ptr());
        }
        Ok(())
    }

    /// True when the client's own queue holds something.
    pub(super) fn has_news(&self) -> bool {
        // SAFETY: the queue lives.
        unsafe { sys::rd_kafka_queue_length(self.news.0.as_ptr()) > 0 }
    }

    /// Whoever waits in `take`, or is about to, waits no longer.
    pub(super) fn wake(&self) {
        // SAFETY: the queue lives.
        unsafe { sys::rd_kafka_queue_yield(self.records.0.as_ptr()) }
    }

    /// Waits no longer than `patience` for a record, and takes those that are there with it.
    pub(super) fn take(&self, patience: Duration, into: &mut VecDeque<Message>) {
        let mut taken = [std::ptr::null_mut(); MOST];
        let (first, others) = taken.split_at_mut(1);
        // To ask for many is to wait until all of them are there.
        if self.fill(patience, first) > 0 {
            self.fill(Duration::ZERO, others);
        }
        into.extend(taken.into_iter().map_while(NonNull::new).map(Message));
    }

    fn fill(&self, patience: Duration, room: &mut [*mut RDKafkaMessage]) -> isize {
        let patience = i32::try_from(patience.as_millis()).unwrap_or(i32::MAX);
        // SAFETY: the queue lives, and the call writes no more pointers than there is room for. Each message is ours then.
        unsafe {
            sys::rd_kafka_consume_batch_queue(
                self.records.0.as_ptr(),
                patience,
                room.as_mut_ptr(),
                room.len(),
            )
        }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: it is given back once, before its client goes.
        unsafe { sys::rd_kafka_queue_destroy(self.0.as_ptr()) }
    }
}

impl Message {
    /// What the client says in place of a record.
    pub(super) fn error(&self) -> Option<KafkaError> {
        let code = self.raw().0.err;
        (code != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR)
            .then(|| KafkaError::MessageConsumption(code.into()))
    }

    pub(super) fn raw(&self) -> Raw<'_> {
        // SAFETY: the message is ours until it is dropped, and nobody else writes to it.
        Raw(unsafe { self.0.as_ref() })
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        // SAFETY: it was handed out to be given back once, before its client goes.
        unsafe { sys::rd_kafka_message_destroy(self.0.as_ptr()) }
    }
}

impl<'m> Raw<'m> {
    pub(super) fn of(message: &'m BorrowedMessage<'_>) -> Self {
        // SAFETY: the pointer is that of a message which lives as long as the wrapper that is borrowed here.
        Self(unsafe { &*message.ptr() })
    }

    pub(super) fn ptr(self) -> *const RDKafkaMessage {
        self.0
    }

    pub(super) fn topic(self) -> &'m [u8] {
        // SAFETY: a message without an error has its topic, whose name ends with a zero byte and lives as long.
        unsafe { CStr::from_ptr(sys::rd_kafka_topic_name(self.0.rkt)) }.to_bytes()
    }

    /// Where it stands, and an error where a record would; nothing of an error that has no place.
    pub(super) fn at(self) -> Option<At<'m>> {
        if self.0.rkt.is_null() {
            return None;
        }
        let topic = std::str::from_utf8(self.topic()).ok()?;
        (self.0.offset >= 0).then_some((topic, self.0.partition, self.0.offset))
    }

    pub(super) fn partition(self) -> i32 {
        self.0.partition
    }

    pub(super) fn offset(self) -> i64 {
        self.0.offset
    }

    pub(super) fn key(self) -> Option<&'m [u8]> {
        let (key, length) = (self.0.key, self.0.key_len);
        // SAFETY: the client says how many bytes of the message's memory stand there.
        (!key.is_null()).then(|| unsafe { std::slice::from_raw_parts(key.cast::<u8>(), length) })
    }

    pub(super) fn body(self) -> Option<&'m [u8]> {
        let (body, length) = (self.0.payload, self.0.len);
        // SAFETY: as above.
        (!body.is_null()).then(|| unsafe { std::slice::from_raw_parts(body.cast::<u8>(), length) })
    }

    /// When it was written, milliseconds since the epoch; 0 when the log does not say.
    pub(super) fn written_at(self) -> i64 {
        let mut kind = sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        // SAFETY: the message lives, and the call writes to the out-pointer alone.
        let time = unsafe { sys::rd_kafka_message_timestamp(self.0, &mut kind) };
        let is_said = kind != sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && time != -1;
        if is_said { time } else { 0 }
    }
}
