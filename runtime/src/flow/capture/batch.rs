//! The open Kafka transaction of a capture: rows, and the position they lead to. Committed by size or by age; a large
//! source transaction is cut, and the cut is part of the position.
//! It must not know: time outs of the source, or how a session is started anew.

use std::time::{Duration, Instant};

use super::end::Counts;
use super::record::{self, Begun};
use super::{Plan, is_row};
use crate::cloudevents::Envelope;
use crate::fault::Fault;
use crate::flow::Ground;
use crate::flow::due::Due;
use crate::flow::session::Ended;
use crate::log::Draft;
use crate::log::kafka::{Transactional, Trouble, note};
use crate::progress::{self, Cut, Progress};
use crate::shapes::Shapes;
use crate::source::{Position, Step};
use crate::telemetry::{Behind, Now, Role, Span};

/// A source transaction that takes longer than this is cut by time: Kafka's own limit is 10 s.
const OPEN_AT_MOST: Duration = Duration::from_secs(3);

pub(super) struct Batch<'g> {
    ground: &'g Ground,
    plan: &'g Plan,
    producer: Transactional,
    topic: String,
    instance: String,
    incarnation: u32,
    tables: Vec<String>,
    shapes: Shapes,
    /// After the last whole source transaction that was seen.
    position: Position,
    stored_at: Instant,
    /// The source transaction that is being read.
    begun: Option<Begun>,
    rows_done: u64,
    /// Where the stored cut says that the next transaction was left.
    cut: Option<Cut>,
    /// The stored cut, until its last row has come again.
    skipping: Option<Cut>,
    /// Over the rows of the transaction that is being read.
    checksum: u32,
    counts: Counts,
    /// True when some of its rows are in an earlier Kafka transaction than the others.
    is_cut: bool,
    /// The open Kafka transaction: since when, and what it holds.
    open: Option<Instant>,
    due: Due,
    rows: u64,
    dead: u64,
    bytes: usize,
    transactions: u64,
    behind: Behind,
    /// Of what the open transaction holds, and the source transaction that was traced last.
    spans: Vec<Span>,
    traced: String,
}

/// The halt of a capture that cannot find where it was.
fn lost(message: String) -> Fault {
    let help = "the server's history or the captured tables changed below a transaction that was written in part; a fresh \
                snapshot is needed";
    Fault::world("C-005", message, help)
}

/// The checksum over a transaction's rows, one more at a time.
fn over(before: u32, step: &Step) -> u32 {
    let mut crc = crc32fast::Hasher::new_with_initial(before);
    match step {
        Step::Row(row) => crc.update(&row.body),
        Step::Refused(row) => crc.update(&row.bytes),
        Step::Recorded(event) => crc.update(&event.body),
        Step::Begin { .. } | Step::Cause(_) | Step::Commit(_) | Step::Idle(_) => {}
    }
    crc.finalize()
}

impl<'g> Batch<'g> {
    pub(super) fn new(
        ground: &'g Ground,
        plan: &'g Plan,
        producer: Transactional,
        topic: String,
        from: Progress,
        shapes: Shapes,
    ) -> Self {
        let section = ground.config.source.get(plan.source.name);
        let instance = section.map(|s| s.instance.as_str()).filter(|name| !name.is_empty());
        let tables = plan.source.tables.iter().map(|table| table.table.to_owned()).collect();
        Self {
            ground,
            plan,
            producer,
            topic,
            instance: instance.unwrap_or(plan.source.name).to_owned(),
            incarnation: from.position.incarnation.max(section.map_or(1, |s| s.incarnation)),
            tables,
            shapes,
            position: from.position,
            stored_at: Instant::now(),
            begun: None,
            rows_done: 0,
            cut: from.cut,
            skipping: None,
            checksum: 0,
            counts: Counts::default(),
            is_cut: false,
            open: None,
            due: Due::from(&ground.config.capture),
            rows: 0,
            dead: 0,
            bytes: 0,
            transactions: 0,
            behind: Behind::new(&ground.metrics, plan.source.name),
            spans: Vec::new(),
            traced: String::new(),
        }
    }

    /// When [`Batch::store`] is due if nothing comes.
    pub(super) fn deadline(&self) -> Instant {
        match (self.open, &self.begun) {
            (Some(since), None) => (since + self.due.age).min(Instant::now() + self.due.lull),
            (Some(since), Some(_)) => since + OPEN_AT_MOST,
            (None, _) => self.stored_at + self.ground.config.capture.idle_every.0,
        }
    }

