//! The last due time of each schedule, in a compacted topic beside the raw rows: written in the transaction that issues
//! the command, so that a due time is issued and remembered, or neither.
//! It must not know: when anything is due.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::fault::Fault;
use crate::log::Draft;
use crate::log::kafka::{self, Kafka, Wanted};
use crate::progress;
use crate::spec::ContextSpec;

/// Where a schedule stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stored {
    /// Every due time up to this one has been dealt with.
    pub(crate) last: Timestamp,
    /// The expression that it was due by: another one starts afresh.
    pub(crate) cron: String,
}

/// `priv_<context>.schedule`.
pub(crate) fn topic(context: &ContextSpec) -> String {
    format!("{}.schedule", context.topics.raw.name)
}

/// The topic as it must be.
pub(crate) fn wanted(context: &ContextSpec) -> Wanted {
    progress::compacted(context, topic(context))
}

/// The record that stores where the schedule called `name` stands.
pub(super) fn record(topic: &str, name: &str, stored: &Stored) -> Draft {
    let body = serde_json::to_vec(stored).expect("a due time is plain data");
    Draft { topic: topic.into(), key: Some(name.into()), headers: Vec::new(), body: Some(body) }
}

/// Where each schedule stands, by name. To be called after the old issuer is fenced.
///
/// # Errors
/// The topic cannot be read (K-108), or what it holds is not such a record (S-004).
pub(super) fn all(kafka: &Kafka, topic: &str) -> Result<HashMap<String, Stored>, Fault> {
    let unknown = || {
        let message = format!("what `{topic}` holds is not a due time that this version understands");
        Fault::world("S-004", message, "run the version that wrote it, or a newer one")
    };
    let read = |(name, body): (Vec<u8>, Vec<u8>)| {
        let stored = serde_json::from_slice(&body).map_err(|_| unknown())?;
        Ok((String::from_utf8(name).map_err(|_| unknown())?, stored))
    };
    kafka::latest(kafka, topic, Duration::from_secs(30))?.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_due_time_is_read_as_it_was_written() {
        let stored = Stored { last: "2026-11-22T10:05:00Z".parse().unwrap(), cron: "*/5 * * * *".into() };
        let body = record("t", "ExpireOrders", &stored).body.unwrap();
        assert_eq!(String::from_utf8_lossy(&body), r#"{"last":"2026-11-22T10:05:00Z","cron":"*/5 * * * *"}"#);
        assert_eq!(serde_json::from_slice::<Stored>(&body).unwrap(), stored);
    }
}
