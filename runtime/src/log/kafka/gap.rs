//! The gap report: which records of a member's partitions are gone from the log before its group has read them.
//! It must not know: what the group does with records.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::Offset;

use super::client::said;
use super::fetches::At;
use super::member::Member;
use super::reset::Partitions;
use crate::fault::Fault;

/// How long a broker may take to say where a partition begins.
const PATIENCE: Duration = Duration::from_secs(5);

/// A partition whose log begins after the place of its group.
#[derive(Debug, PartialEq, Eq)]
struct Gap {
    topic: String,
    partition: i32,
    /// The first offset that the group wants.
    place: i64,
    /// The first offset that there is.
    first: i64,
}

/// K-105 with every gap in the member's partitions, as far as the brokers say, and the command that passes over them; of
/// some partitions it is known already what is wanted.
pub(super) fn expired(consumer: &BaseConsumer<Member>, group: &str, wanted: &[At<'_>]) -> Fault {
    let (which, gaps) = match gaps(consumer, wanted) {
        Ok(gaps) => (told(&gaps), gaps),
        Err(error) => (format!("; which ones cannot be found out now: {}", said(&error)), Vec::new()),
    };
    let message = format!("records that `{group}` has not read are gone from the log{which}");
    let mut partitions = Partitions::new();
    for Gap { topic, partition, .. } in &gaps {
        partitions.entry(topic).or_default().push(*partition);
    }
    let next = if partitions.is_empty() {
        "start again: it says which records, and the command to go on".to_owned()
    } else {
        let reset = consumer.context().kafka().reset(group, &partitions);
        format!("to go on at what is left, stop all replicas, then run, and start them: {reset}")
    };
    let help = format!(
        "they expired before they were read: look at what is missing, and raise the topic's retention; {next}"
    );
    Fault::world("K-105", message, help)
}

fn gaps(consumer: &BaseConsumer<Member>, wanted: &[At<'_>]) -> Result<Vec<Gap>, KafkaError> {
    let (read, committed) = (consumer.position()?, consumer.committed(PATIENCE)?);
    let mut gaps = Vec::new();
    for stored in committed.elements() {
        let (topic, partition) = (stored.topic(), stored.partition());
        let ahead = read.find_partition(topic, partition).map(|place| place.offset());
        let Some(Offset::Offset(place)) =
            ahead.filter(|place| matches!(place, Offset::Offset(_))).or(Some(stored.offset()))
        else {
            continue; // it has no place yet, and so nothing to lose
        };
        // The client counts an error in place of a record as one that was read.
        let is_it = |at: &&At<'_>| (at.0, at.1) == (topic, partition);
        let place = wanted.iter().find(is_it).map_or(place, |(.., wanted)| place.min(*wanted));
        let (first, _) = consumer.fetch_watermarks(topic, partition, PATIENCE)?;
        if place < first {
            gaps.push(Gap { topic: topic.to_owned(), partition, place, first });
        }
    }
    Ok(gaps)
}

/// The gaps in words: at most eight, and how many more.
fn told(gaps: &[Gap]) -> String {
    const SHOWN: usize = 8;
    let of = |Gap { topic, partition, place, first }: &Gap| {
        format!("`{topic}`/{partition} offsets {place} to {} ({})", first - 1, first - place)
    };
    let shown: Vec<String> = gaps.iter().take(SHOWN).map(of).collect();
    match gaps.len() {
        0 => String::new(),
        all if all > SHOWN => format!(": {}, and in {} more partitions", shown.join(", "), all - SHOWN),
        _ => format!(": {}", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(partition: i32) -> Gap {
        Gap { topic: "priv_shop".into(), partition, place: 12, first: 40 }
    }

    #[test]
    fn a_gap_is_told_by_its_offsets() {
        assert_eq!(told(&[gap(3)]), ": `priv_shop`/3 offsets 12 to 39 (28)");
        assert_eq!(told(&[]), "");
        let many: Vec<Gap> = (0..10).map(gap).collect();
        assert!(told(&many).ends_with("`priv_shop`/7 offsets 12 to 39 (28), and in 2 more partitions"));
    }
}
