//! What someone else has committed for a group of ours.
//! It must not know: who reads on from there.

use super::Rig;
use crate::log::kafka::{self, Mark, Marks};

impl Rig {
    /// Commits an offset for a group without members, with a word beside it.
    ///
    /// # Panics
    /// When the broker does not take it.
    pub async fn commit(&self, group: &str, (topic, partition): (&str, i32), next: i64, word: &str) {
        let (kafka, group) = (self.kafka.clone(), group.to_owned());
        let marks = Marks::from([((topic.into(), partition), Mark { next, word: word.to_owned() })]);
        let commit = move || kafka::store(&kafka, &group, &marks).expect("the broker takes an offset");
        tokio::task::spawn_blocking(commit).await.expect("committing does not panic");
    }
}
