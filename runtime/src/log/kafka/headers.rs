#![expect(unsafe_code, reason = "the safe accessor panics on a header key that is not UTF-8; see `List::at`")]
//! A record's headers, whoever wrote them: a key that is not UTF-8 or a null value is data, never a panic.
//! It must not know: which headers are ours.

use std::ffi::CStr;
use std::marker::PhantomData;
use std::ptr::NonNull;

use bytes::Bytes;
use rdkafka::bindings as sys;
use rdkafka::types::RDKafkaRespErr;

use super::fetches::Raw;
use crate::cloudevents::{Header, key};

/// Every header of a record, in order. Their values are copied into one piece of memory.
pub(super) fn all(message: Raw<'_>) -> Vec<Header> {
    let Some(list) = List::of(message) else { return Vec::new() };
    let bytes = list.iter().map(|(_, value)| value.map_or(0, <[u8]>::len)).sum();
    let mut values = Vec::with_capacity(bytes);
    list.iter().for_each(|(_, value)| values.extend_from_slice(value.unwrap_or_default()));
    let mut values = Bytes::from(values);
    let header = |(at, (name, value)): (usize, (&CStr, Option<&[u8]>))| {
        let value = value.map(|value| values.split_to(value.len()));
        Header { key: key(name.to_bytes(), at), value }
    };
    let mut headers = Vec::with_capacity(8);
    headers.extend(list.iter().enumerate().map(header));
    headers
}

/// Every header of a record, in order, borrowed from the message.
pub(super) fn each(message: Raw<'_>) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
    let headers = List::of(message).into_iter().flat_map(List::iter);
    headers.map(|(key, value)| (key.to_bytes(), value))
}

/// The value of `ce_type`, without touching what stands behind it.
pub(super) fn message_type(message: Raw<'_>) -> Option<&[u8]> {
    let mut headers = List::of(message)?.iter();
    headers.find(|(key, _)| key.to_bytes() == b"ce_type")?.1
}

/// The headers of a message that lives as long.
#[derive(Clone, Copy)]
struct List<'m>(NonNull<sys::rd_kafka_headers_t>, PhantomData<&'m ()>);

impl<'m> List<'m> {
    /// Nothing when there are none. The client takes them apart when it is asked for the first time.
    fn of(message: Raw<'m>) -> Option<Self> {
        let mut list = std::ptr::null_mut();
        // SAFETY: `message.ptr()` is a message that the consumer handed out and that lives as long as `'m`. The call
        // writes to the out-pointer only when it returns no error; the list then belongs to the message.
        let found = unsafe { sys::rd_kafka_message_headers(message.ptr(), &mut list) };
        let list = NonNull::new(list).filter(|_| found == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR)?;
        Some(Self(list, PhantomData))
    }

    fn iter(self) -> impl Iterator<Item = (&'m CStr, Option<&'m [u8]>)> {
        (0..).map_while(move |index| self.at(index))
    }

    /// One header, borrowed from the message.
    fn at(self, index: usize) -> Option<(&'m CStr, Option<&'m [u8]>)> {
        let (mut key, mut value, mut size) = (std::ptr::null(), std::ptr::null(), 0);
        // SAFETY: the list is that of a message which lives as long as `'m`. The call writes to the out-pointers only
        // when it returns no error; key and value then point into memory that belongs to the message, and the returned
        // references do not outlive it. librdkafka ends every key with a zero byte. A null value is told from an empty
        // one by its pointer.
        unsafe {
            let found = sys::rd_kafka_header_get_all(self.0.as_ptr(), index, &mut key, &mut value, &mut size);
            if found != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR || key.is_null() {
                return None;
            }
            let value = (!value.is_null()).then(|| std::slice::from_raw_parts(value.cast::<u8>(), size));
            Some((CStr::from_ptr(key), value))
        }
    }
}
