//! A dead letter: the record as it was, headers and bytes, with why it was given up on.
//! It must not know: how it is sent.

use crate::cloudevents::Header;
use crate::log::{Draft, Record};

/// Why a record was given up on.
#[derive(Debug, Clone)]
pub(crate) struct Cause<'c> {
    /// A stable code.
    pub(crate) code: &'c str,
    /// In words, without row values.
    pub(crate) why: String,
    /// `publish`, or the name of the policy or command.
    pub(crate) at: &'c str,
    /// How often it was tried.
    pub(crate) attempts: u32,
}

/// The letter for the topic `dead`. The original's headers come first, unchanged.
pub(crate) fn letter(dead: &str, record: &Record, cause: &Cause<'_>) -> Draft {
    let mut headers = record.headers.clone();
    headers.extend([
        Header::new("dead-cause", format!("{}: {}", cause.code, cause.why)),
        Header::new("dead-at", cause.at),
        Header::new("dead-attempts", cause.attempts.to_string()),
        Header::new("dead-topic", record.topic.as_bytes()),
        Header::new("dead-partition", record.partition.to_string()),
        Header::new("dead-offset", record.offset.to_string()),
    ]);
    Draft { topic: dead.into(), key: record.key.clone(), headers, body: record.body.clone() }
}
