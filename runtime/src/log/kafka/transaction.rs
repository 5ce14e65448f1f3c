//! The transactional producer. A commit takes a few milliseconds because it waits for its records in small steps before it
//! asks; a producer that was fenced is dropped, never initialised again in place.
//! It must not know: what is in a transaction.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::Producer as _;
use rdkafka::topic_partition_list::TopicPartitionList;

use super::client::{Kafka, is_fenced, said, setting};
use super::close::Named;
use super::producer::{Reports, Threaded, config, enqueue, in_flight};
use crate::fault::Fault;
use crate::log::{Draft, Parts};

/// Longer than the broker's own limit for a transaction: it has decided by then.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long what was sent may take before a transaction is aborted: a revocation waits for it, and what is not settled
/// then costs a new producer.
const SETTLED: Duration = Duration::from_secs(1);

/// How long a transaction's end takes to settle at the brokers after they have answered. Whoever begins the next one sooner
/// is told to come again 20 ms later, so the next one waits for that.
const SETTLING: Duration = Duration::from_millis(5);

/// Why a transaction did not come about.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Another process has this transactional id, or the broker has ended a transaction that was open too long: this
    /// producer must be dropped.
    Fenced(String),
    /// The group has gone on to another generation since the transaction began: abort it, and read again from what is
    /// committed. The producer is as good as before.
    Stale(String),
    /// A record is larger than its topic takes: it will not fit the next time either.
    TooLarge(String),
    /// The transaction is lost and its outcome may be unknown: drop the producer, start anew from what is stored.
    Anew(String),
}

/// A producer whose records become visible together, or not at all.
pub(crate) struct Transactional {
    producer: Option<Threaded<()>>,
    named: Option<Named>,
    id: String,
    /// When the last transaction was ended.
    ended: Mutex<Option<Instant>>,
}

impl Transactional {
    /// A producer under this transactional id; whoever had it before is fenced when this returns. An earlier one of this
    /// service that is being closed is waited for.
    ///
    /// # Errors
    /// A client setting is wrong; `Trouble` as the text of a world fault when the brokers do not answer (K-103).
    pub(crate) fn new(kafka: &Kafka, id: &str, compression: &str) -> Result<Self, Fault> {
        let mut config = config(kafka, compression);
        config.set("transactional.id", id);
        // Records have gathered before the transaction began, and while a request is under way: a commit need not wait for
        // more of them.
        config.set("linger.ms", "0");
        // A record that fails fails its transaction: nobody is told of those that do not.
        config.set("delivery.report.only.error", "true");
        kafka.unless_set(&mut config, "transaction.timeout.ms", "10000");
        let client = super::figures::ask(kafka, &mut config, &format!("{}-producer", super::role(id)));
        let named = Some(kafka.names().take(id));
        let producer: Threaded<()> =
            config.create_with_context(Reports::to(client)).map_err(|error| setting(&error))?;
        let this = Self { producer: Some(producer), named, id: id.into(), ended: Mutex::default() };
        this.inner().init_transactions(Duration::from_secs(30)).map_err(|error| {
            let message = format!("transactions under the id `{id}` cannot be started: {}", said(&error));
            Fault::world("K-103", message, "look at the brokers' health and at the rights of this client")
        })?;
        Ok(this)
    }

