//! The shapes of captured tables, kept by hash in a compacted topic: each is written in the Kafka transaction that holds
//! its first row, and every row's header `shape` refers to it. A raw record can be decoded without it, its fields are the
//! model's; the shape says what the table was like at that row: which columns there were, of which types, and which of
//! them the model leaves out. A refused row's bytes cannot be read without it.
//! It must not know: how a source finds out about shapes.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::log::Draft;
use crate::log::kafka::{self, Kafka, Wanted};
use crate::progress;
use crate::source::{Named, TableShape};
use crate::spec::ContextSpec;

/// The header of a raw record: its table's shape.
pub(crate) const HEADER: &str = "shape";

/// How long the topic may take to be read to its end.
const PATIENCE: Duration = Duration::from_secs(30);

/// A shape as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The source that it was seen in.
    pub(crate) source: String,
    #[serde(flatten)]
    pub(crate) shape: TableShape,
}

/// `priv_<context>.shapes`.
pub(crate) fn topic(context: &ContextSpec) -> String {
    format!("{}.shapes", context.topics.raw.name)
}

/// The topic as it must be: kept for ever, read from end to end.
pub(crate) fn wanted(context: &ContextSpec) -> Wanted {
    progress::compacted(context, topic(context))
}

/// The shapes that are known, and where more are found.
pub(crate) struct Shapes {
    topic: String,
    known: HashMap<String, Kept>,
    /// The newest shape of a table, by source and table.
    newest: HashMap<(String, String), String>,
}

impl Shapes {
    /// Reads all that is kept. For a writer: after its old producer is fenced.
    ///
    /// # Errors
    /// The topic cannot be read (K-108), or holds what is no shape (C-008).
    pub(crate) fn read(kafka: &Kafka, context: &ContextSpec) -> Result<Self, Fault> {
        let mut shapes = Self { topic: topic(context), known: HashMap::new(), newest: HashMap::new() };
        shapes.read_on(kafka)?;
        Ok(shapes)
    }

    fn read_on(&mut self, kafka: &Kafka) -> Result<(), Fault> {
        for (hash, body) in kafka::latest(kafka, &self.topic, PATIENCE)? {
            let kept = serde_json::from_slice::<Kept>(&body).map_err(|_| {
                let message = format!("`{}` holds a shape that this version does not understand", self.topic);
                Fault::world("C-008", message, "run the version that wrote it, or a newer one")
            })?;
            self.known.insert(String::from_utf8_lossy(&hash).into_owned(), kept);
        }
        Ok(())
    }

    /// The shape of a hash. One that is not known is looked for again as long as `patience` lasts: its row may have been
    /// seen before the topic was read.
    ///
    /// # Errors
    /// It is nowhere (C-009), or the topic cannot be read.
    pub(crate) fn find(&mut self, kafka: &Kafka, hash: &str, patience: Duration) -> Result<&Kept, Fault> {
        let start = Instant::now();
        while !self.known.contains_key(hash) {
            self.read_on(kafka)?;
            if !self.known.contains_key(hash) && start.elapsed() >= patience {
                let message = format!("no shape `{hash}` is kept in `{}`", self.topic);
                let help = "the record is of another context, or the topic was emptied: restart capture, which writes the \
                            shapes of the tables it sees, and read a later record";
                return Err(Fault::world("C-009", message, help));
            }
        }
        Ok(&self.known[hash])
    }

    /// Takes note of a row's shape. The record to write before the row when the shape is new.
    pub(crate) fn note(&mut self, source: &str, named: &Named) -> Option<Draft> {
        let table = (source.to_owned(), named.shape.table.clone());
        let before = self.newest.insert(table, named.hash.clone());
        if before.as_ref().is_some_and(|before| *before != named.hash)
            && let Some(earlier) = before.and_then(|before| self.known.get(&before))
        {
            let (table, shape) = (&named.shape.table, &named.hash);
            let changes = named.shape.changes_since(&earlier.shape).join("; ");
            tracing::info!(target: "storm::capture", source, table, shape, changes, "a table has another shape");
        }
        if self.known.contains_key(&named.hash) {
            return None;
        }
        let kept = Kept { source: source.to_owned(), shape: named.shape.clone() };
        let body = serde_json::to_vec(&kept).expect("a shape is plain data");
        self.known.insert(named.hash.clone(), kept);
        let key = Some(named.hash.clone().into_bytes());
        Some(Draft { topic: self.topic.as_str().into(), key, headers: Vec::new(), body: Some(body) })
    }
}
