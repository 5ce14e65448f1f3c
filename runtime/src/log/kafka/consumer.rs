//! A member of a consumer group, or the owner of one partition: static membership, cooperative-sticky, committed records
//! only; data that has expired is an error, never a silent jump.
//! It must not know: what becomes of a record.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
pub(crate) use rdkafka::consumer::ConsumerGroupMetadata as GroupMetadata;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::client::{Kafka, is_fenced, said, setting};
use super::close::Named;
use super::member::{self, Begin, Commit, Marks, Member, Turn};
use super::starts::Starts;
use super::subscription::Subscription;
use super::{figures, gap, headers};
use crate::fault::Fault;
use crate::log::{Record, Seen};
use crate::telemetry::{Place, Rebalances};

/// What one poll brought.
pub(crate) enum Polled<'c> {
    /// A record.
    Record(Fetched<'c>),
    /// Nothing, or only news of the group.
    Nothing,
}

/// A record that is still in the client's memory: its `ce_type` can be read without reading the rest.
pub(crate) struct Fetched<'c>(BorrowedMessage<'c>);

impl Fetched<'_> {
    /// `ce_type`: at once when it is the first header, as ours are.
    pub(crate) fn message_type(&self) -> Option<&[u8]> {
        headers::message_type(&self.0)
    }

    pub(crate) fn topic(&self) -> &str {
        self.0.topic()
    }

    pub(crate) fn partition(&self) -> i32 {
        self.0.partition()
    }

    pub(crate) fn offset(&self) -> i64 {
        self.0.offset()
    }

    /// When it was written, milliseconds since the epoch; 0 when the log does not say.
    pub(crate) fn written_at(&self) -> i64 {
        self.0.timestamp().to_millis().unwrap_or(0)
    }

    /// The whole record, copied out.
    pub(crate) fn record(&self, topic: Arc<str>) -> Record {
        record_of(&self.0, topic)
    }
}

impl Seen for Fetched<'_> {
    fn key(&self) -> Option<&[u8]> {
        self.0.key()
    }

    fn headers(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        headers::each(&self.0)
    }

    fn body(&self) -> Option<&[u8]> {
        self.0.payload()
    }

    fn copied(&self, topic: &Arc<str>) -> Record {
        self.record(topic.clone())
    }
}

/// A message as a record of ours.
pub(super) fn record_of(message: &BorrowedMessage<'_>, topic: Arc<str>) -> Record {
    Record {
        topic,
        partition: message.partition(),
        offset: message.offset(),
        key: message.key().map(<[u8]>::to_vec),
        headers: headers::all(message),
        body: message.payload().map(<[u8]>::to_vec),
        written_at: message.timestamp().to_millis().unwrap_or(0),
    }
}

/// How every member of ours joins a group.
pub(super) fn membership(kafka: &Kafka, group: &str, instance: &str) -> ClientConfig {
    let mut config = kafka.config();
    config
        .set("group.id", group)
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("isolation.level", "read_committed")
        .set("auto.offset.reset", "error")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false");
    kafka.unless_set(&mut config, "group.instance.id", instance);
    kafka.unless_set(&mut config, "session.timeout.ms", "10000");
    kafka.unless_set(&mut config, "heartbeat.interval.ms", "1000");
    config
}

pub(super) fn refused(group: &str, error: &KafkaError) -> Fault {
    let message = format!("the consumer group `{group}` cannot be joined: {}", said(error));
    Fault::world("K-104", message, "look at the brokers' health and at the rights of this client")
}

/// True when the group does not take this member as it is, however often it asks.
fn is_refusal(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as C;
    let refusals = [C::GroupAuthorizationFailed, C::InconsistentGroupProtocol, C::InvalidSessionTimeout];
    error.rdkafka_error_code().is_some_and(|code| refusals.contains(&code))
}

/// Another process is in the group as this one.
pub(crate) fn replaced(group: &str) -> Fault {
    let message = format!("another process has joined `{group}` under this instance's name");
    Fault::world("K-106", message, "give each replica a `service.instance` of its own")
}

/// Someone is in the group as this client: another process, or an earlier request of this one.
pub(super) fn fenced(group: &str) -> Fault {
    let message = format!("the place of this instance in `{group}` has been taken");
    Fault::world("K-120", message, "give each replica a `service.instance` of its own")
}