    fn ended(&self) -> MutexGuard<'_, Option<Instant>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn inner(&self) -> &Threaded<()> {
        self.producer.as_ref().expect("the producer is there until it is dropped")
    }

    /// Begins a transaction, a few milliseconds after the one before at the soonest: what is to be in it gathers meanwhile.
    ///
    /// # Errors
    /// The producer was fenced, or is broken.
    pub(crate) fn begin(&self) -> Result<(), Trouble> {
        let ended = self.ended().take();
        if let Some(ended) = ended {
            std::thread::sleep(SETTLING.saturating_sub(ended.elapsed()));
        }
        self.inner().client().context().forget();
        self.inner().begin_transaction().map_err(|error| self.trouble(&error))
    }

    /// Queues a record of the open transaction.
    ///
    /// # Errors
    /// What became of this one, or of an earlier one: a transaction takes no more when one of its records has failed.
    pub(crate) fn send(&self, draft: &Draft) -> Result<(), Trouble> {
        self.write(draft.parts())
    }

    /// Queues a record of the open transaction, from its parts.
    ///
    /// # Errors
    /// As [`Transactional::send`].
    pub(crate) fn write<'p>(
        &self,
        parts: Parts<'p, impl ExactSizeIterator<Item = (&'p str, Option<&'p [u8]>)>>,
    ) -> Result<(), Trouble> {
        enqueue(self.inner(), parts, ()).map_err(|error| self.why(&error))
    }

    /// Makes the transaction's records visible, together with the offsets they were made of.
    pub(crate) fn commit(
        &self,
        offsets: Option<(&TopicPartitionList, &ConsumerGroupMetadata)>,
    ) -> Result<(), Trouble> {
        let producer = self.inner();
        // The last records are on their way meanwhile; the commit holds for all of it or for nothing.
        if let Some((offsets, group)) = offsets {
            self.send_offsets(offsets, group)?;
            crate::failpoint::reach("publish-offsets-sent");
        }
        self.flush()?;
        producer.commit_transaction(PATIENCE).map_err(|error| self.trouble(&error))?;
        *self.ended() = Some(Instant::now());
        Ok(())
    }

    /// What an error is, where it may be no more than that an earlier record has failed: the reports of such records come by
    /// a thread of their own.
    fn why(&self, error: &KafkaError) -> Trouble {
        match self.trouble(error) {
            Trouble::Anew(_) => self.flush().err().unwrap_or_else(|| self.trouble(error)),
            known => known,
        }
    }

    /// Adds a group's next offsets to the open transaction.
    pub(crate) fn send_offsets(
        &self,
        offsets: &TopicPartitionList,
        group: &ConsumerGroupMetadata,
    ) -> Result<(), Trouble> {
        let sent = self.inner().send_offsets_to_transaction(offsets, group, PATIENCE);
        sent.map_err(|error| self.why(&error))
    }

    /// Waits until the brokers have what was sent.
    pub(crate) fn flush(&self) -> Result<(), Trouble> {
        if self.settles(PATIENCE) {
            Ok(())
        } else {
            Err(Trouble::Anew("records were not acknowledged in time".into()))
        }
    }

    /// Whether nothing is on its way any more, within this time.
    fn settles(&self, patience: Duration) -> bool {
        let start = Instant::now();
        loop {
            let left = u64::try_from(in_flight(self.inner())).unwrap_or(0);
            if left == 0 {
                return true;
            }
            if start.elapsed() > patience {
                return false;
            }
            // Many take a while, and each look costs a wake-up.
            std::thread::sleep(Duration::from_micros(left.clamp(50, 500)));
        }
    }

    /// Drops what the open transaction holds. What was sent is let arrive first: the coordinator may still be ending the
    /// transaction before, has then not heard of this one, and takes its end for a fatal mistake of this producer.
    pub(crate) fn abort(&self) -> Result<(), Trouble> {
        self.settles(SETTLED);
        self.inner().abort_transaction(PATIENCE).map_err(|error| self.trouble(&error))?;
        *self.ended() = Some(Instant::now());
        Ok(())
    }

    fn trouble(&self, error: &KafkaError) -> Trouble {
        let fatal = self.producer.as_ref().and_then(|producer| producer.client().fatal_error());
        let failed = self.producer.as_ref().and_then(|producer| producer.client().context().failed());
        let codes = [error.rdkafka_error_code(), fatal.map(|(code, _)| code), failed];
        let cause = failed.map(|code| format!(", since a record failed: {code}")).unwrap_or_default();
        let why = format!("{}: {}{cause}", self.id, said(error));
        if codes.into_iter().flatten().any(is_fenced) {
            return Trouble::Fenced(why);
        }
        if codes.into_iter().flatten().any(is_stale) {
            return Trouble::Stale(why);
        }
        if codes.contains(&Some(RDKafkaErrorCode::MessageSizeTooLarge)) {
            return Trouble::TooLarge(why);
        }
        Trouble::Anew(why)
    }
}

/// True when offsets were refused because the group has another generation by now.
fn is_stale(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as C;
    matches!(code, C::IllegalGeneration | C::UnknownMemberId | C::RebalanceInProgress)
}

/// The halt of a loop whose record does not fit into its topic.
pub(crate) fn too_large(topic: &str, why: &str) -> Fault {
    let message = format!("a record is larger than {topic} takes ({why})");
    let help = "raise `max.message.bytes` of the topic, and `message at most` of the stream in the model";
    Fault::world("K-114", message, help)
}

impl Drop for Transactional {
    fn drop(&mut self) {
        if let Some(producer) = self.producer.take() {
            super::close::drop_within((producer, self.named.take()), Duration::from_secs(5));
        }
    }
}
