//! `stormc dlq list`

use serde_json::{Value, json};

use crate::kafka::Connection;
use crate::letters::{Letter, Letters, survey};
use crate::message::{age, moment};
use crate::report::{Format, Output, Stop, Terminal, table};

/// List dead letters, oldest first
#[derive(clap::Args)]
pub(crate) struct List {
    /// Topics of dead letters [default: every topic whose name ends in _dead]
    #[arg(value_name = "TOPIC")]
    topics: Vec<String>,
    #[command(flatten)]
    letters: Letters,
    /// Also those that were redriven
    #[arg(long)]
    all: bool,
    /// Show aggregate keys, which are row values
    #[arg(long)]
    keys: bool,
    /// At most so many, the newest ones
    #[arg(short = 'n', long, value_name = "COUNT")]
    limit: Option<usize>,
    /// How letters are shown
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    connection: Connection,
}

impl List {
    pub(crate) fn run(mut self, _: &Terminal) -> Result<(), Stop> {
        self.letters.topic.append(&mut self.topics);
        let kafka = self.connection.open()?;
        let (mut found, mut foreign) = (Vec::new(), 0);
        for topic in self.letters.topics(&kafka)? {
            let survey = survey(&kafka, &topic, &self.letters)?;
            foreign += survey.foreign;
            let letters = survey.letters.iter().map(|letter| (letter.clone(), survey.is_done(letter)));
            found.extend(letters.filter(|(_, done)| self.all || !done));
        }
        found.sort_by(|(one, _), (other, _)| {
            (one.died, &one.topic, one.place).cmp(&(other.died, &other.topic, other.place))
        });
        let total = found.len();
        found.drain(..total.saturating_sub(self.limit.unwrap_or(total)));
        let mut output = Output::new();
        match self.format {
            Format::Json => {
                let letters: Vec<Value> =
                    found.iter().map(|(letter, done)| self.json(letter, *done)).collect();
                let document = json!({ "letters": letters, "total": total, "foreign": foreign });
                output.line(&format!("{document:#}"))?;
            }
            Format::Text => {
                if !found.is_empty() && !output.line(self.text(&found).trim_end())? {
                    return Ok(());
                }
                let more =
                    if found.len() < total { format!(", {} shown", found.len()) } else { String::new() };
                eprintln!("{total} dead letter{}{more}", if total == 1 { "" } else { "s" });
                if foreign > 0 {
                    eprintln!(
                        "note: {foreign} records on these topics are no dead letters; `stormc tail` shows them"
                    );
                }
            }
        }
        Ok(())
    }

    fn text(&self, found: &[(Letter, bool)]) -> String {
        let mut heads = vec!["id", "at", "code", "attempts", "from", "age", "tenant", "type"];
        if self.keys {
            heads.push("key");
        }
        if self.all {
            heads.push("redriven");
        }
        heads.push("why");
        let row = |(letter, done): &(Letter, bool)| {
            let dash = |text: Option<&str>| text.unwrap_or("-").to_owned();
            let from = letter
                .origin
                .as_ref()
                .map(|(topic, partition, offset)| format!("{topic}/{partition}:{offset}"));
            let mut row = vec![
                letter.name(),
                letter.at.clone(),
                letter.code.clone(),
                dash(letter.attempts.map(|count| count.to_string()).as_deref()),
                dash(from.as_deref()),
                age(letter.died),
                dash(letter.head.tenant.as_deref()),
                dash(letter.head.short()),
            ];
            if self.keys {
                row.push(dash(letter.head.key.as_deref()).replace('\u{1f}', "/"));
            }
            if self.all {
                row.push(if *done { "yes" } else { "no" }.to_owned());
            }
            row.push(letter.why.clone());
            row
        };
        table(&heads, &found.iter().map(row).collect::<Vec<_>>())
    }

    fn json(&self, letter: &Letter, done: bool) -> Value {
        let mut shown = json(letter);
        shown["redriven"] = done.into();
        if self.keys {
            shown["key"] = letter.head.key.clone().into();
        }
        shown
    }
}

/// A letter for programs, without its key.
pub(super) fn json(letter: &Letter) -> Value {
    let (partition, offset) = letter.place;
    let from = letter.origin.as_ref().map(
        |(topic, partition, offset)| json!({ "topic": topic, "partition": partition, "offset": offset }),
    );
    json!({
        "letter": letter.name(),
        "topic": letter.topic,
        "partition": partition,
        "offset": offset,
        "at": letter.at,
        "code": letter.code,
        "why": letter.why,
        "attempts": letter.attempts,
        "from": from,
        "goes_back_to": letter.back,
        "died": moment(letter.died),
        "type": letter.head.name,
        "id": letter.head.id,
        "source": letter.head.source,
        "tenant": letter.head.tenant,
        "lineage": letter.head.lineage,
    })
}