/// What is wrong with a member for good, if it is: fenced (K-120), or broken (K-107). Asked of the client itself: after an
/// outage its own word stands behind a long line of errors that have passed.
pub(super) fn ended<C: ConsumerContext>(
    group: &str,
    member: &BaseConsumer<C>,
    error: &KafkaError,
) -> Option<Fault> {
    let fatal = member.client().fatal_error().map(|(code, _)| code);
    match fatal.or_else(|| error.rdkafka_error_code()) {
        Some(code) if is_fenced(code) => Some(fenced(group)),
        code if fatal.is_some() || matches!(error, KafkaError::MessageConsumptionFatal(_)) => {
            Some(broken(group, &code.map_or_else(|| said(error), |code| code.to_string())))
        }
        _ => None,
    }
}

fn broken(group: &str, why: &str) -> Fault {
    Fault::world(
        "K-107",
        format!("the consumer of `{group}` is broken: {why}"),
        "look at the brokers, if it repeats",
    )
}

/// How far is fetched ahead, unless `kafka.settings` says otherwise. It is memory, several times what the client counts of
/// it: it knows bodies and keys alone. Smaller fetches take less of it and more CPU (docs/speed.md).
const AHEAD: [(&str, &str); 5] = [
    ("fetch.queue.backoff.ms", "50"),
    ("fetch.wait.max.ms", "50"),
    ("queued.min.messages", "2000"),
    ("queued.max.messages.kbytes", "6144"),
    ("fetch.message.max.bytes", "131072"),
];

/// A member of a consumer group.
pub(crate) struct Consumer {
    inner: Option<BaseConsumer<Member>>,
    named: Option<Named>,
    group: String,
    /// Since when the brokers do not answer, or when they were asked last.
    down: Cell<Option<Instant>>,
    /// When they last answered after that: errors of before may still come.
    up: Cell<Option<Instant>>,
}

