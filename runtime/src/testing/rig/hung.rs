//! A producer of someone else's that hangs in the middle of its transaction.
//! It must not know: who waits for it.

use std::time::Duration;

use super::Rig;
use crate::config;
use crate::log::Draft;
use crate::log::kafka::{self, Kafka, Offsets, Transactional};

/// Longer than any test.
const LONG: Duration = Duration::from_secs(600);

/// A transaction that is open, and stays so for as long as this is held.
pub struct Hung(Transactional);

impl Rig {
    /// Begins a transaction, writes a record to `topic` in it, and hangs. The broker would end it after ten minutes.
    ///
    /// # Panics
    /// When the broker does not take the record.
    pub async fn hang(&self, topic: &str) -> Hung {
        let topic = topic.to_owned();
        let send = move |_: &Kafka, producer: &Transactional| {
            let (key, body) = (Some(b"k".to_vec()), Some(b"never committed".to_vec()));
            producer
                .send(&Draft { topic: topic.into(), key, headers: Vec::new(), body })
                .expect("room in its queue");
            producer.flush().expect("the broker takes a record");
        };
        self.begin("stranger", LONG, send).await
    }

    /// Begins a transaction, sends an offset of a group without members in it, and hangs.
    ///
    /// # Panics
    /// When the broker does not take the offset.
    pub async fn hang_offsets(&self, group: &str, topic: &str) -> Hung {
        self.hang_offsets_for(LONG, group, topic).await
    }

    /// As [`Rig::hang_offsets`], with a transaction that the broker ends after this time.
    ///
    /// # Panics
    /// As [`Rig::hang_offsets`].
    pub async fn hang_offsets_for(&self, time: Duration, group: &str, topic: &str) -> Hung {
        let (group, topic) = (group.to_owned(), topic.to_owned());
        let send = move |kafka: &Kafka, producer: &Transactional| {
            let nobody = kafka::nobody_of(kafka, &group).expect("a client").expect("a group");
            let offsets = Offsets::from([((topic.into(), 0), 1)]);
            producer.send_offsets(&kafka::list(&offsets), &nobody).expect("the broker takes an offset");
        };
        self.begin("forger", time, send).await
    }

    async fn begin(
        &self,
        id: &'static str,
        time: Duration,
        send: impl FnOnce(&Kafka, &Transactional) + Send + 'static,
    ) -> Hung {
        let mut section = self.section.clone();
        section
            .settings
            .insert("transaction.timeout.ms".into(), config::Secret(time.as_millis().to_string()));
        let begin = move || {
            let kafka = Kafka::new(&section, id);
            let producer = Transactional::new(&kafka, id, "none").expect("a transactional producer");
            producer.begin().expect("a transaction");
            send(&kafka, &producer);
            Hung(producer)
        };
        tokio::task::spawn_blocking(begin).await.expect("hanging does not panic")
    }
}

impl Hung {
    /// Ends the transaction: nothing of it is ever seen.
    ///
    /// # Panics
    /// When the broker does not let it.
    pub async fn end(self) {
        let abort = move || self.0.abort().expect("a transaction that is aborted");
        tokio::task::spawn_blocking(abort).await.expect("ending does not panic");
    }
}
