//! Counts what is on its way within one process, so that the embedded default can wait for quiet before it plays the next
//! transaction, and a test can tell when everything has arrived.
//! It must not know: what is on its way.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// Records on their way, by topic and by the groups that read it.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    counts: Mutex<Counts>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Counts {
    sent: HashMap<String, u64>,
    done: HashMap<(String, String), u64>,
    admitted: u64,
    stored: u64,
}

impl Activity {
    /// This group will read this topic.
    pub(crate) fn reads(&self, topic: &str, group: &str) {
        self.alter(|counts| {
            counts.done.entry((topic.into(), group.into())).or_default();
        });
    }

    /// Records became visible on a topic. Called before what they were made of is done.
    pub(crate) fn sent(&self, topic: &str, records: u64) {
        self.alter(|counts| *counts.sent.entry(topic.into()).or_default() += records);
    }

    /// A group is done with records of a topic.
    pub(crate) fn done(&self, topic: &str, group: &str, records: u64) {
        self.alter(|counts| *counts.done.entry((topic.into(), group.into())).or_default() += records);
    }

    /// A source's transaction was handed to a capture.
    pub(crate) fn admitted(&self) {
        self.alter(|counts| counts.admitted += 1);
    }

    /// Transactions of a source were stored by a capture. Called after their records were counted as sent.
    pub(crate) fn stored(&self, transactions: u64) {
        self.alter(|counts| counts.stored += transactions);
    }

    /// Waits until nothing is on its way.
    pub(crate) async fn quiet(&self) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.lock().is_quiet() {
                return;
            }
            changed.await;
        }
    }

    /// Ends with the next change from now on.
    pub(crate) fn change(&self) -> tokio::sync::futures::Notified<'_> {
        self.changed.notified()
    }

    fn alter(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.lock());
        self.changed.notify_waiters();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn is_quiet(&self) -> bool {
        let level = |((topic, _), done): (&(String, String), &u64)| {
            self.sent.get(topic).copied().unwrap_or(0) == *done
        };
        self.admitted == self.stored && self.done.iter().all(level)
    }
}

#[cfg(test)]
mod tests {
    use super::Activity;

    #[tokio::test]
    async fn quiet_means_that_every_group_is_level() {
        let activity = Activity::default();
        activity.reads("events", "a");
        activity.reads("events", "b");
        activity.sent("events", 2);
        activity.done("events", "a", 2);
        activity.done("events", "b", 1);
        assert!(!activity.lock().is_quiet());
        activity.done("events", "b", 1);
        activity.quiet().await;
        activity.admitted();
        assert!(!activity.lock().is_quiet());
    }
}
