//! A member of a consumer group, or the owner of one partition: static membership, cooperative-sticky, committed records
//! only; data that has expired is an error, never a silent jump.
//! It must not know: what becomes of a record.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
pub(crate) use rdkafka::consumer::ConsumerGroupMetadata as GroupMetadata;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::client::{Kafka, is_fenced, said, setting};
use super::close::Named;
use super::fetched::Fetched;
use super::fetches::{At, Message};
use super::member::{self, Begin, Commit, Marks, Member, Turn};
use super::starts::Starts;
use super::subscription::Subscription;
use super::{figures, gap};
use crate::fault::Fault;
use crate::telemetry::{Place, Rebalances};

/// What one poll brought.
pub(crate) enum Polled<'c> {
    /// A record.
    Record(Fetched<'c>),
    /// Nothing, or only news of the group.
    Nothing,
}

/// How every member of ours joins a group.
pub(super) fn membership(kafka: &Kafka, group: &str, instance: &str) -> ClientConfig {
    let mut config = kafka.config();
    config
        .set("group.id", group)
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("isolation.level", "read_committed")
        .set("auto.offset.reset", "error")
        .set("enable.partition.eof", "false")
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
    /// Records that were taken from the client and not asked for yet. Nothing is heard of the group while there are some.
    taken: RefCell<VecDeque<Message>>,
    /// Those of partitions that were paused since.
    kept: RefCell<BTreeMap<Place, VecDeque<Message>>>,
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
        let mut inner: BaseConsumer<Member> = inner.map_err(|error| setting(&error))?;
        let wake = inner.context().open(inner.client());
        inner.set_nonempty_callback(wake);
        Ok(Self {
            inner: Some(inner),
            named,
            taken: RefCell::default(),
            kept: RefCell::default(),
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
        if let Some(message) = self.next() {
            return self.fetched(message, patience);
        }
        // All of the news first: figures are among them, and may come as often as this is called.
        loop {
            let news = self.inner().poll(Duration::ZERO);
            self.inner().context().gone().iter().for_each(|place| drop(self.kept.borrow_mut().remove(place)));
            if let Some(fault) = self.inner().context().fault() {
                return Err(fault);
            }
            match news {
                // A record among them is of a partition that cannot begin: the others are led away.
                None | Some(Ok(_)) => {}
                Some(Err(error)) => return self.failed(&error, patience),
            }
            if !self.inner().context().has_news() {
                break;
            }
        }
        self.inner().context().take(patience, &mut self.taken.borrow_mut());
        self.next().map_or(Ok(Polled::Nothing), |message| self.fetched(message, patience))
    }

    fn next(&self) -> Option<Message> {
        self.taken.borrow_mut().pop_front()
    }

    fn fetched(&self, message: Message, patience: Duration) -> Result<Polled<'_>, Fault> {
        let Some(error) = message.error() else {
            self.down.set(None);
            return Ok(Polled::Record(Fetched::of(self, message)));
        };
        use RDKafkaErrorCode as C;
        if let Some(C::AutoOffsetReset | C::OffsetOutOfRange) = error.rdkafka_error_code() {
            let taken = self.taken.borrow();
            let errors = taken.iter().filter(|other| other.error().is_some());
            let wanted: Vec<At<'_>> = errors.chain([&message]).filter_map(|error| error.raw().at()).collect();
            return Err(gap::expired(self.inner(), &self.group, &wanted));
        }
        if let Some(at) = message.raw().at() {
            self.stay(at);
        }
        self.failed(&error, patience)
    }

    /// An error stands in place of a partition's records, and the client counts it as one that was read: the partition is
    /// read on from there, and what came behind it comes again.
    fn stay(&self, (topic, partition, offset): At<'_>) {
        let is_other = |message: &Message| {
            message.raw().at().is_none_or(|other| (other.0, other.1) != (topic, partition))
        };
        self.taken.borrow_mut().retain(is_other);
        // It is not waited for, and it fails where the partition is not read, and begins anew.
        let sought = self.inner().seek(topic, partition, Offset::Offset(offset), Duration::ZERO);
        if let Err(error) = sought {
            tracing::debug!(target: "storm::kafka", group = self.group, %error, "seek");
        }
    }

    /// An error in place of a record. What passes by itself is none.
    fn failed(&self, error: &KafkaError, patience: Duration) -> Result<Polled<'_>, Fault> {
        use RDKafkaErrorCode as C;
        if let Some(C::AutoOffsetReset | C::OffsetOutOfRange) = error.rdkafka_error_code() {
            return Err(gap::expired(self.inner(), &self.group, &[]));
        }
        match ended(&self.group, self.inner(), error) {
            Some(fault) => Err(fault),
            None if is_refusal(error) => Err(self.refused(error)),
            None => {
                tracing::debug!(target: "storm::kafka", group = self.group, %error, "poll");
                let is_down = error.rdkafka_error_code() == Some(C::AllBrokersDown);
                let is_old = self.up.get().is_some_and(|up| up.elapsed() < Duration::from_secs(3));
                if is_down && !is_old && self.down.get().is_none() {
                    self.down.set(Some(Instant::now()));
                }
                // No busy loop; but errors that have passed are many, and what comes behind them waits.
                std::thread::sleep(patience.min(Duration::from_millis(1)));
                Ok(Polled::Nothing)
            }
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
        self.forget_taken();
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
        // What the client has handed out counts as read there.
        let (taken, kept) = (self.taken.borrow(), self.kept.borrow());
        let first = |topic: &str, partition: i32| {
            let all = kept.values().flatten().chain(&*taken);
            let mut taken = all.filter_map(|message| message.raw().at());
            let first = taken.find(|at| (at.0, at.1) == (topic, partition));
            first.map(|(_, _, offset)| offset)
        };
        let position = |element: &rdkafka::topic_partition_list::TopicPartitionListElem<'_>| {
            let next = match element.offset() {
                Offset::Offset(next) => {
                    Some(first(element.topic(), element.partition()).map_or(next, |first| first.min(next)))
                }
                _ => None,
            };
            ((Arc::from(element.topic()), element.partition()), next)
        };
        positions.elements().iter().map(position).collect()
    }

    /// Stops (or goes on) fetching these partitions; the group is not told. What was taken of them waits as well.
    pub(crate) fn pause(&self, partitions: &[(Arc<str>, i32)], pause: bool) {
        let (mut taken, mut kept) = (self.taken.borrow_mut(), self.kept.borrow_mut());
        if pause {
            for message in std::mem::take(&mut *taken) {
                let at = message.raw().at();
                let is_it = |place: &&Place| at.is_some_and(|at| (at.0, at.1) == (&*place.0, place.1));
                match partitions.iter().find(is_it) {
                    Some(place) => kept.entry(place.clone()).or_default().push_back(message),
                    None => taken.push_back(message),
                }
            }
        } else {
            let back = partitions.iter().filter_map(|place| kept.remove(place)).flatten().rev();
            back.for_each(|message| taken.push_front(message));
        }
        drop((taken, kept));
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

    /// What was taken and not asked for comes again, or is nobody's.
    fn forget_taken(&self) {
        self.taken.borrow_mut().clear();
        self.kept.borrow_mut().clear();
    }

    fn let_go(&mut self, patience: Duration) {
        self.forget_taken();
        if let Some(inner) = self.inner.take() {
            inner.context().let_go();
            super::close::drop_within((inner, self.named.take()), patience);
        }
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.let_go(Duration::from_secs(5));
    }
}
