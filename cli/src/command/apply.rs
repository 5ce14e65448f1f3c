//! `stormc apply`

use std::time::{Duration, Instant};

use super::plan::{TopicsArgument, look, text};
use crate::kafka::Kafka;
use crate::report::{Output, Stop, Terminal, confirm};
use crate::rules;
use crate::topics::{Compared, Remedy, State, Wanted};

/// How long the brokers may take to learn what their controller did.
const PATIENCE: Duration = Duration::from_secs(30);

/// Make the cluster's topics what the model says: create those that are absent, set settings that differ
///
/// What cannot be done safely is left and named, and then the exit code is 3. Partitions are added only with
/// `--after-drain`; nothing is ever removed.
#[derive(clap::Args)]
pub(crate) struct Apply {
    #[command(flatten)]
    topics: TopicsArgument,
    /// Add partitions where the model says more: no writer runs, and every reader has come to the end
    #[arg(long)]
    after_drain: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// One thing that is done.
enum Step<'t> {
    Create(&'t Compared),
    Set(&'t str, Vec<(String, String)>),
    Grow(&'t str, usize),
}

impl Apply {
    pub(crate) fn run(self, terminal: &Terminal) -> Result<(), Stop> {
        let (kafka, wanted) = self.topics.open(terminal)?;
        let topics = look(&kafka, &wanted)?;
        let mut output = Output::new();
        output.line(text(&topics).trim_end())?;
        let steps: Vec<Step<'_>> = topics.iter().flat_map(|topic| self.steps(topic)).collect();
        if !steps.is_empty() {
            let count = steps.len();
            let question = format!("take {count} step{}", if count == 1 { "" } else { "s" });
            if !confirm(&question, self.yes)? {
                eprintln!("nothing was changed");
                return Err(Stop::Differs);
            }
        }
        for step in &steps {
            output.line(&step.take(&kafka)?)?;
        }
        if !steps.is_empty() {
            self.see(&kafka, &wanted)?;
        }
        let left = topics.iter().flat_map(|topic| self.left(topic)).collect::<Vec<_>>();
        for line in &left {
            output.line(line)?;
        }
        if left.is_empty() {
            return Ok(());
        }
        eprintln!(
            "{} differences are left; `stormc explain {}` says what may be done",
            left.len(),
            rules::NOT_ALTERED.code
        );
        Err(Stop::Differs)
    }

    /// Waits until the cluster shows what was done: a controller answers before every broker knows.
    fn see(&self, kafka: &Kafka, wanted: &[Wanted]) -> Result<(), Stop> {
        let begun = Instant::now();
        while look(kafka, wanted)?.iter().any(|topic| !self.steps(topic).is_empty()) {
            if begun.elapsed() > PATIENCE {
                eprintln!("note: the cluster does not show all of it yet; `stormc plan` tells when it does");
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    fn steps<'t>(&self, topic: &'t Compared) -> Vec<Step<'t>> {
        let differences = match &topic.state {
            State::Same => return Vec::new(),
            State::Absent => return vec![Step::Create(topic)],
            State::Differs(differences) => differences,
        };
        let name = topic.wanted.name.as_str();
        let grows = self.after_drain && differences.iter().any(|one| one.remedy == Remedy::GrowAfterDrain);
        let settings = differences.iter().filter(|one| one.remedy == Remedy::Set);
        let settings: Vec<_> = settings.map(|one| (one.what.clone(), one.model.clone())).collect();
        let set = (!settings.is_empty()).then_some(Step::Set(name, settings));
        set.into_iter().chain(grows.then_some(Step::Grow(name, topic.wanted.partitions))).collect()
    }

    /// What is not done, and why.
    fn left(&self, topic: &Compared) -> Vec<String> {
        let State::Differs(differences) = &topic.state else { return Vec::new() };
        let why = |remedy| match remedy {
            Remedy::GrowAfterDrain if !self.after_drain => Some(
                "keys would move to other partitions: stop the writers, let the readers end, say `--after-drain`",
            ),
            Remedy::ByHand(why) => Some(why),
            Remedy::Set | Remedy::GrowAfterDrain => None,
        };
        let left = differences.iter().filter_map(|one| Some((one, why(one.remedy)?)));
        left.map(|(one, why)| {
            format!(
                "left: `{}` has {} {}, not {}: {why}",
                topic.wanted.name, one.cluster, one.what, one.model
            )
        })
        .collect()
    }
}

impl Step<'_> {
    /// Does it, and says what was done.
    fn take(&self, kafka: &Kafka) -> Result<String, Stop> {
        match self {
            Step::Create(topic) => {
                let wanted = &topic.wanted;
                let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
                kafka.create(
                    &wanted.name,
                    number(wanted.partitions),
                    number(wanted.replicas),
                    &wanted.settings,
                )?;
                Ok(format!("created `{}`", wanted.name))
            }
            Step::Set(topic, settings) => {
                kafka.set(topic, settings)?;
                let all: Vec<String> =
                    settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
                Ok(format!("set {} of `{topic}`", all.join(", ")))
            }
            Step::Grow(topic, partitions) => {
                kafka.grow(topic, *partitions)?;
                Ok(format!("`{topic}` has {partitions} partitions now"))
            }
        }
    }
}
