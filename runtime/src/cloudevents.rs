//! CloudEvents 1.0 in binary mode: an envelope as Kafka headers and back, and the SDK's event type for the edges
//! (dead letters, tests, the demo). Written here because the SDK's own Kafka binding is not usable for us.
//! It must not know: a Kafka client.

use std::borrow::Cow;

use bytes::Bytes;
use cloudevents::{AttributesReader, EventBuilder, EventBuilderV10};

use crate::lineage::Lineage;

/// The content type of every body of ours.
pub const PROTOBUF: &str = "application/protobuf";

/// What travels beside a body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Envelope {
    /// The message's full name: `ce_type`, the first header.
    pub name: String,
    /// The same after any replay.
    pub id: String,
    /// `/<source>` or `/<source>/<tenant>`.
    pub source: String,
    /// RFC 3339: when it happened.
    pub time: String,
    /// Where it comes from.
    pub lineage: Lineage,
}

/// A header as it stands on a record: a value may be null, and neither side need be UTF-8 when others write. The values
/// of a record's headers share one piece of memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The key; bytes that are not UTF-8 were replaced.
    pub key: Cow<'static, str>,
    /// The value.
    pub value: Option<Bytes>,
}

impl Header {
    /// A header of ours.
    pub fn new(key: impl Into<Cow<'static, str>>, value: impl Into<Vec<u8>>) -> Self {
        Self { key: key.into(), value: Some(Bytes::from(value.into())) }
    }

    /// What it weighs, for byte budgets.
    pub(crate) fn bytes(&self) -> usize {
        self.key.len() + self.value.as_ref().map_or(0, Bytes::len)
    }
}

/// The headers of every event of ours, in their order.
const OURS: [&str; 7] =
    ["ce_type", "ce_id", "ce_source", "ce_specversion", "ce_time", "content-type", "lineage"];

/// The key of the header at this place: ours are not copied, and found at once where they stand in their order.
pub(crate) fn key(bytes: &[u8], at: usize) -> Cow<'static, str> {
    let expected = OURS.get(at).copied();
    match expected.into_iter().chain(OURS).find(|ours| ours.as_bytes() == bytes) {
        Some(ours) => Cow::Borrowed(ours),
        None => Cow::Owned(String::from_utf8_lossy(bytes).into_owned()),
    }
}

impl Envelope {
    /// The headers of a record: `ce_type` first.
    pub fn headers(&self) -> Vec<Header> {
        let lineage = self.lineage.pack();
        let parts = [&self.name, &self.id, &self.source, &self.time, &lineage];
        let mut all = Vec::with_capacity(parts.iter().map(|part| part.len()).sum());
        parts.iter().for_each(|part| all.extend_from_slice(part.as_bytes()));
        let mut all = Bytes::from(all);
        let [name, id, source, time, lineage] = parts.map(|part| all.split_to(part.len()));
        let (version, content) = (Bytes::from_static(b"1.0"), Bytes::from_static(PROTOBUF.as_bytes()));
        let values = [name, id, source, version, time, content, lineage];
        // Room for one more: a row's shape.
        let mut headers = Vec::with_capacity(OURS.len() + 1);
        let header = |(key, value)| Header { key: Cow::Borrowed(key), value: Some(value) };
        headers.extend(OURS.into_iter().zip(values).map(header));
        headers
    }

    /// The envelope in a record's headers; what is missing.
    ///
    /// # Errors
    /// The first attribute that CloudEvents requires and the record does not carry as text.
    pub fn from_headers(headers: &[Header]) -> Result<Self, &'static str> {
        let text = |name: &'static str| text(headers, name).ok_or(name);
        if text("ce_specversion")? != "1.0" {
            return Err("ce_specversion");
        }
        let lineage = text("lineage").ok().and_then(Lineage::unpack).unwrap_or_default();
        Ok(Self {
            name: text("ce_type")?.into(),
            id: text("ce_id")?.into(),
            source: text("ce_source")?.into(),
            time: text("ce_time").unwrap_or_default().into(),
            lineage,
        })
    }

    /// The tenant, from the source.
    pub fn tenant(&self) -> Option<&str> {
        crate::id::tenant(&self.source)
    }

    /// The SDK's event with these attributes and this body.
    ///
    /// # Errors
    /// An attribute is not what CloudEvents asks for (a time that is none, a source that is no URI reference).
    pub fn to_event(
        &self,
        body: Vec<u8>,
    ) -> Result<cloudevents::Event, cloudevents::event::EventBuilderError> {
        let builder = EventBuilderV10::new()
            .id(&self.id)
            .ty(&self.name)
            .source(&self.source)
            .data(PROTOBUF, body)
            .extension("lineage", self.lineage.pack());
        if self.time.is_empty() { builder.build() } else { builder.time(self.time.as_str()).build() }
    }

    /// The envelope of an SDK's event.
    pub fn of_event(event: &cloudevents::Event) -> Self {
        let lineage = event.extension("lineage").map(ToString::to_string);
        Self {
            name: event.ty().into(),
            id: event.id().into(),
            source: event.source().to_string(),
            time: event.time().map(crate::wire::timestamp_text).unwrap_or_default(),
            lineage: lineage.as_deref().and_then(Lineage::unpack).unwrap_or_default(),
        }
    }
}

/// A header's value as text.
pub(crate) fn text<'h>(headers: &'h [Header], name: &str) -> Option<&'h str> {
    let header = headers.iter().find(|header| header.key == name)?;
    std::str::from_utf8(header.value.as_deref()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope() -> Envelope {
        Envelope {
            name: "shop.ordering.v1.OrderPlaced".into(),
            id: "shop.0/0-11-7/shop.orders/0/OrderPlaced".into(),
            source: "/shop/berlin".into(),
            time: "2026-11-22T06:32:05.123456Z".into(),
            lineage: Lineage::beginning("shop.0/0-11-7"),
        }
    }

    #[test]
    fn binary_mode_there_and_back() {
        let headers = envelope().headers();
        assert_eq!(headers[0].key, "ce_type");
        assert_eq!(Envelope::from_headers(&headers), Ok(envelope()));
    }

    #[test]
    fn a_null_or_foreign_header_is_named_not_panicked_on() {
        let mut headers = envelope().headers();
        headers[1].value = None;
        assert_eq!(Envelope::from_headers(&headers), Err("ce_id"));
        headers[0].value = Some(Bytes::from_static(&[0xff, 0xfe]));
        assert_eq!(Envelope::from_headers(&headers), Err("ce_type"));
    }

    #[test]
    fn the_sdk_s_event_and_its_json_agree() {
        let event = envelope().to_event(vec![1, 2, 3]).unwrap();
        let json = serde_json::to_string(&event).unwrap();
        let read: cloudevents::Event = serde_json::from_str(&json).unwrap();
        assert_eq!(Envelope::of_event(&read), envelope());
    }
}
