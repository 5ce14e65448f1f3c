//! The log that records travel through. One implementation: Kafka; its in-process twin is a broker that speaks the same
//! protocol, so nothing here knows which of the two it is.
//! It must not know: rows, events, policies.

pub(crate) mod kafka;

use std::sync::Arc;

use crate::cloudevents::Header;

/// A record as it was read.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) topic: Arc<str>,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) headers: Vec<Header>,
    pub(crate) body: Option<Vec<u8>>,
    /// When it was written, milliseconds since the epoch; 0 when the log does not say.
    pub(crate) written_at: i64,
}

/// A record to be written.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) topic: Arc<str>,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) headers: Vec<Header>,
    pub(crate) body: Option<Vec<u8>>,
}

impl Record {
    /// What it weighs, for byte budgets.
    pub(crate) fn bytes(&self) -> usize {
        weight(self.key.as_deref(), &self.headers, self.body.as_deref())
    }
}

impl Draft {
    /// What it weighs, for byte budgets.
    pub(crate) fn bytes(&self) -> usize {
        weight(self.key.as_deref(), &self.headers, self.body.as_deref())
    }
}

fn weight(key: Option<&[u8]>, headers: &[Header], body: Option<&[u8]>) -> usize {
    let headers: usize = headers.iter().map(Header::bytes).sum();
    key.map_or(0, <[u8]>::len) + headers + body.map_or(0, <[u8]>::len)
}
