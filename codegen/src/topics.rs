//! Topics as the model wants them, with the reckoning behind their numbers. One plan feeds the Rust constants and the
//! YAML. It must not know how either is written.

mod load;

use storm_dsl::diagnostic::Diagnostic;
use storm_dsl::model::{ContextId, Model, Stream, StreamKind};

use crate::contract::{Database, Extent};
use crate::lock::{Lock, PARTITIONS_CHANGED, TOPIC_RENAMED, TopicPin};
use crate::names;

/// A topic to be created if absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicPlan {
    /// `raw`, `events`, `commands`, `dead`, `shapes`, `progress`, `schedule`, or `begun`.
    pub stream: &'static str,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// What its records are keyed by.
    pub key: String,
    /// How many partitions.
    pub partitions: u32,
    /// Replicas in a real deployment.
    pub replicas: u32,
    /// `min.insync.replicas`
    pub min_insync: u32,
    /// Settings by Kafka's names, in the order they are written.
    pub settings: Vec<(&'static str, String)>,
    /// The reckoning, a line each.
    pub reckoning: Vec<String>,
}

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;
/// Partitions of a topic of which the model says nothing.
const PARTITIONS: u32 = 8;

/// What is usual for a stream.
struct Usual {
    stream: &'static str,
    kind: StreamKind,
    partitions: u32,
    retention: u64,
    purpose: &'static str,
}

fn usual() -> [Usual; 4] {
    let of =
        |stream, kind, partitions, retention, purpose| Usual { stream, kind, partitions, retention, purpose };
    [
        of(
            "raw",
            StreamKind::Raw,
            PARTITIONS,
            7 * DAY,
            "rows as the source has them; private to the context",
        ),
        of("events", StreamKind::Events, PARTITIONS, 30 * DAY, "the public contract"),
        of(
            "commands",
            StreamKind::Commands,
            PARTITIONS,
            7 * DAY,
            "commands from outside of the context's process",
        ),
        of("dead", StreamKind::Dead, 1, 30 * DAY, "records given up on, with cause and attempts"),
    ]
}

/// The topics of a context. A context of contract depth has those that others see.
pub(crate) fn plan(
    model: &Model,
    context: ContextId,
    extent: Extent,
    databases: &[Database],
    lock: &mut Lock,
    diagnostics: &mut Vec<Diagnostic>,
    notes: &mut Vec<String>,
) -> Vec<TopicPlan> {
    let name = &model[context].head.name;
    let runs = extent == Extent::Service;
    let mut plans = Vec::new();
    if extent == Extent::Types {
        return plans;
    }
    for usual in usual() {
        if !runs && matches!(usual.kind, StreamKind::Raw | StreamKind::Dead) {
            continue;
        }
        let said = model
            .streams
            .iter()
            .find(|stream| stream.head.context == Some(context) && stream.kind == usual.kind);
        let mut topic = stream(name, &usual, said);
        pin(&mut topic, name, said, lock, diagnostics, notes);
        if let Some(size) = said.and_then(|stream| stream.retention_size) {
            let each = (size / u64::from(topic.partitions)).max(1);
            topic.settings.push(("retention.bytes", each.to_string()));
            topic.reckoning.push(format!(
                "{} in all / {} partitions = {each} bytes a partition",
                load::size(size),
                topic.partitions
            ));
        }
        plans.push(topic);
    }
    if runs {
        let raw = plans[0].name.clone();
        if !databases.is_empty() {
            plans.push(shapes(&raw));
        }
        plans.extend(databases.iter().map(|database| progress(&raw, database)));
        let mut commands = model.commands.iter().filter(|command| command.head.context == Some(context));
        if commands.any(|command| command.every.is_some()) {
            plans.push(schedule(&raw));
        }
        plans.push(begun(&raw));
    }
    plans
}

fn stream(context: &str, usual: &Usual, said: Option<&Stream>) -> TopicPlan {
    let mut reckoning = Vec::new();
    let partitions = match said {
        Some(Stream { partitions: Some(count), .. }) => {
            reckoning.push(format!("{count} partitions, as the model says"));
            *count
        }
        Some(Stream { load: Some(load), .. }) => load::partitions(load, &mut reckoning),
        _ if usual.stream == "dead" => {
            reckoning.push("1 partition: it is read by people, in order".into());
            usual.partitions
        }
        _ => {
            reckoning.push(format!("{PARTITIONS} partitions: the model names no load"));
            usual.partitions
        }
    };
    let retention = match said.and_then(|stream| stream.retention_time) {
        Some(time) => {
            reckoning.push(format!("kept {}, as the model says", load::time(time)));
            time
        }
        None => {
            let days = usual.retention / DAY;
            reckoning.push(format!("kept {days} days: the model names no retention"));
            usual.retention
        }
    };
    let mut settings = vec![("cleanup.policy", "delete".to_owned()), ("retention.ms", retention.to_string())];
    // A changed row of 16 MiB, which capture takes, is two images and a little more; as a dead letter it is no smaller.
    let whole_rows = matches!(usual.stream, "raw" | "dead").then_some(34 << 20);
    if let Some(most) = said.and_then(|stream| stream.message_at_most).or(whole_rows) {
        settings.push(("max.message.bytes", most.to_string()));
    }
    let replicas = said.and_then(|stream| stream.replicas).unwrap_or(3);
    TopicPlan {
        stream: usual.stream,
        name: said
            .and_then(|stream| stream.topic.clone())
            .unwrap_or_else(|| names::topic(context, usual.stream)),
        purpose: usual.purpose.into(),
        key: "tenant and aggregate key: an aggregate's records stay in order".into(),
        partitions,
        replicas,
        min_insync: if replicas >= 2 { replicas.min(3) - 1 } else { 1 },
        settings,
        reckoning,
    }
}

