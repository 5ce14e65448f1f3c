//! Topics that are deleted under a service. What was in them is lost, and only a person can say what follows from that: the
//! service halts, names the topic and the next command, and never makes it anew by itself with records missing in it.
//! It must not know: why a topic was deleted, or how a loop fails without it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{Ground, journal};
use crate::fault::Fault;
use crate::log::kafka::{Id, Journal, Kafka, Partitions, Presence, note, note_text, write};
use crate::spec::ContextSpec;

/// A broker may be a moment behind the others: a topic is gone when it is not there so many times in a row, for so long.
const LOOKS: u32 = 3;
const CERTAIN: Duration = Duration::from_secs(5);
/// How long after a topic was made a broker may not know it yet.
const APPEARS: Duration = Duration::from_secs(2);
/// How long the brokers may leave one question without an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a topic is to this context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    Raw,
    Events,
    Commands,
    Dead,
    /// A source's position.
    Progress(&'static str),
    /// Small topics that a start makes anew without harm.
    Kept,
    /// Another context's, which policies here hear.
    Heard,
}

/// A topic that must stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Needed {
    pub(crate) name: String,
    pub(crate) role: Role,
}

impl Needed {
    pub(crate) fn new(name: impl Into<String>, role: Role) -> Self {
        Self { name: name.into(), role }
    }

    /// The halt: what is lost with the topic, and what to do next.
    fn fault(&self, kafka: &Kafka, spec: &ContextSpec) -> Fault {
        self.halt(kafka, spec, "was deleted")
    }

    fn halt(&self, kafka: &Kafka, spec: &ContextSpec, what: &str) -> Fault {
        let (name, context) = (&self.name, spec.slug);
        let reset = |group: &str, topic: &str| {
            kafka.reset(&format!("{context}.{group}"), &Partitions::from([(topic, Vec::new())]))
        };
        let anew = "restore it under its name before you start again, or let `stormc apply` make it, empty";
        let (lost, next) = match &self.role {
            Role::Raw => (
                "rows that were captured and not yet published".to_owned(),
                format!("{anew}; then: {}", reset("publish", name)),
            ),
            Role::Events => (
                "its events, for readers who have not read them".to_owned(),
                format!(
                    "{anew}; what the raw topic still holds is published once more, under the same ids, after: {}",
                    reset("publish", spec.topics.raw.name)
                ),
            ),
            Role::Commands => (
                "commands that were not yet handled".to_owned(),
                format!("{anew}; then: {}", reset("dispatch", name)),
            ),
            Role::Dead => ("letters that were not redriven".to_owned(), anew.to_owned()),
            Role::Progress(source) => (
                format!("where the capture of `{source}` stands"),
                format!(
                    "restore it under its name before you start again; else start again: what was committed since is a gap, \
                     and capture halts with C-010 until `source.{source}.incarnation` is higher"
                ),
            ),
            Role::Kept => {
                ("nothing that is not written again".to_owned(), "start again: it is made anew".to_owned())
            }
            Role::Heard => (
                "its events, for policies here that have not read them".to_owned(),
                format!("deploy the context that owns it, which makes it; then: {}", reset("dispatch", name)),
            ),
        };
        Fault::world("K-122", format!("the topic `{name}` {what}; lost with it: {lost}"), next)
    }
}

/// The topics that a context may not lose: what was in them nobody writes again.
fn owned(spec: &ContextSpec) -> [Needed; 4] {
    let topics = &spec.topics;
    [
        Needed::new(topics.raw.name, Role::Raw),
        Needed::new(topics.events.name, Role::Events),
        Needed::new(topics.commands.name, Role::Commands),
        Needed::new(topics.dead.name, Role::Dead),
    ]
}

