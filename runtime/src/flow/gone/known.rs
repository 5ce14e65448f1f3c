//! Which topics a context's were: brokers give each an id, which one that is made anew under its name does not keep. The ids
//! are remembered beside what has begun, and another one is used only when a person has said so of that very one
//! (`kafka.renewed`); until then each start halts alike. A word holds for all processes of the context: once it was taken,
//! its id is the one that is remembered.
//! It must not know: how it is found out that a topic is not there at all.

use std::collections::BTreeMap;

use super::{Ground, Needed, Role, journal, note_of, owned, unknown};
use crate::config::KafkaSection;
use crate::fault::Fault;
use crate::log::Draft;
use crate::log::kafka::{Journal, Presence, note, note_text, write};

/// The ids of topics as this context knows them.
pub(crate) struct Known(BTreeMap<String, String>);

/// What the id of a topic is to us.
#[derive(Debug, PartialEq, Eq)]
enum Met {
    Known,
    /// The first one under this name.
    First,
    /// A person has said that it takes the place of the one before.
    Accepted,
    /// Nobody has said so.
    Another,
}

impl Met {
    fn of(section: &KafkaSection, topic: &str, id: &str, before: Option<&str>) -> Self {
        match before {
            None => Self::First,
            Some(before) if before == id => Self::Known,
            Some(_) if section.is_renewed(topic, id) => Self::Accepted,
            Some(_) => Self::Another,
        }
    }
}

/// Remembers that the context's topics have been there, and which ones these and the others that it needs are.
///
/// # Errors
/// One was made anew and nobody has said that it may be used (K-122), or the brokers do not answer (K-108).
pub(crate) fn remember(ground: &Ground, needed: &[Needed]) -> Result<Known, Fault> {
    let (kafka, name) = (&ground.kafka, journal(ground.spec));
    let noted = Journal::read(kafka, &name)?;
    let topics: Vec<Needed> = owned(ground.spec).into_iter().chain(needed.iter().cloned()).collect();
    let lasting = topics.iter().filter(|topic| topic.is_lasting());
    let ids = lasting.filter_map(|topic| Some((topic.name.clone(), noted.text(&id_of(&topic.name))?.into())));
    let mut known = Known(ids.collect());
    let new = known.compare(ground, &Presence::new(kafka)?, &topics)?;
    let there = owned(ground.spec).map(|topic| note_of(&topic.name));
    let there = there.iter().filter(|what| noted.noted(what).is_none()).map(|what| note(&name, what, 1));
    let notes: Vec<Draft> = new.notes.into_iter().chain(there).collect();
    store(ground, &notes).map_err(|why| unknown(&name, &why))?;
    known.0.extend(new.ids);
    Ok(known)
}

impl Needed {
    /// True when it is remembered beyond this run which one it was. Where a capture stands is asked for by its incarnation,
    /// and what is written again anyway is lost without harm.
    fn is_lasting(&self) -> bool {
        !matches!(self.role, Role::Progress(_) | Role::Kept)
    }
}

impl Known {
    /// Compares the topics that are there with those that are known: what is to be known besides. Brokers that have no ids, or
    /// do not say them now, leave everything as it is.
    ///
    /// # Errors
    /// One was made anew and nobody has said that it may be used (K-122).
    fn compare(&self, ground: &Ground, presence: &Presence, topics: &[Needed]) -> Result<New, Fault> {
        let names: Vec<&str> = topics.iter().map(|topic| topic.name.as_str()).collect();
        let ids = presence.ids(&names).unwrap_or_default();
        let mut new = New::default();
        for topic in topics {
            let Some(id) = ids.get(&topic.name).map(ToString::to_string) else { continue };
            let before = self.0.get(&topic.name).map(String::as_str);
            match Met::of(&ground.config.kafka, &topic.name, &id, before) {
                Met::Known => continue,
                Met::Another => return Err(topic.renewed(&ground.kafka, ground.spec, &id)),
                Met::Accepted => {
                    let topic = &topic.name;
                    tracing::warn!(target: "storm::flow", topic, id, "`kafka.renewed` says that this topic takes the place of the one before");
                }
                Met::First => {}
            }
            if topic.is_lasting() {
                new.notes.push(note_text(&journal(ground.spec), &id_of(&topic.name), &id));
            }
            new.ids.push((topic.name.clone(), id));
        }
        Ok(new)
    }

    /// Compares once more. What cannot be remembered now is remembered at another look.
    ///
    /// # Errors
    /// One was made anew and nobody has said that it may be used (K-122).
    pub(super) fn look(
        &mut self,
        ground: &Ground,
        presence: &Presence,
        topics: &[Needed],
    ) -> Result<(), Fault> {
        let new = self.compare(ground, presence, topics)?;
        match store(ground, &new.notes) {
            Ok(()) => self.0.extend(new.ids),
            Err(why) => {
                tracing::warn!(target: "storm::flow", code = "K-125", why, "which topics these are is not remembered yet");
            }
        }
        Ok(())
    }
}

/// What was found and is not known yet.
#[derive(Default)]
struct New {
    ids: Vec<(String, String)>,
    notes: Vec<Draft>,
}

fn store(ground: &Ground, notes: &[Draft]) -> Result<(), String> {
    if notes.is_empty() { Ok(()) } else { write(&ground.kafka, notes) }
}

/// What the journal calls a topic's id.
fn id_of(topic: &str) -> String {
    format!("id/{topic}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_for_one_renewal_never_covers_the_next_one() {
        let section = KafkaSection { renewed: vec!["t=2".into(), "u = 9".into()], ..KafkaSection::default() };
        let met = |topic, id, before| Met::of(&section, topic, id, before);
        assert_eq!(met("t", "1", None), Met::First);
        assert_eq!(met("t", "1", Some("1")), Met::Known);
        assert_eq!(met("t", "2", Some("1")), Met::Accepted);
        assert_eq!(met("t", "2", Some("2")), Met::Known, "it was accepted before");
        assert_eq!(met("t", "3", Some("2")), Met::Another, "made anew once more");
        assert_eq!(met("u", "2", Some("1")), Met::Another, "of another topic");
        assert_eq!(met("u", "9", Some("1")), Met::Accepted, "blanks do not matter");
    }
}