/// The lock has the last word on names and partitions: data and readers' positions hang on them.
fn pin(
    topic: &mut TopicPlan,
    context: &str,
    said: Option<&Stream>,
    lock: &mut Lock,
    diagnostics: &mut Vec<Diagnostic>,
    notes: &mut Vec<String>,
) {
    let of = format!("{}.{}", names::slug(context), topic.stream);
    let fresh = TopicPin { name: topic.name.clone(), partitions: topic.partitions };
    let pin = lock.topics.entry(of).or_insert(fresh);
    if pin.name != topic.name {
        match said.filter(|stream| stream.topic.is_some()) {
            Some(stream) => diagnostics.push(
                Diagnostic::error(
                    &TOPIC_RENAMED,
                    stream.head.span,
                    format!("the topic of `{context}.{}` is `{}` in `storm.lock`", topic.stream, pin.name),
                )
                .at(format!("now `{}`", topic.name))
                .help(format!("keep `topic \"{}\"`; to move, see `stormc explain S0684`", pin.name)),
            ),
            None => topic.name.clone_from(&pin.name),
        }
    }
    if pin.partitions != topic.partitions {
        match said.filter(|stream| stream.partitions.is_some()) {
            Some(stream) => diagnostics.push(
                Diagnostic::error(
                    &PARTITIONS_CHANGED,
                    stream.head.span,
                    format!("`{}` has {} partitions in `storm.lock`", topic.name, pin.partitions),
                )
                .at(format!("now {}", topic.partitions))
                .help(format!(
                    "keep `partitions {}`; to change them, see `stormc explain S0685`",
                    pin.partitions
                )),
            ),
            None => {
                if said.is_some_and(|stream| stream.load.is_some()) {
                    notes.push(format!(
                        "`{}` now reckons to {} partitions; `storm.lock` keeps {} (`stormc explain S0685`)",
                        topic.name, topic.partitions, pin.partitions
                    ));
                }
                topic.reckoning.push(format!("{} partitions are pinned by storm.lock", pin.partitions));
                topic.partitions = pin.partitions;
            }
        }
    }
}

/// Where capture keeps its position in a source.
fn progress(raw: &str, database: &Database) -> TopicPlan {
    let purpose = format!("how far capture has come in the source {}", database.name);
    let why = "1 partition: written in every capture transaction, read from end to end at start";
    place(
        "progress",
        names::progress_topic(raw, &database.name),
        purpose,
        "one key: the newest position",
        why,
    )
}

/// Where the shapes of captured tables are kept.
fn shapes(raw: &str) -> TopicPlan {
    let purpose = "the shapes of captured tables: what the raw rows are read with".to_owned();
    let why = "1 partition: a shape is written with its first row, and all are read at start";
    place("shapes", names::shapes_topic(raw), purpose, "the shape's hash", why)
}

/// Where what has begun is remembered.
fn begun(raw: &str) -> TopicPlan {
    let purpose =
        "which groups and captures have begun: what is missing is told from what never was".to_owned();
    let why = "1 partition: a record for each beginning, read at start";
    place("begun", names::begun_topic(raw), purpose, "the name of what has begun", why)
}

/// Where the last due time of each scheduled command is kept.
fn schedule(raw: &str) -> TopicPlan {
    let purpose = "the last due time of each scheduled command".to_owned();
    let why = "1 partition: whoever has it issues the commands; written with each of them";
    place("schedule", names::schedule_topic(raw), purpose, "the command's name", why)
}

/// A small compacted topic that says how far something has come.
fn place(stream: &'static str, name: String, purpose: String, key: &str, why: &str) -> TopicPlan {
    TopicPlan {
        stream,
        name,
        purpose,
        key: key.into(),
        partitions: 1,
        replicas: 3,
        min_insync: 2,
        settings: vec![
            ("cleanup.policy", "compact".into()),
            ("segment.bytes", (1 << 20).to_string()),
            ("segment.ms", HOUR.to_string()),
        ],
        reckoning: vec![why.into()],
    }
}