    /// Takes a step of the source.
    ///
    /// # Errors
    /// A fault that someone must act on, or Kafka's trouble.
    pub(super) fn take(&mut self, step: Step) -> Result<(), Ended> {
        if is_row(&step) {
            self.rows_done += 1;
            self.checksum = over(self.checksum, &step);
            self.counts.count(&step);
            if let Some(cut) = self.skipping.take_if(|cut| cut.rows_done == self.rows_done) {
                if cut.checksum.is_some_and(|checksum| checksum != self.checksum) {
                    return Err(
                        lost(format!("`{}` holds other rows than were written of it", cut.gtid)).into()
                    );
                }
                return Ok(());
            }
            if self.skipping.is_some() {
                return Ok(());
            }
        }
        match step {
            Step::Begin { gtid, at } => {
                self.resume(&gtid)?;
                self.behind.reading(at);
                let transaction = crate::id::transaction(&self.instance, self.incarnation, &gtid);
                self.begun = Some(Begun::new(gtid, transaction, at));
                (self.rows_done, self.checksum) = (0, 0);
                self.counts.clear();
                self.is_cut = self.skipping.is_some();
            }
            Step::Cause(cause) => {
                if let Some(begun) = &mut self.begun {
                    begun.caused_by(cause);
                }
            }
            Step::Row(row) => {
                let begun = self.begun.as_ref().expect("a source's row stands between begin and commit");
                let shape =
                    row.shape.as_ref().and_then(|shape| self.shapes.note(self.plan.source.name, shape));
                let draft = record::row(self.ground, self.plan, begun, row);
                return self.write(shape, draft);
            }
            Step::Refused(row) => {
                let begun = self.begun.as_ref().expect("a source's row stands between begin and commit");
                let shape = self.shapes.note(self.plan.source.name, &row.shape);
                let draft = record::refused(self.ground, self.plan, begun, row);
                return self.write(shape, draft);
            }
            Step::Recorded(recorded) => {
                let begun = self.begun.as_ref().expect("a source's row stands between begin and commit");
                if let Some(draft) = record::recorded(self.ground, self.plan, begun, recorded) {
                    return self.write(None, draft);
                }
            }
            Step::Commit(position) => {
                let begun = self.begun.take();
                if self.skipping.is_some() {
                    let gtid = begun.map(|begun| begun.gtid).unwrap_or_default();
                    return Err(lost(format!("`{gtid}` has fewer rows than were written of it")).into());
                }
                self.position = position;
                self.transactions += 1;
                if let Some(begun) = begun.filter(|_| self.is_cut) {
                    // With the position behind it: it is there once, whatever comes between.
                    self.write(None, self.counts.marker(self.ground, self.plan, &begun))?;
                }
                if self.open.is_none_or(|since| self.is_due(since)) && self.wants_storing() {
                    return Ok(self.store()?);
                }
                if self.open.is_none() {
                    self.behind.stored();
                    self.tell_stored();
                }
            }
            Step::Idle(position) => {
                self.position = position;
                self.behind.idle();
            }
        }
        Ok(())
    }

    /// The first transaction after a cut must be the one that was cut: so many of its rows are written already.
    fn resume(&mut self, gtid: &str) -> Result<(), Fault> {
        let Some(cut) = self.cut.take() else { return Ok(()) };
        if cut.gtid != gtid {
            return Err(lost(format!("the position is lost: `{}` was to follow, `{gtid}` did", cut.gtid)));
        }
        if cut.tables != self.tables {
            return Err(lost(format!("the tables changed while `{gtid}` was written in part")));
        }
        self.skipping = Some(cut).filter(|cut| cut.rows_done > 0);
        Ok(())
    }

    /// Writes a record into the open transaction, and before it the shape that it is the first of.
    fn write(&mut self, shape: Option<Draft>, draft: Draft) -> Result<(), Ended> {
        let (bytes, limit) = (draft.bytes(), self.ground.config.capture.max_row_bytes.0);
        if bytes > limit {
            let message = format!(
                "a row of `{}` takes {bytes} bytes, more than `capture.max_row_bytes`",
                self.plan.source.name
            );
            let help = format!(
                "raise it above {bytes} (and the topic's max.message.bytes), or leave the column out of the model"
            );
            return Err(Fault::world("C-006", message, help).into());
        }
        if self.open.is_none() {
            self.producer.begin()?;
            self.open = Some(Instant::now());
            let committed_at = self.begun.as_ref().map_or(0, |begun| begun.at / 1_000);
            self.due = Due::from(&self.ground.config.capture).after(Now::new().age(committed_at));
            crate::failpoint::reach("capture-begun");
            // So that its partition is part of the transaction before the commit waits for it, which would cost the commit
            // a request more. The position that the commit writes comes after this one, in the same transaction.
            self.producer.send(&self.place(self.cut_now()))?;
        }
        for draft in shape.iter().chain([&draft]) {
            self.producer.send(draft)?;
        }
        crate::failpoint::reach("capture-sent");
        self.trace(&draft);
        if *draft.topic == *self.ground.spec.topics.dead.name {
            self.dead += 1;
        } else {
            self.rows += 1;
        }
        self.bytes += bytes;
        if self.bytes >= self.ground.config.capture.commit_bytes.0 {
            return Ok(self.store()?);
        }
        Ok(())
    }

