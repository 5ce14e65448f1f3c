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

/// The parts of a record to be written, wherever they lie: writing copies them.
pub(crate) struct Parts<'p, H> {
    pub(crate) topic: &'p str,
    pub(crate) key: Option<&'p [u8]>,
    /// Keys and values, in their order.
    pub(crate) headers: H,
    pub(crate) body: Option<&'p [u8]>,
}

/// A record that is read where it lies: in the client's memory, or in ours.
pub(crate) trait Seen {
    fn key(&self) -> Option<&[u8]>;
    /// Keys and values, in their order.
    fn headers(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)>;
    fn body(&self) -> Option<&[u8]>;
    /// The whole record, copied out.
    fn copied(&self, topic: &Arc<str>) -> Record;
}

impl Seen for Record {
    fn key(&self) -> Option<&[u8]> {
        self.key.as_deref()
    }

    fn headers(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.headers.iter().map(|header| (header.key.as_bytes(), header.value.as_deref()))
    }

    fn body(&self) -> Option<&[u8]> {
        self.body.as_deref()
    }

    fn copied(&self, _: &Arc<str>) -> Record {
        self.clone()
    }
}

impl Record {
    /// What it weighs, for byte budgets.
    pub(crate) fn bytes(&self) -> usize {
        weight(self.key.as_deref(), &self.headers, self.body.as_deref())
    }
}

impl Draft {
    /// Its parts.
    pub(crate) fn parts(&self) -> Parts<'_, impl ExactSizeIterator<Item = (&str, Option<&[u8]>)>> {
        let headers = self.headers.iter().map(|header| (&*header.key, header.value.as_deref()));
        Parts { topic: &self.topic, key: self.key.as_deref(), headers, body: self.body.as_deref() }
    }

    /// What it weighs, for byte budgets.
    pub(crate) fn bytes(&self) -> usize {
        weight(self.key.as_deref(), &self.headers, self.body.as_deref())
    }
}

fn weight(key: Option<&[u8]>, headers: &[Header], body: Option<&[u8]>) -> usize {
    let headers: usize = headers.iter().map(Header::bytes).sum();
    key.map_or(0, <[u8]>::len) + headers + body.map_or(0, <[u8]>::len)
}
