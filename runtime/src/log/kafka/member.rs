//! A member's part in its group's rebalances: it tells of partitions that go before they do, and gives partitions that
//! the group has never committed their start, once.
//! It must not know: what becomes of a record.

use std::collections::{BTreeMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use rdkafka::Statistics;
use rdkafka::client::{Client as Native, ClientContext};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList, TopicPartitionListElem};
use rdkafka::types::RDKafkaRespErr;

use super::client::{Kafka, said};
use super::fetches::{Fetches, Message};
use super::figures::figures;
use super::starts::{Starts, Unknown};
use crate::fault::Fault;
use crate::telemetry::{Client, Rebalances};

/// How long a rebalance may wait for the broker's word about where a partition begins.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Next offsets by topic and partition.
pub(crate) type Offsets = BTreeMap<(Arc<str>, i32), i64>;

/// What a group has committed of a partition: the next offset, and a word beside it that brokers keep as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) next: i64,
    pub(crate) word: String,
}

/// Marks by topic and partition.
pub(crate) type Marks = BTreeMap<(Arc<str>, i32), Mark>;

/// What a rebalance does to this member, told within `poll`, before it is done.
pub(crate) enum Turn {
    /// These partitions come, each to be read on from its mark.
    Given(Marks),
    /// These partitions are about to go to another member.
    Revoked(Vec<(Arc<str>, i32)>),
}

/// Told of a turn, with a way to commit before the partitions go.
pub(super) type OnTurn = Box<dyn Fn(Turn, &Commit<'_>) + Send + Sync>;

/// Commits marks and waits until they are stored; the text says why they are not.
pub(crate) type Commit<'c> = dyn Fn(&Marks) -> Result<(), String> + 'c;

/// Where a group begins that has never committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    /// At the end.
    Now,
    /// At the first record that is kept.
    First,
}

pub(super) struct Member {
    on_turn: OnTurn,
    starts: Starts,
    /// Why this member cannot begin.
    fault: Mutex<Option<Fault>>,
    /// Set while there is one: polling looks here each time.
    failed: AtomicBool,
    joined: AtomicBool,
    /// Partitions that have gone, until it is asked for them.
    gone: Mutex<Vec<(Arc<str>, i32)>>,
    /// Where what is fetched goes, until the member is closed.
    fetches: Arc<RwLock<Option<Fetches>>>,
    client: Option<Client>,
    rebalances: Option<Rebalances>,
}

impl Member {
    pub(super) fn new(
        on_turn: OnTurn,
        starts: Starts,
        client: Option<Client>,
        rebalances: Option<Rebalances>,
    ) -> Self {
        let (fault, failed, joined) = (Mutex::default(), AtomicBool::new(false), AtomicBool::new(false));
        let (gone, fetches) = Default::default();
        Self { on_turn, starts, fault, failed, joined, gone, fetches, client, rebalances }
    }

    /// What is fetched from now on comes by itself, apart from the news. What is given back is to be called when there are
    /// some: whoever waits for records hears of it.
    pub(super) fn open(&self, client: &Native<Self>) -> impl Fn() + Send + Sync + 'static {
        *self.fetches.write().unwrap_or_else(PoisonError::into_inner) = Some(Fetches::new(client));
        let fetches = self.fetches.clone();
        move || fetches.read().unwrap_or_else(PoisonError::into_inner).iter().for_each(Fetches::wake)
    }

    /// Takes what was fetched, waiting no longer than `patience` for the first record, and not while there are news.
    pub(super) fn take(&self, patience: Duration, into: &mut VecDeque<Message>) {
        self.fetches().iter().for_each(|fetches| fetches.take(patience, into));
    }

    /// The group, or the client, has something to say.
    pub(super) fn has_news(&self) -> bool {
        self.fetches().as_ref().is_some_and(Fetches::has_news)
    }

    /// The client is about to be closed: nothing is taken any more.
    pub(super) fn let_go(&self) {
        *self.fetches.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Shared, as news come while records are waited for.
    fn fetches(&self) -> RwLockReadGuard<'_, Option<Fetches>> {
        self.fetches.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where these topics begin.
    pub(super) fn begins(&self, topics: &[(&str, Begin)]) {
        self.starts.begins(topics);
    }

    pub(super) fn kafka(&self) -> &Kafka {
        self.starts.kafka()
    }

    /// Why this member cannot begin, once.
    pub(super) fn fault(&self) -> Option<Fault> {
        if !self.failed.load(Ordering::Acquire) {
            return None;
        }
        self.failed.store(false, Ordering::Release);
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The partitions that have gone since it was asked last.
    pub(super) fn gone(&self) -> Vec<(Arc<str>, i32)> {
        std::mem::take(&mut *self.gone.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// True once a rebalance has given this member its partitions.
    pub(super) fn joined(&self) -> bool {
        self.joined.load(Ordering::SeqCst)
    }

    /// Takes up partitions, each at its start.
    fn assign(&self, consumer: &BaseConsumer<Self>, coming: &TopicPartitionList) -> Result<(), Fault> {
        let start = Instant::now();
        let found = loop {
            match self.starts.find(consumer, coming) {
                Ok(found) => break found,
                // A topic that was just made may not have its leaders yet.
                Err(Unknown::Yet(_) | Unknown::Offsets(_)) if start.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(100));
                }
                Err(unknown) => {
                    consumer
                        .incremental_assign(coming)
                        .and_then(|()| consumer.pause(coming))
                        .map_err(|error| unfit(&said(&error)))?;
                    return Err(match unknown {
                        Unknown::Gap(fault) => fault,
                        Unknown::Yet(why) => unfit(&why),
                        Unknown::Offsets(why) => self.starts.without_offsets(coming, &why),
                    });
                }
            }
        };
        let starts = found.starts;
        (self.on_turn)(Turn::Given(found.marks), &|marks| commit(consumer, marks));
        self.assume(consumer, coming, &starts).map_err(|error| unfit(&said(&error)))?;
        while !starts.is_empty() {
            match consumer.commit(&list(&starts), CommitMode::Sync) {
                Ok(()) => break,
                // Without it, the next start would be a later one.
                Err(_) if start.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(100)),
                Err(error) => return Err(unfit(&said(&error))),
            }
        }
        if let Err(why) = self.starts.write(&found.notes) {
            // It is noted with the next partitions, or by who has this one next.
            tracing::warn!(target: "storm::kafka", code = "K-125", why, "what has begun is not remembered yet");
        }
        self.joined.store(true, Ordering::SeqCst);
        Ok(())
    }

    fn assume(
        &self,
        consumer: &BaseConsumer<Self>,
        coming: &TopicPartitionList,
        starts: &Offsets,
    ) -> Result<(), KafkaError> {
        let mut assigned = TopicPartitionList::new();
        for element in coming.elements() {
            let at = starts.get(&(element.topic().into(), element.partition()));
            let at = at.map_or(Offset::Invalid, |at| Offset::Offset(*at));
            assigned.add_partition_offset(element.topic(), element.partition(), at)?;
            if let Some(fetches) = &*self.fetches() {
                fetches.lead(consumer.client(), element.topic(), element.partition())?;
            }
        }
        consumer.incremental_assign(&assigned)?;
        // A pause outlives a revocation in the client: what comes back is to be read.
        consumer.resume(&assigned)
    }

    /// Keeps why this member cannot begin for whoever polls.
    fn cannot(&self, fault: Fault) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
        self.failed.store(true, Ordering::Release);
    }
}

