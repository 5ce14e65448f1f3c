//! `storm.lock`: the numbers and names that published data depends on. Text in, text out; who stores it is not known
//! here. A number once given is never given again, and never changes.

mod codec;
mod numbers;
mod rules;

use std::collections::BTreeMap;

pub use numbers::{Numbers, OnTypeChange, Wanted};
pub use rules::RULES;
pub(crate) use rules::{PARTITIONS_CHANGED, TOPIC_RENAMED};

/// All pins. Keys are names of the model: `ordering.v1.OrderPlaced`, `ordering.events`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// Field numbers by message.
    pub messages: BTreeMap<String, Numbers>,
    /// Value numbers by enum.
    pub enums: BTreeMap<String, Numbers>,
    /// Topics by context and stream.
    pub topics: BTreeMap<String, TopicPin>,
}

/// A topic as it was first planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicPin {
    /// Its name.
    pub name: String,
    /// Its partitions.
    pub partitions: u32,
}

impl Lock {
    /// The lock of this text; an empty lock when there is none yet.
    ///
    /// # Errors
    /// A diagnostic without a label (the lock is not one of the model's texts) that says which line is wrong.
    pub fn parse(text: Option<&str>) -> Result<Self, storm_dsl::diagnostic::Diagnostic> {
        text.map_or_else(|| Ok(Self::default()), codec::parse)
    }

    /// The lock's text: sorted, one pin a line, so that two branches merge without conflict where they do not disagree.
    pub fn text(&self) -> String {
        codec::text(self)
    }
}
