//! `stormc plan`

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::kafka::{Connection, Kafka};
use crate::project::ModelArgument;
use crate::report::{Format, Output, Stop, Terminal, table};
use crate::topics::{Compared, Difference, Remedy, State, Wanted, compare};

/// Compare the topics that the model wants with those that the cluster has
///
/// Exit codes: 0 they are the same, 1 the model is wrong, 2 the cluster does not answer, 3 they differ.
#[derive(clap::Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    topics: TopicsArgument,
    /// How the comparison is shown
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The model and the cluster.
#[derive(clap::Args)]
pub(crate) struct TopicsArgument {
    #[command(flatten)]
    model: ModelArgument,
    /// So many replicas in place of the model's, as the setting kafka.replicas of a service
    #[arg(long, value_name = "COUNT", env = "STORM_KAFKA__REPLICAS", value_parser = clap::value_parser!(u32).range(1..))]
    replicas: Option<u32>,
    #[command(flatten)]
    connection: Connection,
}

impl TopicsArgument {
    /// The topics that the model wants, and the cluster that may have them.
    pub(super) fn open(&self, terminal: &Terminal) -> Result<(Kafka, Vec<Wanted>), Stop> {
        let project = self.model.open()?;
        let proven = project.prove(terminal)?;
        let plans =
            storm_codegen::topics(&proven.model, &project.sources, &proven.target, proven.lock.as_deref());
        let plans = plans.map_err(|findings| {
            terminal.show(&project.sources, &findings);
            Stop::Wrong
        })?;
        let wanted = plans.iter().map(|plan| Wanted::of(plan, self.replicas)).collect();
        Ok((self.connection.open()?, wanted))
    }
}

/// Each topic that the model wants, beside what the cluster has of it.
pub(super) fn look(kafka: &Kafka, wanted: &[Wanted]) -> Result<Vec<Compared>, Stop> {
    let there = kafka.topics()?;
    let known = wanted.iter().map(|topic| topic.name.as_str()).filter(|name| there.contains_key(*name));
    let known: Vec<&str> = known.collect();
    let settings = if known.is_empty() { BTreeMap::new() } else { kafka.settings(&known)? };
    let beside = |topic: &Wanted| compare(topic.clone(), there.get(&topic.name), settings.get(&topic.name));
    Ok(wanted.iter().map(beside).collect())
}

impl Plan {
    pub(crate) fn run(self, terminal: &Terminal) -> Result<(), Stop> {
        let (kafka, wanted) = self.topics.open(terminal)?;
        let topics = look(&kafka, &wanted)?;
        let text = match self.format {
            Format::Text => text(&topics),
            Format::Json => format!("{:#}", json!({ "topics": topics.iter().map(json).collect::<Vec<_>>() })),
        };
        Output::new().line(text.trim_end())?;
        if topics.iter().all(|topic| topic.state == State::Same) { Ok(()) } else { Err(Stop::Differs) }
    }
}

/// A line a difference, and one for all that is as it should be.
pub(super) fn text(topics: &[Compared]) -> String {
    let mut rows = Vec::new();
    let row = |cells: [&str; 5]| cells.map(str::to_owned).to_vec();
    for topic in topics {
        let name = topic.wanted.name.as_str();
        match &topic.state {
            State::Same => {}
            State::Absent => {
                let size =
                    format!("{} partitions, {} replicas", topic.wanted.partitions, topic.wanted.replicas);
                rows.push(row(["+", name, "the topic", &size, "absent"]));
            }
            State::Differs(differences) => rows.extend(differences.iter().map(|one| {
                let sign = if one.remedy == Remedy::Set { "~" } else { "!" };
                let (model, cluster) = (readable(&one.what, &one.model), readable(&one.what, &one.cluster));
                row([sign, name, &one.what, &model, &cluster])
            })),
        }
    }
    let mut text = if rows.is_empty() {
        String::new()
    } else {
        table(&["", "topic", "what", "the model says", "the cluster has"], &rows)
            + "\n`stormc apply` makes what is marked + and sets what is marked ~; of each ! it says why it is left\n\n"
    };
    for topic in topics.iter().filter(|topic| !topic.beside.is_empty()) {
        let all: Vec<String> = topic.beside.iter().map(|(name, value)| format!("{name}={value}")).collect();
        text += &format!(
            "note: `{}` has settings of which the model says nothing: {}\n",
            topic.wanted.name,
            all.join(", ")
        );
    }
    let count = |is: fn(&State) -> bool| topics.iter().filter(|topic| is(&topic.state)).count();
    text + &format!(
        "{} topics: {} as the model says, {} absent, {} different\n",
        topics.len(),
        count(|state| *state == State::Same),
        count(|state| *state == State::Absent),
        count(|state| matches!(state, State::Differs(_))),
    )
}

/// A length of time or a size in words beside its number.
fn readable(what: &str, value: &str) -> String {
    let Ok(number) = value.parse::<u64>() else {
        return if value.is_empty() { "nothing".into() } else { value.to_owned() };
    };
    let units: &[(u64, &str)] = match what.rsplit('.').next() {
        Some("ms") => &[(86_400_000, "days"), (3_600_000, "hours"), (60_000, "minutes")],
        Some("bytes") => &[(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")],
        _ => &[],
    };
    let unit = units.iter().find(|(size, _)| number >= *size && number.is_multiple_of(*size));
    let told = |(size, name): &(u64, &str)| match number / size {
        1 => format!("{value} (1 {})", name.trim_end_matches('s')),
        many => format!("{value} ({many} {name})"),
    };
    unit.map_or_else(|| value.to_owned(), told)
}

fn json(topic: &Compared) -> Value {
    let differences = match &topic.state {
        State::Differs(differences) => differences.as_slice(),
        State::Same | State::Absent => &[],
    };
    let difference = |one: &Difference| {
        let remedy = match one.remedy {
            Remedy::Set => "set",
            Remedy::GrowAfterDrain => "grow after drain",
            Remedy::ByHand(_) => "by hand",
        };
        json!({ "what": one.what, "model": one.model, "cluster": one.cluster, "remedy": remedy })
    };
    let pairs = |all: &[(String, String)]| -> serde_json::Map<String, Value> {
        all.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect()
    };
    json!({
        "topic": topic.wanted.name,
        "stream": topic.wanted.stream,
        "state": match topic.state {
            State::Same => "same",
            State::Absent => "absent",
            State::Differs(_) => "differs",
        },
        "partitions": topic.wanted.partitions,
        "replicas": topic.wanted.replicas,
        "settings": pairs(&topic.wanted.settings),
        "differences": differences.iter().map(difference).collect::<Vec<_>>(),
        "beside": pairs(&topic.beside),
    })
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn numbers_are_told_in_words_as_well() {
        assert_eq!(readable("retention.ms", "604800000"), "604800000 (7 days)");
        assert_eq!(readable("max.message.bytes", "35651584"), "35651584 (34 MiB)");
        assert_eq!(readable("retention.ms", "3600000"), "3600000 (1 hour)");
        assert_eq!(readable("retention.bytes", "-1"), "-1");
        assert_eq!(readable("partitions", "8"), "8");
    }
}
