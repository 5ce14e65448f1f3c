//! Where a capture stands, kept in a compacted topic beside the rows it has written, in the same transactions.
//! It must not know: what a source's position means.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::flow::Ground;
use crate::log::Draft;
use crate::log::kafka::{self, Kafka, Wanted};
use crate::source::Position;
use crate::spec::{ContextSpec, SourceSpec};

/// A stored place in a source's stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// After the last whole transaction.
    pub(crate) position: Position,
    /// The transaction that follows, when it was cut: so many of its steps are written already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cut: Option<Cut>,
}

/// A large transaction, written in part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cut {
    /// Which one.
    pub(crate) gtid: String,
    /// Rows and recorded events of it that are written.
    pub(crate) rows_done: u64,
    /// The tables that were captured then: rows are counted among these.
    pub(crate) tables: Vec<String>,
    /// CRC32 over what those rows hold; absent in what older versions have stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) checksum: Option<u32>,
}

/// `priv_<context>.<source>.progress`.
pub(crate) fn topic(context: &ContextSpec, source: &SourceSpec) -> String {
    format!("{}.{}.progress", context.topics.raw.name, source.name)
}

/// The progress topic as it must be.
pub(crate) fn wanted(context: &ContextSpec, source: &SourceSpec) -> Wanted {
    compacted(context, topic(context, source))
}

/// A small topic of a context that keeps the latest record of each key.
pub(crate) fn compacted(context: &ContextSpec, name: String) -> Wanted {
    let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut wanted = Wanted::from(&context.topics.raw);
    wanted.name = name;
    wanted.partitions = 1;
    wanted.settings = vec![
        setting("cleanup.policy", "compact"),
        setting("segment.bytes", "1048576"),
        setting("segment.ms", "3600000"),
        setting("min.insync.replicas", &context.topics.raw.min_insync.to_string()),
    ];
    wanted
}

/// The record that stores `progress`.
pub(crate) fn record(topic: &str, source: &str, progress: &Progress) -> Draft {
    let body = serde_json::to_vec(progress).expect("a position is plain data");
    Draft { topic: topic.into(), key: Some(source.into()), headers: Vec::new(), body: Some(body) }
}

/// The last stored progress of a source, unless the operator's word has made it void: the server has started again, and
/// an older incarnation's positions mean nothing now. To be called after its old producer is fenced.
///
/// # Errors
/// The topic cannot be read (K-108), or what it holds is not a progress (C-001).
pub(crate) fn stored(
    kafka: &Kafka,
    topic: &str,
    source: &str,
    incarnation: u32,
) -> Result<Option<Progress>, Fault> {
    let mut latest = kafka::latest(kafka, topic, Duration::from_secs(30))?;
    let stored = latest.remove(source.as_bytes());
    if !latest.is_empty() {
        kafka.strangers(topic, latest.len() as u64);
    }
    let Some(body) = stored else { return Ok(None) };
    let unknown = |_| {
        let message = format!("the position stored in `{topic}` is not one that this version understands");
        Fault::world("C-001", message, "run the version that wrote it, or a newer one")
    };
    let progress: Progress = serde_json::from_slice(&body).map_err(unknown)?;
    Ok(Some(progress).filter(|progress| progress.position.incarnation >= incarnation))
}

/// Waits until some capture has stored a position of the source.
pub(crate) async fn appears(ground: &Ground, source: &'static SourceSpec) {
    let incarnation = ground.config.incarnation(source.name);
    loop {
        let (kafka, topic) = (ground.kafka.clone(), topic(ground.spec, source));
        let look = move || stored(&kafka, &topic, source.name, incarnation);
        if matches!(tokio::task::spawn_blocking(look).await, Ok(Ok(Some(_)))) {
            return;
        }
        tracing::info!(target: "storm::capture", source = source.name, "waiting for the first capture of this source");
        tokio::time::sleep(crate::seconds(2)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_progress_is_read_as_it_was_written() {
        let position = Position {
            incarnation: 0,
            server: "mariadb:11".into(),
            gtid_set: "0-11-7".into(),
            file: "binlog.000001".into(),
            offset: 4_711,
            last: None,
        };
        let cut = Cut {
            gtid: "0-11-8".into(),
            rows_done: 40_000,
            tables: vec!["orders".into()],
            checksum: Some(7),
        };
        let progress = Progress { position, cut: Some(cut) };
        let body = record("p", "shop", &progress).body.unwrap();
        assert_eq!(serde_json::from_slice::<Progress>(&body).unwrap(), progress);
    }

    #[test]
    fn a_progress_of_an_older_version_is_read() {
        let body = r#"{"position": {"incarnation": 1, "server": "mariadb:11", "gtid_set": "0-11-7", "file": "binlog.000001",
            "offset": 4711}, "cut": {"gtid": "0-11-8", "rows_done": 3, "tables": ["orders"]}}"#;
        let progress = serde_json::from_str::<Progress>(body).unwrap();
        assert_eq!(progress.position.last, None);
        assert_eq!(progress.cut.map(|cut| (cut.rows_done, cut.checksum)), Some((3, None)));
    }
}