    /// Its span, and that of its source transaction; ended when both are stored.
    fn trace(&mut self, draft: &crate::log::Draft) {
        let (spans, source) = (&self.ground.spans, self.plan.source.name);
        let Some(begun) = self.begun.as_ref().filter(|_| spans.is_on()) else { return };
        let Ok(raw) = Envelope::from_headers(&draft.headers) else { return };
        let whole = begun.whole();
        if self.traced != begun.id {
            self.traced.clone_from(&begun.id);
            let span = spans.begin(whole, begun.above(), &format!("commit {source}"), Role::Internal);
            let span = span.map(|span| span.since(begun.at).with("storm.transaction", &begun.gtid));
            self.spans.extend(span);
        }
        let name = format!("capture {}", raw.name.rsplit('.').next().unwrap_or_default());
        let span = spans.begin(&raw.lineage, Some(whole), &name, Role::Producer);
        self.spans.extend(span.map(|span| span.with("storm.id", &raw.id).with("storm.type", &raw.name)));
    }

    fn is_due(&self, since: Instant) -> bool {
        since.elapsed() >= self.due.age
    }

    /// Rows always; a mere position each so often.
    fn wants_storing(&self) -> bool {
        self.open.is_some() || self.stored_at.elapsed() >= self.ground.config.capture.idle_every.0
    }

    /// Stores the first position, and in the same transaction that there has been one.
    pub(super) fn begin(&mut self) -> Result<(), Trouble> {
        self.producer.begin()?;
        self.open = Some(Instant::now());
        let begun = super::begun(self.plan.source.name);
        self.producer.send(&note(&self.ground.journal(), &begun, self.incarnation.into()))?;
        self.store()
    }

    /// Commits the open transaction with its position; without one, stores the position alone.
    pub(super) fn store(&mut self) -> Result<(), Trouble> {
        let since = match self.open {
            Some(since) => since,
            None => {
                self.producer.begin()?;
                Instant::now()
            }
        };
        let cut = self.cut_now();
        self.is_cut |= self.begun.is_some() && cut.is_some();
        self.producer.send(&self.place(cut))?;
        crate::failpoint::reach("capture-before-commit");
        self.producer.commit(None)?;
        crate::failpoint::reach("capture-committed");
        self.open = None;
        self.stored_at = Instant::now();
        self.ground.spans.end(self.spans.drain(..));
        if self.begun.is_none() {
            self.behind.stored();
        }
        if self.rows > 0 {
            self.ground.metrics.raw_pushed.passed(self.rows, self.bytes as u64, since.elapsed());
        }
        if let Some(activity) = &self.ground.activity {
            activity.sent(self.ground.spec.topics.raw.name, self.rows);
            activity.sent(self.ground.spec.topics.dead.name, self.dead);
        }
        self.tell_stored();
        (self.rows, self.dead, self.bytes) = (0, 0, 0);
        Ok(())
    }

    /// The record that stores the position, with this cut behind it.
    fn place(&self, cut: Option<Cut>) -> Draft {
        let position = Position { incarnation: self.incarnation, ..self.position.clone() };
        progress::record(&self.topic, self.plan.source.name, &Progress { position, cut })
    }

    /// How far the transaction that is being read is written. While a stored cut is still being reached, it stays as it is.
    fn cut_now(&self) -> Option<Cut> {
        let Some(begun) = &self.begun else { return self.cut.clone() };
        if self.skipping.is_some() {
            return self.skipping.clone();
        }
        let (gtid, tables) = (begun.gtid.clone(), self.tables.clone());
        let (rows_done, checksum) = (self.rows_done, Some(self.checksum));
        (rows_done > 0).then_some(Cut { gtid, rows_done, tables, checksum })
    }

    fn tell_stored(&mut self) {
        if let Some(activity) = &self.ground.activity {
            activity.stored(self.transactions);
        }
        self.transactions = 0;
    }

    /// Commits what is open before the session ends.
    pub(super) fn finish(&mut self) -> Result<(), Trouble> {
        if self.open.is_some() { self.store() } else { Ok(()) }
    }
}
