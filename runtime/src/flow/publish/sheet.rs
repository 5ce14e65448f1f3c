//! What is to be written for records that were read one after the other. The bytes of its events lie one behind the other
//! in one piece of memory: a piece for each part of each of them would cost more than whatever else is done with it.
//! It must not know: how a row becomes an event.

use crate::cloudevents::{Attributes, headers_of};
use crate::id;
use crate::lineage;
use crate::log::{Draft, Parts};

/// Events and dead letters.
#[derive(Default)]
pub(crate) struct Sheet {
    bytes: Vec<u8>,
    events: Vec<Place>,
    letters: Vec<Draft>,
    /// What the letters weigh.
    heavy: usize,
}

/// Where an event lies.
struct Place {
    name: &'static str,
    start: usize,
    /// Where its id, source, time, lineage, key and body end.
    ends: [usize; 6],
    has_key: bool,
}

/// An event on a sheet.
#[derive(Clone, Copy)]
pub(crate) struct Event<'s> {
    pub(crate) name: &'static str,
    pub(crate) id: &'s [u8],
    source: &'s [u8],
    time: &'s [u8],
    pub(crate) lineage: &'s [u8],
    key: Option<&'s [u8]>,
    body: &'s [u8],
}

impl Sheet {
    /// An empty one with room for so many bytes and events.
    pub(super) fn with_room((bytes, events): (usize, usize)) -> Self {
        Self { bytes: Vec::with_capacity(bytes), events: Vec::with_capacity(events), ..Self::default() }
    }

    /// Appends the event of a raw record: its name, and what ends its id.
    pub(super) fn event(
        &mut self,
        raw: &Attributes<'_>,
        (name, capture): (&'static str, &str),
        key: Option<&[u8]>,
        body: &[u8],
    ) {
        let bytes = &mut self.bytes;
        let (start, mut ends) = (bytes.len(), [0; 6]);
        let id = id::event(raw.id, capture);
        id.iter().for_each(|piece| bytes.extend_from_slice(piece.as_bytes()));
        ends[0] = bytes.len();
        bytes.extend_from_slice(raw.source.as_bytes());
        ends[1] = bytes.len();
        bytes.extend_from_slice(raw.time.as_bytes());
        ends[2] = bytes.len();
        lineage::passed_on(raw.lineage, id, bytes);
        ends[3] = bytes.len();
        bytes.extend_from_slice(key.unwrap_or_default());
        ends[4] = bytes.len();
        bytes.extend_from_slice(body);
        ends[5] = bytes.len();
        self.events.push(Place { name, start, ends, has_key: key.is_some() });
    }

    /// Appends a dead letter.
    pub(super) fn letter(&mut self, letter: Draft) {
        self.heavy += letter.bytes();
        self.letters.push(letter);
    }

    /// The events from this one on.
    pub(super) fn events(&self, from: usize) -> impl Iterator<Item = Event<'_>> {
        self.events.iter().skip(from).map(|place| place.of(&self.bytes))
    }

    /// Its dead letters.
    pub(crate) fn letters(&self) -> &[Draft] {
        &self.letters
    }

    /// How many events it has.
    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    /// What it takes of memory, nearly.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len() + self.heavy + (self.events.len() + self.letters.len()) * size_of::<Place>()
    }

    /// The room that its events take: bytes, and how many they are.
    pub(super) fn room(&self) -> (usize, usize) {
        (self.bytes.len(), self.events.len())
    }
}

impl Place {
    fn of<'s>(&self, bytes: &'s [u8]) -> Event<'s> {
        let mut start = self.start;
        let [id, source, time, lineage, key, body] = self.ends.map(|end| {
            let part = &bytes[start..end];
            start = end;
            part
        });
        Event { name: self.name, id, source, time, lineage, key: self.has_key.then_some(key), body }
    }
}

impl<'s> Event<'s> {
    /// What is written for it.
    pub(super) fn parts(
        &self,
        topic: &'s str,
    ) -> Parts<'s, impl ExactSizeIterator<Item = (&'s str, Option<&'s [u8]>)> + use<'s>> {
        let headers = headers_of([self.name.as_bytes(), self.id, self.source, self.time, self.lineage]);
        Parts { topic, key: self.key, headers, body: Some(self.body) }
    }

    /// What it weighs, for byte budgets.
    pub(super) fn bytes(&self) -> usize {
        let Parts { key, headers, body, .. } = self.parts("");
        let headers: usize = headers.map(|(key, value)| key.len() + value.map_or(0, <[u8]>::len)).sum();
        key.map_or(0, <[u8]>::len) + headers + body.map_or(0, <[u8]>::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudevents::{Envelope, Header};
    use crate::lineage::Lineage;
    use bytes::Bytes;

    fn raw(id: &str) -> Vec<Header> {
        let envelope = Envelope {
            name: "shop.v1.OrdersChange".into(),
            id: id.into(),
            source: "/shop/berlin".into(),
            time: String::new(),
            lineage: Lineage::beginning(id),
        };
        envelope.headers()
    }

    #[test]
    fn each_event_has_its_own_parts_and_weighs_what_its_draft_does() {
        let mut sheet = Sheet::default();
        let headers = ["shop.0/1/shop.orders/0", "shop.0/1/shop.orders/10"].map(raw);
        for (headers, key) in headers.iter().zip([Some(&b"berlin\x1f42"[..]), None]) {
            let headers = headers.iter().map(|header| (header.key.as_bytes(), header.value.as_deref()));
            let raw = Attributes::read(headers).unwrap();
            sheet.event(&raw, ("shop.v1.OrderPlaced", "OrderPlaced"), key, b"body");
            sheet.event(&raw, ("shop.v1.OrderSeen", "OrderSeen"), key, b"");
        }
        assert_eq!(sheet.len(), 4);
        let all: Vec<_> = sheet.events(0).collect();
        for (event, (raw, (key, body))) in all.iter().zip([
            (&headers[0], (Some(&b"berlin\x1f42"[..]), "body")),
            (&headers[0], (Some(&b"berlin\x1f42"[..]), "")),
            (&headers[1], (None, "body")),
            (&headers[1], (None, "")),
        ]) {
            let raw = Envelope::from_headers(raw).unwrap();
            let id = format!("{}/{}", raw.id, event.name.rsplit('.').next().unwrap());
            let lineage = raw.lineage.following(&raw.lineage.causation, &id, raw.lineage.hop);
            let expected = Envelope { name: event.name.into(), id, lineage, ..raw };
            let parts = event.parts("events");
            assert_eq!((parts.topic, parts.key, parts.body), ("events", key, Some(body.as_bytes())));
            let own = |(key, value): (&str, Option<&[u8]>)| Header {
                key: key.to_owned().into(),
                value: value.map(Bytes::copy_from_slice),
            };
            let headers: Vec<Header> = parts.headers.map(own).collect();
            assert_eq!(Envelope::from_headers(&headers), Ok(expected));
            let (topic, body) = ("events".into(), Some(body.into()));
            let draft = Draft { topic, key: key.map(<[u8]>::to_vec), headers, body };
            assert_eq!(event.bytes(), draft.bytes());
        }
        assert_eq!(sheet.events(3).count(), 1, "from one on");
    }
}
