//! A record as it was read, and one to be sent. It must not know the client library.

/// A record as it was read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    /// When it was written, milliseconds since the epoch; 0 when the log does not say.
    pub(crate) time: i64,
    pub(crate) key: Option<Vec<u8>>,
    /// In order; a key that is not UTF-8 has its bytes replaced, a value may be null.
    pub(crate) headers: Vec<(String, Option<Vec<u8>>)>,
    pub(crate) body: Option<Vec<u8>>,
}

impl Record {
    /// The first header of this name, as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(key, _)| key == name)?;
        std::str::from_utf8(value.as_deref()?).ok()
    }

    /// What it weighs, for byte budgets.
    pub(crate) fn bytes(&self) -> usize {
        let header =
            |(key, value): &(String, Option<Vec<u8>>)| key.len() + value.as_ref().map_or(0, Vec::len);
        let headers: usize = self.headers.iter().map(header).sum();
        headers + self.key.as_ref().map_or(0, Vec::len) + self.body.as_ref().map_or(0, Vec::len)
    }
}

/// A record to be sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft {
    pub(crate) topic: String,
    /// Where the key says, unless this does.
    pub(crate) partition: Option<i32>,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) headers: Vec<(String, Option<Vec<u8>>)>,
    pub(crate) body: Option<Vec<u8>>,
}
