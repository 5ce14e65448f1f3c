//! What someone else has committed for a group of ours.
//! It must not know: who reads on from there.

use std::time::{Duration, Instant};

use super::Rig;
use crate::log::kafka::{self, Mark, Marks};

const PATIENCE: Duration = Duration::from_secs(30);

impl Rig {
    /// Commits an offset for a group, with a word beside it, as soon as the group has no member: one that has stopped keeps
    /// its place until its session ends.
    ///
    /// # Panics
    /// When the broker does not take it within half a minute.
    pub async fn commit(&self, group: &str, (topic, partition): (&str, i32), next: i64, word: &str) {
        let (kafka, group) = (self.kafka.clone(), group.to_owned());
        let marks = Marks::from([((topic.into(), partition), Mark { next, word: word.to_owned() })]);
        let start = Instant::now();
        let commit = move || {
            while let Err(fault) = kafka::store(&kafka, &group, &marks) {
                assert!(start.elapsed() < PATIENCE, "the broker does not take an offset: {fault}");
                std::thread::sleep(Duration::from_millis(200));
            }
        };
        tokio::task::spawn_blocking(commit).await.expect("committing does not panic");
    }
}
