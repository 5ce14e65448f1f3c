//! The topics that a model wants against those that a cluster has: each difference, and what may be done about it.
//! It must not know: how either was come by, or how a difference is shown.

use std::collections::BTreeMap;

use storm_codegen::topics::TopicPlan;

use crate::kafka::{Setting, There};

const MIN_INSYNC: &str = "min.insync.replicas";

/// A topic as it should be.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) stream: &'static str,
    pub(crate) partitions: usize,
    pub(crate) replicas: usize,
    /// By Kafka's names, `min.insync.replicas` among them.
    pub(crate) settings: Vec<(String, String)>,
}

/// A topic beside what the cluster has of it.
#[derive(Debug)]
pub(crate) struct Compared {
    pub(crate) wanted: Wanted,
    pub(crate) state: State,
    /// Settings that were set for the topic by someone, and of which the model says nothing.
    pub(crate) beside: Vec<(String, String)>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum State {
    Same,
    Absent,
    Differs(Vec<Difference>),
}

/// One thing in which a topic is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// `partitions`, `replicas`, or a setting.
    pub(crate) what: String,
    pub(crate) model: String,
    pub(crate) cluster: String,
    pub(crate) remedy: Remedy,
}

/// What may be done about a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// It is set.
    Set,
    /// Partitions are added, once nobody writes and everybody has read: keys move to other partitions.
    GrowAfterDrain,
    /// Nothing, here: Kafka cannot, or another tool does.
    ByHand(&'static str),
}

impl Wanted {
    /// As the model says, with so many replicas in place of its own: `min.insync.replicas` cannot be more than those.
    pub(crate) fn of(plan: &TopicPlan, replicas: Option<u32>) -> Self {
        let count = replicas.unwrap_or(plan.replicas);
        let min_insync = plan.min_insync.min(count);
        let settings = plan.settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let min_insync = (MIN_INSYNC.to_owned(), min_insync.to_string());
        Self {
            name: plan.name.clone(),
            stream: plan.stream,
            partitions: plan.partitions as usize,
            replicas: count as usize,
            settings: settings.chain([min_insync]).collect(),
        }
    }
}

/// Compares a topic with what the cluster has under its name.
pub(crate) fn compare(
    wanted: Wanted,
    there: Option<&There>,
    settings: Option<&BTreeMap<String, Setting>>,
) -> Compared {
    let Some(there) = there else { return Compared { wanted, state: State::Absent, beside: Vec::new() } };
    let none = BTreeMap::new();
    let settings = settings.unwrap_or(&none);
    let mut differences = Vec::new();
    let mut differs = |what: &str, model: &str, cluster: &str, remedy| {
        if model != cluster {
            let (what, model, cluster) = (what.to_owned(), model.to_owned(), cluster.to_owned());
            differences.push(Difference { what, model, cluster, remedy });
        }
    };
    let partitions = there.partitions.len();
    let remedy = if partitions < wanted.partitions {
        Remedy::GrowAfterDrain
    } else {
        Remedy::ByHand("Kafka takes no partition away: write to a new topic")
    };
    differs("partitions", &wanted.partitions.to_string(), &partitions.to_string(), remedy);
    let replicas = Remedy::ByHand("move them with `kafka-reassign-partitions`");
    differs("replicas", &wanted.replicas.to_string(), &there.replicas.to_string(), replicas);
    for (name, model) in &wanted.settings {
        let cluster = settings.get(name).map_or("", |setting| setting.value.as_str());
        // Kafka would take it, and then refuse every write.
        let starves = name == MIN_INSYNC && model.parse().is_ok_and(|least: usize| least > there.replicas);
        let remedy = if starves {
            Remedy::ByHand(
                "more than the topic has replicas: every write would be refused; add replicas first, or say `--replicas`",
            )
        } else {
            Remedy::Set
        };
        differs(name, model, cluster, remedy);
    }
    let said = |name: &str| wanted.settings.iter().any(|(wanted, _)| wanted == name);
    let beside = settings.iter().filter(|(name, setting)| setting.own && !said(name));
    let beside = beside.map(|(name, setting)| (name.clone(), setting.value.clone())).collect();
    let state = if differences.is_empty() { State::Same } else { State::Differs(differences) };
    Compared { wanted, state, beside }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> Wanted {
        Wanted {
            name: "ordering_events".into(),
            stream: "events",
            partitions: 8,
            replicas: 3,
            settings: vec![
                ("retention.ms".into(), "1000".into()),
                ("min.insync.replicas".into(), "2".into()),
            ],
        }
    }

    fn settings(retention: &str) -> BTreeMap<String, Setting> {
        let setting = |value: &str, own| Setting { value: value.into(), own };
        BTreeMap::from([
            ("retention.ms".into(), setting(retention, true)),
            ("min.insync.replicas".into(), setting("2", false)),
            ("compression.type".into(), setting("zstd", true)),
            ("segment.bytes".into(), setting("7", false)),
        ])
    }

    fn differences(partitions: i32, replicas: usize, retention: &str) -> Vec<Difference> {
        let there = There { partitions: (0..partitions).collect(), replicas };
        match compare(wanted(), Some(&there), Some(&settings(retention))).state {
            State::Differs(differences) => differences,
            State::Same => Vec::new(),
            State::Absent => panic!("it is there"),
        }
    }

    #[test]
    fn a_topic_as_the_model_wants_it_is_the_same_whoever_set_its_values() {
        assert!(differences(8, 3, "1000").is_empty());
        let there = There { partitions: (0..8).collect(), replicas: 3 };
        let compared = compare(wanted(), Some(&there), Some(&settings("1000")));
        assert_eq!(compared.beside, [("compression.type".to_owned(), "zstd".to_owned())]);
        assert_eq!(compare(wanted(), None, None).state, State::Absent);
    }

    #[test]
    fn more_replicas_in_sync_than_there_are_is_never_set() {
        let settings = BTreeMap::from([(MIN_INSYNC.to_owned(), Setting { value: "1".into(), own: true })]);
        let remedy = |replicas: usize| {
            let there = There { partitions: (0..8).collect(), replicas };
            let State::Differs(all) = compare(wanted(), Some(&there), Some(&settings)).state else {
                panic!("it differs")
            };
            all.into_iter().find(|one| one.what == MIN_INSYNC).unwrap().remedy
        };
        assert!(matches!(remedy(1), Remedy::ByHand(_)), "a broker would refuse every write");
        assert_eq!([remedy(2), remedy(3)], [Remedy::Set; 2]);
    }

    #[test]
    fn what_differs_says_what_may_be_done() {
        let remedies = |all: Vec<Difference>| -> Vec<(String, Remedy)> {
            all.into_iter().map(|one| (one.what, one.remedy)).collect()
        };
        assert_eq!(remedies(differences(8, 3, "5")), [("retention.ms".into(), Remedy::Set)]);
        assert_eq!(remedies(differences(6, 3, "1000")), [("partitions".into(), Remedy::GrowAfterDrain)]);
        assert!(matches!(
            remedies(differences(12, 1, "1000"))[..],
            [(_, Remedy::ByHand(_)), (_, Remedy::ByHand(_))]
        ));
    }
}
