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
