//! `stormc tail`

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::decode::{Descriptors, DescriptorsArgument, MASK};
use crate::kafka::{Connection, Record, Start};
use crate::letters::{Entry, place_text};
use crate::message::{Filter, Head, Lineage, parse_moment};
use crate::report::{Output, Progress, Stop, Terminal};
use crate::rules;

/// Read a topic as JSON lines: events, commands, raw rows, dead letters, whatever the descriptor set knows
///
/// Only committed records are shown. A record that cannot be decoded is shown with the reason.
#[derive(clap::Args)]
pub(crate) struct Tail {
    /// The topic
    topic: String,
    /// Where to begin: `beginning`, `now`, an offset, a time (2026-11-22T06:30:00Z) or how long ago (30m, 2h)
    #[arg(long, value_name = "PLACE", default_value = "beginning", value_parser = parse_start)]
    from: Start,
    /// Go on waiting for new records at the end, instead of stopping there
    #[arg(short, long)]
    follow: bool,
    /// Only this partition; can be repeated
    #[arg(long, value_name = "NUMBER")]
    partition: Vec<i32>,
    /// Stop after so many records
    #[arg(short = 'n', long, value_name = "COUNT")]
    limit: Option<usize>,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    descriptors: DescriptorsArgument,
    #[command(flatten)]
    connection: Connection,
}

fn parse_start(text: &str) -> Result<Start, String> {
    match text {
        "beginning" => Ok(Start::Beginning),
        "now" => Ok(Start::Now),
        _ => match text.parse::<i64>() {
            Ok(offset) if offset >= 0 => Ok(Start::Offset(offset)),
            _ => parse_moment(text)
                .map(Start::Time)
                .map_err(|why| format!("`beginning`, `now`, an offset, or {why}")),
        },
    }
}

impl Tail {
    pub(crate) fn run(self, _: &Terminal) -> Result<(), Stop> {
        let descriptors = self.descriptors.read()?;
        let kafka = self.connection.open()?;
        let there = kafka.topic(&self.topic)?.partitions;
        let partitions = if self.partition.is_empty() { there.clone() } else { self.partition.clone() };
        if let Some(absent) = partitions.iter().find(|partition| !there.contains(partition)) {
            return Err(Stop::outside(
                &rules::NO_TOPIC,
                format!("`{}` has no partition {absent}", self.topic),
                format!("it has {}", there.len()),
            ));
        }
        let starts: BTreeMap<i32, Start> =
            partitions.iter().map(|partition| (*partition, self.from)).collect();
        let mut reader = kafka.read(&self.topic, &starts, self.follow)?;
        let (mut output, mut read, mut shown) = (Output::new(), 0_u64, 0);
        let mut progress = (!self.follow).then(|| Progress::search(&self.topic, reader.total()));
        while self.limit.is_none_or(|limit| shown < limit) {
            let Some(record) = reader.next()? else { break };
            read += 1;
            let head = Head::of(&record);
            if !self.filter.takes(&head) {
                progress.iter_mut().for_each(|progress| progress.at(reader.looked_at()));
                continue;
            }
            progress.iter_mut().for_each(Progress::found);
            let line = line(&record, &head, &descriptors, self.descriptors.reveal);
            if !output.line(&line)? {
                break;
            }
            shown += 1;
        }
        progress.iter_mut().for_each(Progress::found);
        if shown == 0 && self.limit != Some(0) {
            eprintln!("{}", nothing(&self.topic, read));
        }
        Ok(())
    }
}

/// Why there is no line at all.
fn nothing(topic: &str, read: u64) -> String {
    match read {
        0 => format!("note: `{topic}` holds no committed record from there on"),
        1 => format!(
            "note: `{topic}` holds 1 record from there on, and `--type`, `--tenant` or `--key` left it out"
        ),
        _ => format!(
            "note: `{topic}` holds {read} records from there on, and `--type`, `--tenant` or `--key` left out all of them"
        ),
    }
}

/// A record as it is shown.
#[derive(Serialize)]
struct Line<'r> {
    topic: &'r str,
    partition: i32,
    offset: i64,
    time: &'r str,
    #[serde(rename = "type")]
    name: Option<&'r str>,
    id: Option<&'r str>,
    source: Option<&'r str>,
    tenant: Option<&'r str>,
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lineage: Option<&'r Lineage>,
    /// Of a dead letter.
    #[serde(skip_serializing_if = "Option::is_none")]
    dead: Option<Dead>,
    /// Of a mark: the letter that was redriven.
    #[serde(skip_serializing_if = "Option::is_none")]
    redriven: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unknown_fields: Vec<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    undecoded: Option<String>,
}

#[derive(Serialize)]
struct Dead {
    at: String,
    code: String,
    why: String,
    attempts: Option<u32>,
}

/// A record as it is shown without a filter.
pub(crate) fn shown(record: &Record, descriptors: &Descriptors, reveal: bool) -> String {
    line(record, &Head::of(record), descriptors, reveal)
}

fn line(record: &Record, head: &Head, descriptors: &Descriptors, reveal: bool) -> String {
    let mut line = Line {
        topic: &record.topic,
        partition: record.partition,
        offset: record.offset,
        time: &head.time,
        name: head.name.as_deref(),
        id: head.id.as_deref(),
        source: head.source.as_deref(),
        tenant: head.tenant.as_deref(),
        key: head.key.clone(),
        lineage: head.lineage.as_ref(),
        dead: None,
        redriven: None,
        data: None,
        unknown_fields: Vec::new(),
        undecoded: None,
    };
    match Entry::of(record) {
        Entry::Letter(letter) => {
            line.dead =
                Some(Dead { at: letter.at, code: letter.code, why: letter.why, attempts: letter.attempts });
        }
        Entry::Redriven(place) => line.redriven = Some(place_text(place)),
        Entry::Foreign => {}
    }
    match descriptors.body(record, reveal) {
        Ok(decoded) => {
            line.key = line.key.map(|key| masked(key, &decoded.masked));
            (line.data, line.unknown_fields) = (Some(decoded.data), decoded.unknown);
        }
        Err(_) if line.redriven.is_some() => {}
        Err(why) => line.undecoded = Some(why),
    }
    serde_json::to_string(&line).expect("a line holds text and numbers")
}

/// A key whose parts include personal data says no more than the body does.
fn masked(key: String, personal: &[String]) -> String {
    let part = |part: &str| {
        if personal.iter().any(|value| value == part) { MASK.to_owned() } else { part.to_owned() }
    };
    key.split('\u{1f}').map(part).collect::<Vec<_>>().join("\u{1f}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_to_begin_at() {
        assert_eq!(parse_start("beginning"), Ok(Start::Beginning));
        assert_eq!(parse_start("now"), Ok(Start::Now));
        assert_eq!(parse_start("17"), Ok(Start::Offset(17)));
        assert_eq!(parse_start("2023-11-14T22:13:20Z"), Ok(Start::Time(1_700_000_000_000)));
        assert!(parse_start("-1").is_err() && parse_start("end").is_err());
    }

    #[test]
    fn a_key_that_is_personal_data_is_masked_with_it() {
        assert_eq!(masked("ada@x\u{1f}7".into(), &["ada@x".into()]), "***\u{1f}7");
        assert_eq!(masked("o-1".into(), &[]), "o-1");
    }
}