/// Before a start makes what is absent: of the context's own topics none may be absent that there was before, and none may
/// be another one under the same name. It is said once: who starts again has seen what is lost.
///
/// # Errors
/// One is (K-122), or the brokers do not say (K-108).
pub(crate) fn none_before(kafka: &Kafka, spec: &ContextSpec) -> Result<(), Fault> {
    let presence = Presence::new(kafka)?;
    // What is noted now was there: a topic that another replica makes meanwhile is noted later.
    let Some(noted) = noted(kafka, &presence, spec)? else { return Ok(()) };
    for topic in owned(spec).into_iter().filter(|topic| noted.noted(&note_of(&topic.name)).is_some()) {
        if stays_away(&presence, &topic.name)? {
            forget(kafka, spec, &topic);
            return Err(topic.fault(kafka, spec));
        }
    }
    let ids = ids(&presence, spec);
    let another = |topic: &Needed| {
        let (id, before) = (ids.get(&topic.name), noted.text(&id_of(&topic.name)));
        id.zip(before).is_some_and(|(id, before)| id.to_string() != before)
    };
    match owned(spec).into_iter().find(another) {
        Some(topic) => {
            forget(kafka, spec, &topic);
            Err(topic.halt(kafka, spec, "was deleted and made anew while nobody looked"))
        }
        None => Ok(()),
    }
}

/// Remembers that the context's topics have been there, and which ones they are.
///
/// # Errors
/// The brokers do not answer (K-108).
pub(crate) fn remember(kafka: &Kafka, spec: &ContextSpec) -> Result<(), Fault> {
    let name = journal(spec);
    let noted = Journal::read(kafka, &name)?;
    let topics = owned(spec);
    let ids = ids(&Presence::new(kafka)?, spec);
    let unknown_before = ids.iter().filter(|(topic, _)| noted.text(&id_of(topic)).is_none());
    let ids = unknown_before.map(|(topic, id)| note_text(&name, &id_of(topic), &id.to_string()));
    let new = topics.iter().map(|topic| note_of(&topic.name)).filter(|what| noted.noted(what).is_none());
    let notes: Vec<_> = new.map(|what| note(&name, &what, 1)).chain(ids).collect();
    if notes.is_empty() { Ok(()) } else { write(kafka, &notes).map_err(|why| unknown(&name, &why)) }
}

/// A topic of another context that is not there, though this group has read it before.
///
/// # Errors
/// It was deleted (K-122), or the brokers do not say (K-108).
pub(crate) fn was_heard(ground: &Ground, group: &str, topic: &str) -> Result<(), Fault> {
    let noted = noted(&ground.kafka, &Presence::new(&ground.kafka)?, ground.spec)?;
    if noted.is_some_and(|noted| noted.has(&format!("{group}/{topic}/"))) {
        return Err(Needed::new(topic, Role::Heard).fault(&ground.kafka, ground.spec));
    }
    Ok(())
}

/// Looks each so often whether every topic that was there still is, until asked to stop. Blocks: it wants a thread of its
/// own. What the brokers do not say now, they say later.
///
/// # Errors
/// One is gone (K-122).
pub(crate) fn watch(ground: &Ground, kept: Vec<Needed>) -> Result<(), Fault> {
    let presence = Presence::new(&ground.kafka)?;
    let mut sights: BTreeMap<String, Sight> = BTreeMap::new();
    let topics: Vec<Needed> = owned(ground.spec).into_iter().chain(kept).collect();
    let every = ground.config.metrics.every.0;
    while !ground.stop.asked() {
        let mut doubt = false;
        for topic in &topics {
            let Ok(there) = presence.has(&topic.name) else { continue };
            let sight = sights.entry(topic.name.clone()).or_default();
            if sight.is_gone(there, Instant::now()) {
                forget(&ground.kafka, ground.spec, topic);
                return Err(topic.fault(&ground.kafka, ground.spec));
            }
            doubt |= sight.missed.is_some();
        }
        let names: Vec<&str> = topics.iter().map(|topic| topic.name.as_str()).collect();
        let ids = presence.ids(&names).unwrap_or_default();
        for topic in &topics {
            let sight = sights.entry(topic.name.clone()).or_default();
            if ids.get(&topic.name).is_some_and(|id| sight.is_another(*id)) {
                forget(&ground.kafka, ground.spec, topic);
                return Err(topic.halt(&ground.kafka, ground.spec, "was deleted and made anew"));
            }
        }
        ground.stop.sleep_here(if doubt { every.min(Duration::from_millis(500)) } else { every });
    }
    Ok(())
}