/// Partitions were given, and are not read.
pub(super) fn unfit(why: &str) -> Fault {
    let message = format!("where to start in the partitions is not known: {why}");
    Fault::world("K-104", message, "look at the brokers' health")
}

impl ClientContext for Member {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        super::client::log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(target: "storm::kafka", %error, reason, "consumer error");
    }

    fn stats(&self, statistics: Statistics) {
        if let Some(client) = &self.client {
            client.take(&figures(&statistics));
        }
    }
}

impl ConsumerContext for Member {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        kind: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        let start = Instant::now();
        let count = partitions.count();
        let done = match kind {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                if let Err(fault) = self.assign(consumer, partitions) {
                    self.cannot(fault);
                }
                Ok(())
            }
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS => {
                let going: Vec<_> =
                    partitions.elements().iter().map(|e| (Arc::from(e.topic()), e.partition())).collect();
                self.gone.lock().unwrap_or_else(PoisonError::into_inner).extend(going.iter().cloned());
                (self.on_turn)(Turn::Revoked(going), &|marks| commit(consumer, marks));
                consumer.incremental_unassign(partitions)
            }
            _ => Ok(()),
        };
        if let Some(rebalances) = &self.rebalances {
            match kind {
                RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                    rebalances.gained(count, start.elapsed())
                }
                RDKafkaRespErr::RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS => {
                    rebalances.lost(count, start.elapsed())
                }
                _ => {}
            }
        }
        if let Err(error) = done {
            tracing::warn!(target: "storm::kafka", error = said(&error), "a rebalance went wrong");
        }
    }

    fn main_queue_min_poll_interval(&self) -> rdkafka::util::Timeout {
        rdkafka::util::Timeout::After(Duration::from_millis(100))
    }
}

pub(super) fn commit<C: ConsumerContext>(consumer: &BaseConsumer<C>, marks: &Marks) -> Result<(), String> {
    store(consumer, marks).map_err(|error| said(&error))
}

/// Commits marks and waits until they are stored.
pub(super) fn store<C: ConsumerContext>(consumer: &BaseConsumer<C>, marks: &Marks) -> Result<(), KafkaError> {
    if marks.is_empty() {
        return Ok(());
    }
    let mut list = TopicPartitionList::new();
    for ((topic, partition), mark) in marks {
        let mut element = list.add_partition(topic, *partition);
        element.set_offset(Offset::Offset(mark.next))?;
        element.set_metadata(&mark.word);
    }
    match consumer.commit(&list, CommitMode::Sync) {
        // These brokers keep shorter words, or none: the offset alone is right as well.
        Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::OffsetMetadataTooLarge)) => {
            let offsets = marks.iter().map(|(place, mark)| (place.clone(), mark.next)).collect();
            consumer.commit(&self::list(&offsets), CommitMode::Sync)
        }
        done => done,
    }
}

/// What an answer says of a partition; nothing when its group has committed nothing there.
pub(super) fn mark(element: &TopicPartitionListElem<'_>) -> Option<Mark> {
    let Offset::Offset(next) = element.offset() else { return None };
    // The client panics on what is no text. Kafka keeps text alone; others may not.
    let word = std::panic::catch_unwind(AssertUnwindSafe(|| element.metadata().to_owned()));
    Some(Mark { next, word: word.unwrap_or_else(|_| "\0".into()) })
}

/// Offsets in the library's shape.
pub(crate) fn list(offsets: &Offsets) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    for ((topic, partition), offset) in offsets {
        // It fails only for an offset that is none, and these come from records.
        let _ = list.add_partition_offset(topic, *partition, Offset::Offset(*offset));
    }
    list
}
