//! `stormc dlq redrive`

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::kafka::{Connection, Draft, Kafka, Reader, Start};
use crate::letters::{Back, Letter, Letters, Place, redrive, survey};
use crate::report::{Format, Output, Progress, Stop, Terminal, confirm};

/// Letters in one transaction, at most.
const BATCH: usize = 100;
/// How long someone else's transaction may hide the end of a topic of dead letters.
const OPEN: Duration = Duration::from_secs(30);
/// How long what was sent may take to be seen, before the command ends all the same.
const SEEN: Duration = Duration::from_secs(5);
/// Bytes in one transaction, about.
const BATCH_BYTES: usize = 8 << 20;

/// Send dead letters back: a command to its topic, a raw row to its topic, an event to the policy that gave up on it
///
/// Each letter is sent once: it is marked as redriven in the transaction that sends it, so that a run which was
/// interrupted is simply started again. A redriven record comes after those of its key that have passed since.
#[derive(clap::Args)]
pub(crate) struct Redrive {
    /// Topics of dead letters [default: every topic whose name ends in _dead]
    #[arg(value_name = "TOPIC")]
    topics: Vec<String>,
    #[command(flatten)]
    letters: Letters,
    /// At most so many, the oldest ones
    #[arg(short = 'n', long, value_name = "COUNT")]
    limit: Option<usize>,
    /// At most so many a second
    #[arg(long, value_name = "PER SECOND", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// Show what would be sent where, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// How the outcome is shown
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    connection: Connection,
}

/// What is to be sent of one topic.
struct Load {
    topic: String,
    letters: BTreeMap<Place, Back>,
}

impl Redrive {
    pub(crate) fn run(mut self, _: &Terminal) -> Result<(), Stop> {
        self.letters.topic.append(&mut self.topics);
        let kafka = self.connection.open()?;
        let mut chosen: Vec<(Letter, Back)> = Vec::new();
        let mut stuck = 0;
        for topic in self.letters.topics(&kafka)? {
            let survey = survey(&kafka, &topic, &self.letters)?;
            for letter in survey.letters.iter().filter(|letter| !survey.is_done(letter)) {
                match &letter.back {
                    Some(back) => chosen.push((letter.clone(), back.clone())),
                    None => stuck += 1,
                }
            }
        }
        chosen.sort_by(|(one, _), (other, _)| {
            (one.died, &one.topic, one.place).cmp(&(other.died, &other.topic, other.place))
        });
        chosen.truncate(self.limit.unwrap_or(usize::MAX));
        if stuck > 0 {
            eprintln!(
                "note: {stuck} letters do not say whom they were for and stay; `stormc dlq show` has their causes"
            );
        }
        let targets: BTreeSet<&Back> = chosen.iter().map(|(_, back)| back).collect();
        for target in targets {
            kafka.topic(&target.topic)?;
            let count = chosen.iter().filter(|(_, back)| back == target).count();
            eprintln!("{count} to {target}");
        }
        if self.dry_run || chosen.is_empty() {
            eprintln!("{} dead letters would be redriven", chosen.len());
            return self.end(0, chosen.len(), stuck);
        }
        let total = chosen.len();
        if !confirm(&format!("redrive {total} dead letter{}", if total == 1 { "" } else { "s" }), self.yes)? {
            eprintln!("nothing was sent");
            return self.end(0, total, stuck);
        }
        let mut pace = Pace {
            began: Instant::now(),
            rate: self.rate,
            sent: 0,
            progress: Progress::new("redriven", total),
        };
        let mut loads: Vec<Load> = Vec::new();
        for (letter, back) in chosen {
            match loads.iter_mut().find(|load| load.topic == letter.topic) {
                Some(load) => drop(load.letters.insert(letter.place, back)),
                None => {
                    loads.push(Load { topic: letter.topic, letters: BTreeMap::from([(letter.place, back)]) })
                }
            }
        }
        for load in loads {
            self.send(&kafka, load, &mut pace)?;
        }
        pace.progress.end();
        eprintln!("{} dead letters were redriven", pace.sent);
        self.end(pace.sent, total - pace.sent, stuck)
    }

    /// Sends the letters of one topic.
    fn send(&self, kafka: &Kafka, mut load: Load, pace: &mut Pace) -> Result<(), Stop> {
        // From here on no other redrive of this topic can send: what is marked by now is all that is marked.
        let courier = kafka.courier(&format!("{}.redrive", load.topic))?;
        kafka.settle(&load.topic, OPEN)?;
        let done = survey(kafka, &load.topic, &self.letters)?.done;
        load.letters.retain(|place, _| !done.contains(place));
        let topics: BTreeSet<String> = load.letters.values().map(|back| back.topic.clone()).collect();
        let mut reader = open(kafka, &load)?;
        let (mut batch, mut bytes, mut count): (Vec<Draft>, usize, usize) = (Vec::new(), 0, 0);
        let most = self.rate.map_or(BATCH, |rate| BATCH.min(rate as usize));
        while !load.letters.is_empty() {
            let Some(record) = reader.next()? else { break };
            let Some(back) = load.letters.remove(&(record.partition, record.offset)) else { continue };
            bytes += record.bytes();
            count += 1;
            batch.extend(redrive(&record, &back));
            if count >= most || bytes >= BATCH_BYTES || load.letters.is_empty() {
                courier.deliver(&batch)?;
                pace.sent(count);
                (batch, bytes, count) = (Vec::new(), 0, 0);
            }
        }
        if !batch.is_empty() {
            courier.deliver(&batch)?;
            pace.sent(count);
        }
        // What was sent is sent; whoever looks next sees it, unless someone else's transaction hides it.
        for topic in topics.iter().chain([&load.topic]) {
            let _ = kafka.settle(topic, SEEN);
        }
        if !load.letters.is_empty() {
            eprintln!("note: {} letters of `{}` have expired meanwhile", load.letters.len(), load.topic);
        }
        Ok(())
    }

    fn end(&self, redriven: usize, left: usize, stuck: usize) -> Result<(), Stop> {
        if self.format == Format::Json {
            let document =
                json!({ "redriven": redriven, "left": left, "go_nowhere": stuck, "dry_run": self.dry_run });
            Output::new().line(&document.to_string())?;
        }
        Ok(())
    }
}

/// A reader that begins at the first chosen letter of each partition.
fn open<'k>(kafka: &'k Kafka, load: &Load) -> Result<Reader<'k>, Stop> {
    let mut starts: BTreeMap<i32, Start> = BTreeMap::new();
    for (partition, offset) in load.letters.keys() {
        starts.entry(*partition).or_insert(Start::Offset(*offset));
    }
    kafka.read(&load.topic, &starts, false)
}

/// Keeps to `--rate`, and tells how far it has come.
struct Pace {
    began: Instant,
    rate: Option<u32>,
    sent: usize,
    progress: Progress,
}

impl Pace {
    fn sent(&mut self, count: usize) {
        self.sent += count;
        self.progress.at(self.sent);
        if let Some(rate) = self.rate {
            let due = Duration::from_secs_f64(self.sent as f64 / f64::from(rate));
            std::thread::sleep(due.saturating_sub(self.began.elapsed()));
        }
    }
}