/// What was seen of a topic.
#[derive(Default)]
struct Sight {
    seen: bool,
    /// Which one was there first.
    id: Option<Id>,
    /// Since when it has not been there, and in how many looks.
    missed: Option<(Instant, u32)>,
}

impl Sight {
    /// True when it is not the topic that was there first, whatever its name.
    fn is_another(&mut self, id: Id) -> bool {
        *self.id.get_or_insert(id) != id
    }

    /// Takes a look; true when a topic that was there is gone.
    fn is_gone(&mut self, there: bool, now: Instant) -> bool {
        self.seen |= there;
        self.missed = match self.missed {
            _ if there || !self.seen => None,
            None => Some((now, 1)),
            Some((since, looks)) => Some((since, looks + 1)),
        };
        self.missed.is_some_and(|(since, looks)| looks >= LOOKS && now - since >= CERTAIN)
    }
}

/// What has begun; nothing when this context has never started.
fn noted(kafka: &Kafka, presence: &Presence, spec: &ContextSpec) -> Result<Option<Journal>, Fault> {
    let name = journal(spec);
    if told(presence, &name)? { Journal::read(kafka, &name).map(Some) } else { Ok(None) }
}

/// Whether a topic is there, asked for until the brokers say it.
fn told(presence: &Presence, topic: &str) -> Result<bool, Fault> {
    let start = Instant::now();
    loop {
        match presence.has(topic) {
            Ok(there) => return Ok(there),
            Err(why) if start.elapsed() > PATIENCE => return Err(unknown(topic, &why)),
            Err(_) => std::thread::sleep(Duration::from_millis(200)),
        }
    }
}

/// The ids of the context's own topics; none where brokers have none, or do not say.
fn ids(presence: &Presence, spec: &ContextSpec) -> BTreeMap<String, Id> {
    let topics = owned(spec);
    let names: Vec<&str> = topics.iter().map(|topic| topic.name.as_str()).collect();
    presence.ids(&names).unwrap_or_default()
}

/// Forgets which topic it was: what has been said of it is not said again of the one that takes its place.
fn forget(kafka: &Kafka, spec: &ContextSpec, topic: &Needed) {
    if let Err(why) = write(kafka, &[note_text(&journal(spec), &id_of(&topic.name), "")]) {
        // It is said once more then.
        tracing::warn!(target: "storm::flow", code = "K-125", why, "which topic it was is not forgotten yet");
    }
}

/// What the journal calls a topic's id.
fn id_of(topic: &str) -> String {
    format!("id/{topic}")
}

/// Whether a topic is not there, nor appears: brokers are told of one that someone has just made after whoever made it.
fn stays_away(presence: &Presence, topic: &str) -> Result<bool, Fault> {
    let start = Instant::now();
    while !told(presence, topic)? {
        if start.elapsed() > APPEARS {
            return Ok(true);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(false)
}

/// What the journal calls a topic.
fn note_of(topic: &str) -> String {
    format!("topic/{topic}")
}

fn unknown(topic: &str, why: &str) -> Fault {
    let message = format!("whether there is a topic `{topic}` is not known: {why}");
    Fault::world("K-108", message, "look at the brokers' health and at the rights of this client")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_gone_when_it_was_there_and_stays_away() {
        let (start, mut sight) = (Instant::now(), Sight::default());
        let mut look = |second, there| sight.is_gone(there, start + Duration::from_secs(second));
        assert!(!look(0, false) && !look(10, false) && !look(20, false), "it is not there yet");
        assert!(!look(30, true) && !look(31, false) && !look(32, false));
        assert!(!look(40, true), "one broker was behind the others");
        assert!(!look(41, false) && !look(42, false) && !look(43, false), "not long enough");
        assert!(look(46, false));
        let mut sight = Sight::default();
        let mut look = |second, there| sight.is_gone(there, start + Duration::from_secs(second));
        assert!(
            !look(0, true) && !look(10, false) && !look(20, false) && look(30, false),
            "three looks at least"
        );
    }
}
