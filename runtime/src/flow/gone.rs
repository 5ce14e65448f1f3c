//! Topics that are deleted under a service. What was in them is lost, and only a person can say what follows from that: the
//! service halts, names the topic and the next command, and never makes it anew by itself with records missing in it.
//! It must not know: why a topic was deleted, or how a loop fails without it.

mod known;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{Ground, journal};
use crate::fault::Fault;
use crate::log::kafka::{Journal, Kafka, Partitions, Presence};
use crate::spec::ContextSpec;

pub(crate) use known::{Known, remember};

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

    /// The halt of one that is not there: what is lost with it, and what to do next.
    fn deleted(&self, kafka: &Kafka, spec: &ContextSpec) -> Fault {
        let first = match &self.role {
            Role::Heard => "deploy the context that owns it, which makes it",
            _ => "restore it under its name before you start again, or let `stormc apply` make it, empty",
        };
        let confirm = "; the next start asks for a word on the new one (`kafka.renewed`)";
        let next = match (&self.role, self.next(kafka, spec)) {
            (Role::Progress(_) | Role::Kept, next) => next.unwrap_or_default(),
            (_, Some(next)) => format!("{first}{confirm}; then: {next}"),
            (_, None) => format!("{first}{confirm}"),
        };
        self.halt(spec, "was deleted", next)
    }

    /// The halt of one that is there again under another id. It lasts until a person says that this very one is meant.
    fn renewed(&self, kafka: &Kafka, spec: &ContextSpec, id: &str) -> Fault {
        let word = format!("[\"{}={id}\"]", self.name);
        let word = format!(
            "find out what is missing, and restore what there is a copy of; then say that this one takes its place: \
             `kafka.renewed = {word}`, or in the environment `STORM_KAFKA__RENEWED={word}`"
        );
        let next = match (&self.role, self.next(kafka, spec)) {
            (Role::Progress(_) | Role::Kept, next) => next.unwrap_or_default(),
            (_, Some(next)) => format!("{word}; before you start: {next}"),
            (_, None) => word,
        };
        self.halt(spec, "was deleted and made anew", next)
    }

    fn halt(&self, spec: &ContextSpec, what: &str, next: String) -> Fault {
        let lost = match &self.role {
            Role::Raw => "rows that were captured and not yet published".to_owned(),
            Role::Events => "its events, for readers who have not read them".to_owned(),
            Role::Commands => "commands that were not yet handled".to_owned(),
            Role::Dead => "letters that were not redriven".to_owned(),
            Role::Progress(source) => format!("where the capture of `{source}` of `{}` stands", spec.slug),
            Role::Kept => "nothing that is not written again".to_owned(),
            Role::Heard => "its events, for policies here that have not read them".to_owned(),
        };
        Fault::world("K-122", format!("the topic `{}` {what}; lost with it: {lost}", self.name), next)
    }

    /// Where what reads the topic goes on.
    fn next(&self, kafka: &Kafka, spec: &ContextSpec) -> Option<String> {
        let (name, context) = (&self.name, spec.slug);
        let reset = |group: &str, topic: &str| {
            kafka.reset(&format!("{context}.{group}"), &Partitions::from([(topic, Vec::new())]))
        };
        match &self.role {
            Role::Raw => Some(reset("publish", name)),
            Role::Events => Some(format!(
                "for what the raw topic still holds to be published once more, under the same ids: {}",
                reset("publish", spec.topics.raw.name)
            )),
            Role::Commands | Role::Heard => Some(reset("dispatch", name)),
            Role::Dead => None,
            Role::Progress(source) => Some(format!(
                "restore it under its name before you start again; else start again: what was committed since is a gap, \
                 and capture halts with C-010 until `source.{source}.incarnation` is higher"
            )),
            Role::Kept => Some("start again: it is made anew".to_owned()),
        }
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

/// Before a start makes what is absent: of the context's own topics none may be absent that there was before.
///
/// # Errors
/// One is (K-122), or the brokers do not say (K-108).
pub(crate) fn none_before(kafka: &Kafka, spec: &ContextSpec) -> Result<(), Fault> {
    let presence = Presence::new(kafka)?;
    // What is noted now was there: a topic that another replica makes meanwhile is noted later.
    let Some(noted) = noted(kafka, &presence, spec)? else { return Ok(()) };
    for topic in owned(spec).into_iter().filter(|topic| noted.noted(&note_of(&topic.name)).is_some()) {
        if stays_away(&presence, &topic.name)? {
            return Err(topic.deleted(kafka, spec));
        }
    }
    Ok(())
}

/// A topic of another context that is not there, though this group has read it before.
///
/// # Errors
/// It was deleted (K-122), or the brokers do not say (K-108).
pub(crate) fn was_heard(ground: &Ground, group: &str, topic: &str) -> Result<(), Fault> {
    let noted = noted(&ground.kafka, &Presence::new(&ground.kafka)?, ground.spec)?;
    if noted.is_some_and(|noted| noted.has(&format!("{group}/{topic}/"))) {
        return Err(Needed::new(topic, Role::Heard).deleted(&ground.kafka, ground.spec));
    }
    Ok(())
}

/// Looks each so often whether every topic that was there still is, and is the one that it was, until asked to stop. Blocks:
/// it wants a thread of its own. What the brokers do not say now, they say later.
///
/// # Errors
/// One is gone, or another one (K-122).
pub(crate) fn watch(ground: &Ground, kept: Vec<Needed>, mut known: Known) -> Result<(), Fault> {
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
                return Err(topic.deleted(&ground.kafka, ground.spec));
            }
            doubt |= sight.missed.is_some();
        }
        known.look(ground, &presence, &topics)?;
        ground.stop.sleep_here(if doubt { every.min(Duration::from_millis(500)) } else { every });
    }
    Ok(())
}

/// What was seen of a topic.
#[derive(Default)]
struct Sight {
    seen: bool,
    /// Since when it has not been there, and in how many looks.
    missed: Option<(Instant, u32)>,
}

impl Sight {
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
