//! What has begun, remembered for good: a compacted topic beside the raw one says which partitions each group has been
//! given a start in, and which sources have been captured. Committed offsets expire and go with their topic; with this,
//! what is missing is told from what has never been there, and nobody begins anew in silence.
//! It must not know: who begins, or what is read.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::oneshot;

use super::client::{Kafka, said};
use super::close::Passing;
use super::latest::latest;
use super::producer::{Producer, enqueue, hasten};
use crate::fault::Fault;
use crate::log::Draft;

const PATIENCE: Duration = Duration::from_secs(15);

/// The topic as it was read: what has begun, and a number that was noted with it.
pub(crate) struct Journal(HashMap<Vec<u8>, Vec<u8>>);

impl Journal {
    /// # Errors
    /// The topic cannot be read to its end (K-108).
    pub(crate) fn read(kafka: &Kafka, topic: &str) -> Result<Self, Fault> {
        latest(kafka, topic, PATIENCE).map(Self)
    }

    /// The number that was noted with what has begun; nothing when it has not.
    pub(crate) fn noted(&self, what: &str) -> Option<i64> {
        std::str::from_utf8(self.0.get(what.as_bytes())?).ok()?.parse().ok()
    }

    /// The text that was noted of something; nothing when there is none.
    pub(crate) fn text(&self, what: &str) -> Option<&str> {
        std::str::from_utf8(self.0.get(what.as_bytes())?).ok().filter(|text| !text.is_empty())
    }

    /// True when something has begun whose name starts so.
    pub(crate) fn has(&self, start: &str) -> bool {
        self.has_below(start, i64::MAX)
    }

    /// True when something has begun whose name starts so, and the number that was noted with it is `at_most`.
    pub(super) fn has_below(&self, start: &str, at_most: i64) -> bool {
        let ours = self.0.keys().filter_map(|key| std::str::from_utf8(key).ok());
        ours.filter(|what| what.starts_with(start)).any(|what| self.noted(what).is_some_and(|n| n <= at_most))
    }
}

/// The record that remembers that something has begun.
pub(crate) fn note(topic: &str, what: &str, number: i64) -> Draft {
    note_text(topic, what, &number.to_string())
}

/// The record that remembers a text of something; an empty one is no text.
pub(crate) fn note_text(topic: &str, what: &str, text: &str) -> Draft {
    let body = text.as_bytes().to_vec();
    Draft { topic: topic.into(), key: Some(what.into()), headers: Vec::new(), body: Some(body) }
}

/// Writes notes and waits until they are stored.
pub(crate) fn write(kafka: &Kafka, notes: &[Draft]) -> Result<(), String> {
    let producer = Producer::within(kafka, "producer", PATIENCE).map_err(|fault| fault.message)?;
    let producer = Passing::new(producer);
    let threaded = producer.current();
    let mut waiting = Vec::new();
    for note in notes {
        let (report, reported) = oneshot::channel();
        enqueue(&threaded, note.parts(), Box::new(report)).map_err(|error| said(&error))?;
        waiting.push(reported);
    }
    if let Some(note) = notes.first() {
        hasten(&threaded, &note.topic);
    }
    for reported in waiting {
        let stored = reported.blocking_recv().map_err(|_| "the producer was closed".to_owned())?;
        stored.map_err(|error| said(&error))?;
    }
    Ok(())
}