impl Consumer {
    /// A member of a group for this instance, not yet subscribed; what it has begun is remembered in `journal`. Waits for
    /// an earlier one of this service that is being closed.
    ///
    /// # Errors
    /// A client setting is wrong (K-102).
    pub(crate) fn new(
        kafka: &Kafka,
        to: &Subscription<'_>,
        instance: &str,
        journal: &str,
        on_turn: impl Fn(Turn, &Commit<'_>) + Send + Sync + 'static,
    ) -> Result<Self, Fault> {
        let group = to.group();
        let mut config = membership(kafka, group, &to.name(instance));
        for (name, value) in AHEAD {
            kafka.unless_set(&mut config, name, value);
        }
        let role = super::role(group);
        let client = figures::ask(kafka, &mut config, &format!("{role}-consumer"));
        let rebalances = kafka.watch().map(|(metrics, _)| Rebalances::new(metrics, role));
        let named = Some(kafka.names().take(&format!("{group}/{instance}")));
        let inner = config.create_with_context(Member::new(
            Box::new(on_turn),
            Starts::new(kafka, group, journal),
            client,
            rebalances,
        ));
        let inner = inner.map_err(|error| setting(&error))?;
        Ok(Self {
            inner: Some(inner),
            named,
            group: group.into(),
            down: Cell::new(None),
            up: Cell::new(None),
        })
    }

    fn inner(&self) -> &BaseConsumer<Member> {
        self.inner.as_ref().expect("the consumer is there until it is dropped")
    }

    /// Joins the group. What it has never committed of these topics begins as they say.
    ///
    /// # Errors
    /// The brokers refuse (K-104).
    pub(crate) fn subscribe(&self, topics: &[(&str, Begin)]) -> Result<(), Fault> {
        self.inner().context().begins(topics);
        let names: Vec<&str> = topics.iter().map(|(name, _)| *name).collect();
        self.inner().subscribe(&names).map_err(|error| self.refused(&error))
    }

    /// True once a rebalance has given this member its partitions, each with its start; they may be none.
    pub(crate) fn joined(&self) -> bool {
        self.inner().context().joined()
    }

    fn refused(&self, error: &KafkaError) -> Fault {
        refused(&self.group, error)
    }

    /// The next record, waiting no longer than `patience`. Rebalances happen in here.
    ///
    /// # Errors
    /// Records have expired before they were read (K-105), someone has this member's place (K-120), where to begin is not
    /// known (K-104, K-121), or the client is broken for good (K-107). What passes by itself is no error.
    pub(crate) fn poll(&self, patience: Duration) -> Result<Polled<'_>, Fault> {
        let polled = self.inner().poll(patience);
        if let Some(fault) = self.inner().context().fault() {
            return Err(fault);
        }
        match polled {
            None | Some(Err(KafkaError::PartitionEOF(_))) => Ok(Polled::Nothing),
            Some(Ok(message)) => {
                self.down.set(None);
                Ok(Polled::Record(Fetched(message)))
            }
            Some(Err(error)) => match error.rdkafka_error_code() {
                Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                    Err(gap::expired(self.inner(), &self.group))
                }
                _ => match ended(&self.group, self.inner(), &error) {
                    Some(fault) => Err(fault),
                    None if is_refusal(&error) => Err(self.refused(&error)),
                    None => {
                        tracing::debug!(target: "storm::kafka", group = self.group, %error, "poll");
                        let is_down = error.rdkafka_error_code() == Some(RDKafkaErrorCode::AllBrokersDown);
                        let is_old = self.up.get().is_some_and(|up| up.elapsed() < Duration::from_secs(3));
                        if is_down && !is_old && self.down.get().is_none() {
                            self.down.set(Some(Instant::now()));
                        }
                        // No busy loop; but errors that have passed are many, and what comes behind them waits.
                        std::thread::sleep(patience.min(Duration::from_millis(1)));
                        Ok(Polled::Nothing)
                    }
                },
            },
        }
    }

    /// True once this member has its partitions, while brokers answer. When none did, they are asked each second, and
    /// have half of one.
    pub(crate) fn is_well(&self) -> bool {
        if let Some(asked) = self.down.get().filter(|asked| asked.elapsed() > Duration::from_secs(1)) {
            let answer = self.inner().client().fetch_metadata(None, Duration::from_millis(500));
            tracing::debug!(target: "storm::kafka", group = self.group, waited = ?asked.elapsed(), up = answer.is_ok(), "asked");
            self.down.set(answer.is_err().then(Instant::now));
            self.up.set(answer.is_ok().then(Instant::now));
        }
        self.joined() && self.down.get().is_none()
    }

    /// Commits marks, and waits until they are stored.
    ///
    /// # Errors
    /// As text: they are not stored; the same records will come again.
    pub(crate) fn commit(&self, marks: &Marks) -> Result<(), String> {
        member::commit(self.inner(), marks)
    }

    /// What the broker checks when offsets are sent within a transaction: taken when it begins, never refreshed.
    pub(crate) fn group_metadata(&self) -> Option<GroupMetadata> {
        self.inner().group_metadata()
    }

    /// Goes back to the committed offsets on every partition this member still has.
    ///
    /// # Errors
    /// As text: start anew.
    pub(crate) fn rewind(&self) -> Result<(), String> {
        let patience = Duration::from_secs(10);
        let text = |error: KafkaError| said(&error);
        let assigned = self.inner().assignment().map_err(text)?;
        if assigned.count() == 0 {
            return Ok(());
        }
        let committed = self.inner().committed_offsets(assigned, patience).map_err(text)?;
        committed.elements().iter().try_for_each(|element| element.error()).map_err(text)?;
        let sought = self.inner().seek_partitions(committed, patience).map_err(text)?;
        sought.elements().iter().try_for_each(|element| element.error()).map_err(text)
    }

    /// The partitions of this member, each with the offset of its next record; nothing where none was read yet.
    pub(crate) fn positions(&self) -> Vec<(Place, Option<i64>)> {
        // What is not known now will be the next time.
        let Ok(positions) = self.inner().position() else { return Vec::new() };
        let position = |element: &rdkafka::topic_partition_list::TopicPartitionListElem<'_>| {
            let next = match element.offset() {
                Offset::Offset(next) => Some(next),
                _ => None,
            };
            ((Arc::from(element.topic()), element.partition()), next)
        };
        positions.elements().iter().map(position).collect()
    }

    /// Stops (or goes on) fetching these partitions; the group is not told.
    pub(crate) fn pause(&self, partitions: &[(Arc<str>, i32)], pause: bool) {
        let mut list = TopicPartitionList::new();
        for (topic, partition) in partitions {
            list.add_partition(topic, *partition);
        }
        let done = if pause { self.inner().pause(&list) } else { self.inner().resume(&list) };
        if let Err(error) = done {
            tracing::debug!(target: "storm::kafka", group = self.group, %error, "pause or resume");
        }
    }

    /// Stops fetching every partition that this member has.
    pub(crate) fn pause_all(&self) {
        let done = self
            .inner()
            .assignment()
            .and_then(|all| if all.count() > 0 { self.inner().pause(&all) } else { Ok(()) });
        if let Err(error) = done {
            tracing::debug!(target: "storm::kafka", group = self.group, %error, "pause");
        }
    }

    /// Leaves, waiting no longer than `patience`. A static member keeps its place until its session ends.
    pub(crate) fn close(mut self, patience: Duration) {
        self.let_go(patience);
    }

    fn let_go(&mut self, patience: Duration) {
        if let Some(inner) = self.inner.take() {
            super::close::drop_within((inner, self.named.take()), patience);
        }
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.let_go(Duration::from_secs(5));
    }
}
