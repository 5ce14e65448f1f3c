#![expect(unsafe_code, reason = "the safe accessor panics on a header key that is not UTF-8")]
//! A record's headers, whoever wrote them: a key that is not UTF-8 or a null value is data, never a panic. The runtime
//! reads its records in the same way; the two crates do not know each other.
//! It must not know: what a header means.

use std::ffi::CStr;

use rdkafka::bindings as sys;
use rdkafka::message::BorrowedMessage;
use rdkafka::types::RDKafkaRespErr;

/// Every header of a record, in order.
pub(super) fn all(message: &BorrowedMessage<'_>) -> Vec<(String, Option<Vec<u8>>)> {
    (0..).map_while(|index| at(message, index)).collect()
}

/// One header, copied out.
fn at(message: &BorrowedMessage<'_>, index: usize) -> Option<(String, Option<Vec<u8>>)> {
    let mut list = std::ptr::null_mut();
    let (mut key, mut value, mut size) = (std::ptr::null(), std::ptr::null(), 0);
    // SAFETY: `message.ptr()` is a message that the consumer handed out and that lives as long as `message`. The calls
    // write to the out-pointers only when they return no error; key and value then point into memory that belongs to
    // the message, and both are copied before this returns. librdkafka ends every key with a zero byte. A null value is
    // told from an empty one by its pointer.
    unsafe {
        let none = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR;
        if sys::rd_kafka_message_headers(message.ptr(), &mut list) != none {
            return None;
        }
        let found = sys::rd_kafka_header_get_all(list, index, &mut key, &mut value, &mut size);
        if found != none || key.is_null() {
            return None;
        }
        let value = (!value.is_null()).then(|| std::slice::from_raw_parts(value.cast::<u8>(), size).to_vec());
        Some((CStr::from_ptr(key).to_string_lossy().into_owned(), value))
    }
}
