//! All letters of a topic, and which of them were redriven: one reading from the beginning to the end, bodies left out.

use std::collections::BTreeMap;

use super::{Done, Entry, Letter, Letters};
use crate::kafka::{Kafka, Start};
use crate::report::{Progress, Stop};

/// What a topic of dead letters holds.
pub(crate) struct Survey {
    /// Those that were asked for, in order.
    pub(crate) letters: Vec<Letter>,
    /// Those that were redriven, asked for or not.
    pub(crate) done: Done,
    /// Records that are neither letters nor marks.
    pub(crate) foreign: usize,
}

impl Survey {
    /// True when this letter was redriven.
    pub(crate) fn is_done(&self, letter: &Letter) -> bool {
        self.done.contains(&letter.place)
    }
}

/// Reads a topic from end to end.
///
/// # Errors
/// The topic is not there, or the cluster does not answer.
pub(crate) fn survey(kafka: &Kafka, topic: &str, letters: &Letters) -> Result<Survey, Stop> {
    let partitions = kafka.topic(topic)?.partitions;
    let starts: BTreeMap<i32, Start> =
        partitions.iter().map(|partition| (*partition, Start::Beginning)).collect();
    let mut survey = Survey { letters: Vec::new(), done: Done::new(), foreign: 0 };
    let mut reader = kafka.read(topic, &starts, false)?;
    let mut progress = Progress::search(topic, reader.total());
    while let Some(record) = reader.next()? {
        progress.at(reader.looked_at());
        match Entry::of(&record) {
            Entry::Letter(letter) if letters.takes(&letter) => survey.letters.push(*letter),
            Entry::Letter(_) => {}
            Entry::Redriven(place) => {
                survey.done.insert(place);
            }
            Entry::Foreign => survey.foreign += 1,
        }
    }
    progress.found();
    survey.letters.sort_by_key(|letter| letter.place);
    Ok(survey)
}

impl Letters {
    /// The topics that are meant: those that are named, or every one whose name ends as theirs do.
    ///
    /// # Errors
    /// A named one is not there, or no broker answers.
    pub(crate) fn topics(&self, kafka: &Kafka) -> Result<Vec<String>, Stop> {
        let contexts = self.context.iter().map(|context| storm_codegen::names::topic(context, "dead"));
        let named: Vec<String> = contexts.chain(self.topic.iter().cloned()).collect();
        if named.is_empty() {
            return Ok(kafka.topics()?.into_keys().filter(|name| name.ends_with("_dead")).collect());
        }
        named.iter().try_for_each(|topic| kafka.topic(topic).map(drop))?;
        Ok(named)
    }
}
