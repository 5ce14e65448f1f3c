//! `stormc dlq show`

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::list;
use crate::decode::{Decoded, DescriptorsArgument, MASK};
use crate::kafka::{Connection, Kafka, Record, Start};
use crate::letters::{Letter, Letters, Place, parse_place, survey};
use crate::message::{age, moment};
use crate::report::{Format, Output, Stop, Terminal};
use crate::rules;

/// Show a dead letter: its cause, its headers, where it came from, and its body as JSON
#[derive(clap::Args)]
pub(crate) struct Show {
    /// A place as `list` shows it (ordering_dead/0:17 or 0:17), or the message's id
    letter: String,
    #[command(flatten)]
    letters: Letters,
    /// How it is shown
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    descriptors: DescriptorsArgument,
    #[command(flatten)]
    connection: Connection,
}

impl Show {
    pub(crate) fn run(mut self, _: &Terminal) -> Result<(), Stop> {
        let kafka = self.connection.open()?;
        let mut wanted = self.letter.clone();
        if let Some((topic, place)) = self.letter.split_once('/')
            && parse_place(place).is_some()
        {
            self.letters.topic = vec![topic.to_owned()];
            wanted = place.to_owned();
        }
        let (letter, done) = self.find(&kafka, &wanted)?;
        let record = fetch(&kafka, &letter.topic, letter.place)?.ok_or_else(|| {
            self.absent("it has expired meanwhile", "`stormc dlq list` shows those there are")
        })?;
        let body = self.body(&record);
        let mut shown = list::json(&letter);
        shown["redriven"] = done.into();
        shown["key"] = self.key(&letter, &body).into();
        shown["headers"] = headers(&record);
        match &body {
            Ok(decoded) => {
                shown["data"] = decoded.data.clone();
                if !decoded.unknown.is_empty() {
                    shown["unknown_fields"] = json!(decoded.unknown);
                }
            }
            Err(why) => shown["undecoded"] = why.as_str().into(),
        }
        let text = match self.format {
            Format::Json => format!("{shown:#}"),
            Format::Text => text(&record, &letter, &shown),
        };
        Output::new().line(&text).map(drop)
    }

    /// The one letter that is meant.
    fn find(&self, kafka: &Kafka, wanted: &str) -> Result<(Letter, bool), Stop> {
        let place = parse_place(wanted);
        let mut found = Vec::new();
        for topic in self.letters.topics(kafka)? {
            let survey = survey(kafka, &topic, &self.letters)?;
            let is_it = |letter: &&Letter| match place {
                Some(place) => letter.place == place,
                None => letter.head.id.as_deref() == Some(wanted),
            };
            found.extend(
                survey.letters.iter().filter(is_it).map(|letter| (letter.clone(), survey.is_done(letter))),
            );
        }
        match found.len() {
            0 => {
                Err(self
                    .absent("there is no such dead letter", "`stormc dlq list --all` shows those there are"))
            }
            1 => Ok(found.remove(0)),
            _ => {
                let places: Vec<String> =
                    found.iter().map(|(letter, _)| format!("`{}`", letter.name())).collect();
                Err(self.absent(
                    "more than one letter has this name",
                    &format!("choose one: {}", places.join(", ")),
                ))
            }
        }
    }

    fn absent(&self, why: &str, help: &str) -> Stop {
        Stop::outside(&rules::NO_LETTER, format!("`{}`: {why}", self.letter), help)
    }

    /// A letter is shown even where nothing is there to read its body with.
    fn body(&self, record: &Record) -> Result<Decoded, String> {
        match self.descriptors.read() {
            Ok(descriptors) => descriptors.body(record, self.descriptors.reveal),
            Err(Stop::Outside { message, help, .. }) => Err(format!("{message}; {help}")),
            Err(_) => Err("the descriptor set cannot be read".into()),
        }
    }

    /// The key is a row value: shown when it is asked for, or when the body that holds it says that it is not personal.
    fn key(&self, letter: &Letter, body: &Result<Decoded, String>) -> String {
        let key = letter.head.key.clone().unwrap_or_default();
        let personal =
            |decoded: &Decoded| key.split('\u{1f}').any(|part| decoded.masked.iter().any(|one| one == part));
        match body {
            _ if self.descriptors.reveal => key,
            Ok(decoded) if !personal(decoded) => key,
            _ => MASK.into(),
        }
    }
}

/// The record at a place, if it is still there.
fn fetch(kafka: &Kafka, topic: &str, (partition, offset): Place) -> Result<Option<Record>, Stop> {
    let mut reader = kafka.read(topic, &BTreeMap::from([(partition, Start::Offset(offset))]), false)?;
    Ok(reader.next()?.filter(|record| record.offset == offset))
}

/// All headers in their order, for people who look for what went wrong with one.
fn headers(record: &Record) -> Value {
    let value = |value: &Option<Vec<u8>>| match value.as_deref().map(std::str::from_utf8) {
        Some(Ok(text)) => Value::from(text),
        Some(Err(_)) => json!({ "bytes": value.as_ref().map_or(0, Vec::len) }),
        None => Value::Null,
    };
    record.headers.iter().map(|(name, of)| json!({ "name": name, "value": value(of) })).collect()
}

fn text(record: &Record, letter: &Letter, shown: &Value) -> String {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut lines = vec![letter.name()];
    let mut line = |name: &str, value: String| lines.push(format!("  {name:<14}{value}"));
    let attempts = letter.attempts.map(|count| format!(", after {count} attempts")).unwrap_or_default();
    line(
        "given up by",
        format!("{}{attempts}, {} ({} ago)", letter.at, moment(letter.died), age(letter.died)),
    );
    line("cause", format!("{}: {}", letter.code, letter.why));
    if let Some((topic, partition, offset)) = &letter.origin {
        line("came from", format!("`{topic}`, partition {partition}, offset {offset}"));
    }
    let back = match (&letter.back, record.header("dead-left-out")) {
        (Some(back), _) => back.to_string(),
        (None, Some(left_out)) => {
            format!("nowhere: it was too large to keep whole ({left_out} were left out)")
        }
        (None, None) => "nowhere: nobody can say whom it was for".to_owned(),
    };
    line("goes back to", back);
    line("redriven", plain(&shown["redriven"]));
    for name in ["type", "id", "source", "tenant", "key"] {
        if !shown[name].is_null() {
            line(name, plain(&shown[name]).replace('\u{1f}', "/"));
        }
    }
    if let Some(lineage) = &letter.head.lineage {
        line("correlation", lineage.correlation.clone());
        line(
            "caused by",
            if lineage.causation.is_empty() {
                "nothing: it is a beginning".into()
            } else {
                lineage.causation.clone()
            },
        );
        line("trace", lineage.traceparent.clone());
    }
    lines.push("headers".into());
    for header in shown["headers"].as_array().into_iter().flatten() {
        lines.push(format!("  {}: {}", plain(&header["name"]), plain(&header["value"])));
    }
    lines.push("body".into());
    match shown.get("data") {
        Some(data) => lines.extend(format!("{data:#}").lines().map(|line| format!("  {line}"))),
        None => lines.push(format!("  not decoded: {}", plain(&shown["undecoded"]))),
    }
    if let Some(unknown) = shown.get("unknown_fields") {
        lines.push(format!("  and fields that the descriptor set does not know: {unknown}"));
    }
    lines.join("\n")
}
