#![expect(unsafe_code, reason = "the safe client does not ask for topic ids; see `asked`")]
//! Which topic it is that has a name: brokers give each topic an id, which one that is deleted and made anew does not keep.
//! It must not know: whose topics they are.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::fmt;

use rdkafka::bindings as sys;
use rdkafka::client::Client;
use rdkafka::consumer::Consumer as _;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::types::RDKafkaRespErr;

use super::client::Logging;
use super::presence::Presence;

/// How long brokers may take to answer.
const PATIENCE_MS: i32 = 5_000;

/// A topic's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Id(i64, i64);

/// The same text for the same id, in every version.
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.0, self.1)
    }
}

impl Presence {
    /// The ids of those among these topics that are there. Brokers before Kafka 2.8 have none to tell.
    ///
    /// # Errors
    /// As text: no broker answers.
    pub(crate) fn ids(&self, topics: &[&str]) -> Result<BTreeMap<String, Id>, String> {
        // A name with a zero byte is no topic's.
        let names: Vec<CString> = topics.iter().filter_map(|topic| CString::new(*topic).ok()).collect();
        asked(self.client().client(), &names)
    }
}

fn asked(client: &Client<Logging>, names: &[CString]) -> Result<BTreeMap<String, Id>, String> {
    let mut names: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
    let mut text = [0; 256];
    // SAFETY: `client` owns the handle and outlives this block. The names live as long as `names` is borrowed by the
    // caller, and are copied into the collection. What is made here is destroyed here, once, after the event that may
    // point into it was read; `told` copies all it returns. The text is written within its length, and not read.
    unsafe {
        let handle = client.native_ptr();
        let queue = sys::rd_kafka_queue_new(handle);
        let options = sys::rd_kafka_AdminOptions_new(
            handle,
            sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS,
        );
        sys::rd_kafka_AdminOptions_set_request_timeout(options, PATIENCE_MS, text.as_mut_ptr(), text.len());
        let collection = sys::rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), names.len());
        sys::rd_kafka_DescribeTopics(handle, collection, options, queue);
        let event = sys::rd_kafka_queue_poll(queue, 2 * PATIENCE_MS);
        let told = told(event);
        if !event.is_null() {
            sys::rd_kafka_event_destroy(event);
        }
        sys::rd_kafka_TopicCollection_destroy(collection);
        sys::rd_kafka_AdminOptions_destroy(options);
        sys::rd_kafka_queue_destroy(queue);
        told
    }
}

/// What an answer says, copied out of it.
///
/// # Safety
/// `event` is null or an event that is not destroyed yet.
unsafe fn told(event: *mut sys::rd_kafka_event_t) -> Result<BTreeMap<String, Id>, String> {
    if event.is_null() {
        return Err("no answer in time".into());
    }
    let none = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR;
    let mut ids = BTreeMap::new();
    // SAFETY: the event lives by the promise above. Its result, the descriptions, their names and ids belong to it; the
    // array has as many descriptions as `count` says, and names end with a zero byte.
    unsafe {
        let failed = sys::rd_kafka_event_error(event);
        let result = sys::rd_kafka_event_DescribeTopics_result(event);
        if failed != none || result.is_null() {
            return Err(RDKafkaErrorCode::from(failed).to_string());
        }
        let mut count = 0;
        let descriptions = sys::rd_kafka_DescribeTopics_result_topics(result, &mut count);
        for index in 0..if descriptions.is_null() { 0 } else { count } {
            let description = *descriptions.add(index);
            let error = sys::rd_kafka_TopicDescription_error(description);
            let id = sys::rd_kafka_TopicDescription_topic_id(description);
            if (!error.is_null() && sys::rd_kafka_error_code(error) != none) || id.is_null() {
                continue;
            }
            let id = Id(
                sys::rd_kafka_Uuid_most_significant_bits(id),
                sys::rd_kafka_Uuid_least_significant_bits(id),
            );
            let name = CStr::from_ptr(sys::rd_kafka_TopicDescription_name(description));
            // Zero is the id of a broker that has none.
            if id != Id(0, 0) {
                ids.insert(name.to_string_lossy().into_owned(), id);
            }
        }
    }
    Ok(ids)
}
