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

const TYPE: usize = 0;
const ID: usize = 1;
const SOURCE: usize = 2;
const SPECVERSION: usize = 3;
const TIME: usize = 4;
const LINEAGE: usize = 6;

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
        let headers = headers.iter().map(|header| (header.key.as_bytes(), header.value.as_deref()));
        let Attributes { name, id, source, time, lineage, .. } = Attributes::read(headers)?;
        let lineage = Lineage::unpack(lineage).unwrap_or_default();
        Ok(Self { name: name.into(), id: id.into(), source: source.into(), time: time.into(), lineage })
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

/// An envelope where it lies, in a record's headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attributes<'h> {
    pub(crate) name: &'h str,
    pub(crate) id: &'h str,
    pub(crate) source: &'h str,
    /// Empty when there is none.
    pub(crate) time: &'h str,
    /// Packed; empty when there is none.
    pub(crate) lineage: &'h str,
    /// What all headers weigh.
    pub(crate) bytes: usize,
}

impl<'h> Attributes<'h> {
    /// Of these headers, keys and values; of two with one key, the first one counts.
    ///
    /// # Errors
    /// The first attribute that CloudEvents requires and that is not there as text.
    pub(crate) fn read(
        headers: impl Iterator<Item = (&'h [u8], Option<&'h [u8]>)>,
    ) -> Result<Self, &'static str> {
        let mut found: [Option<Option<&[u8]>>; OURS.len()] = [None; OURS.len()];
        let mut bytes = 0;
        for (index, (key, value)) in headers.enumerate() {
            bytes += key.len() + value.map_or(0, <[u8]>::len);
            // Ours stand where they are looked for first.
            let is_here = |at: &usize| OURS.get(*at).is_some_and(|ours| ours.as_bytes() == key);
            let place = Some(index).filter(is_here).or_else(|| (0..OURS.len()).find(is_here));
            if let Some(place) = place {
                found[place].get_or_insert(value);
            }
        }
        let text = |at: usize| {
            let value = found[at].flatten().map(std::str::from_utf8);
            value.and_then(Result::ok).ok_or(OURS[at])
        };
        if text(SPECVERSION)? != "1.0" {
            return Err(OURS[SPECVERSION]);
        }
        Ok(Self {
            name: text(TYPE)?,
            id: text(ID)?,
            source: text(SOURCE)?,
            time: text(TIME).unwrap_or_default(),
            lineage: text(LINEAGE).unwrap_or_default(),
            bytes,
        })
    }
}

/// The headers of an event of ours, in their order, over texts that lie anywhere.
pub(crate) fn headers_of(
    [name, id, source, time, lineage]: [&[u8]; 5],
) -> impl ExactSizeIterator<Item = (&str, Option<&[u8]>)> {
    let values = [name, id, source, b"1.0", time, PROTOBUF.as_bytes(), lineage];
    (0..OURS.len()).map(move |at| (OURS[at], Some(values[at])))
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
    fn the_first_of_two_headers_counts_in_any_order() {
        let mut headers = envelope().headers();
        headers.reverse();
        headers.push(Header::new("ce_id", "another"));
        headers.push(Header::new("other", "more"));
        assert_eq!(Envelope::from_headers(&headers), Ok(envelope()));
        headers.retain(|header| header.key != "ce_time" && header.key != "lineage");
        let without = Envelope { time: String::new(), lineage: Lineage::default(), ..envelope() };
        assert_eq!(Envelope::from_headers(&headers), Ok(without));
    }

    #[test]
    fn headers_over_texts_are_those_of_the_envelope() {
        let (envelope, lineage) = (envelope(), envelope().lineage.pack());
        let texts = [&envelope.name, &envelope.id, &envelope.source, &envelope.time, &lineage];
        let headers = headers_of(texts.map(|text| text.as_bytes()));
        let own = |(key, value): (&str, Option<&[u8]>)| Header {
            key: key.to_owned().into(),
            value: value.map(Bytes::copy_from_slice),
        };
        assert_eq!(headers.map(own).collect::<Vec<_>>(), envelope.headers());
    }

    #[test]
    fn the_sdk_s_event_and_its_json_agree() {
        let event = envelope().to_event(vec![1, 2, 3]).unwrap();
        let json = serde_json::to_string(&event).unwrap();
        let read: cloudevents::Event = serde_json::from_str(&json).unwrap();
        assert_eq!(Envelope::of_event(&read), envelope());
    }
}
