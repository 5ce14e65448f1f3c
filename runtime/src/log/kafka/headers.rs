#![expect(
    unsafe_code,
    reason = "the safe accessor panics on a header key that is not UTF-8; see `header_at`"
)]
//! A record's headers, whoever wrote them: a key that is not UTF-8 or a null value is data, never a panic.
//! It must not know: which headers are ours.

use std::ffi::CStr;

use bytes::Bytes;
use rdkafka::bindings as sys;
use rdkafka::message::BorrowedMessage;
use rdkafka::types::RDKafkaRespErr;

use crate::cloudevents::{Header, key};

/// Every header of a record, in order. Their values are copied into one piece of memory.
pub(super) fn all(message: &BorrowedMessage<'_>) -> Vec<Header> {
    let (mut headers, mut values, mut ends) =
        (Vec::with_capacity(8), Vec::with_capacity(512), Vec::with_capacity(8));
    for (name, value) in (0..).map_while(|index| header_at(message, index)) {
        headers.push(Header { key: key(name.to_bytes()), value: None });
        values.extend_from_slice(value.unwrap_or_default());
        ends.push(value.map(<[u8]>::len));
    }
    let mut values = Bytes::from(values);
    for (header, length) in headers.iter_mut().zip(ends) {
        header.value = length.map(|length| values.split_to(length));
    }
    headers
}

/// The value of `ce_type`, without touching what stands behind it.
pub(super) fn message_type<'m>(message: &'m BorrowedMessage<'_>) -> Option<&'m [u8]> {
    let mut headers = (0..).map_while(|index| header_at(message, index));
    headers.find(|(key, _)| key.to_bytes() == b"ce_type")?.1
}

/// One header, borrowed from the message.
fn header_at<'m>(message: &'m BorrowedMessage<'_>, index: usize) -> Option<(&'m CStr, Option<&'m [u8]>)> {
    let mut list = std::ptr::null_mut();
    let (mut key, mut value, mut size) = (std::ptr::null(), std::ptr::null(), 0);
    // SAFETY: `message.ptr()` is a message that the consumer handed out and that lives as long as `message`. The calls
    // write to the out-pointers only when they return no error; key and value then point into memory that belongs to
    // the message, and the returned references do not outlive the borrow of it. librdkafka ends every key with a zero
    // byte. A null value is told from an empty one by its pointer.
    unsafe {
        if sys::rd_kafka_message_headers(message.ptr(), &mut list)
            != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR
        {
            return None;
        }
        let found = sys::rd_kafka_header_get_all(list, index, &mut key, &mut value, &mut size);
        if found != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR || key.is_null() {
            return None;
        }
        let value = (!value.is_null()).then(|| std::slice::from_raw_parts(value.cast::<u8>(), size));
        Some((CStr::from_ptr(key), value))
    }
}
