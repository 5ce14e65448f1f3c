//! From events to steps: transactions are told apart, rows are handed out one by one, the position moves on.
//! The same for a live server and a recording. It must not know: where events come from, or topics.

mod events;

use std::collections::VecDeque;

use super::bookkeeping;
use super::bytes::Bytes;
use super::event::{self, HEADER, Header, kind};
use super::fault::{self, Faults};
use super::gtid::{Gtid, GtidSet};
use super::rows::{Handed, Refusal, Rows};
use super::table_map::Flavour;
use super::tables::Tables;
use crate::source::{Position, Refused, SourceError, Step};
use crate::spec::SourceSpec;

/// After so many transactions of no interest the position is told, so that it never falls far behind.
const QUIET_TRANSACTIONS: u32 = 1000;

/// MariaDB's flag for a transaction of one statement, which no COMMIT ends.
const STANDALONE: u8 = 1;

/// MariaDB's flag for an XA transaction that is prepared.
const PREPARED_XA: u8 = 64;

/// So many bytes of rows are held back until it is known whether they are committed.
const HELD_AT_MOST: usize = 16 << 20;

/// Turns events into steps. Feed it an event only when it has no more steps.
#[derive(Debug)]
pub(in crate::source) struct Reader {
    /// The source's name.
    source: &'static str,
    tables: Tables,
    flavour: Flavour,
    gtids: GtidSet,
    position: Position,
    transaction: Option<Transaction>,
    /// Where the transaction in progress starts, and the checksum over its events so far.
    reading: (u64, u32),
    last: Option<Seen>,
    rows: Rows,
    unpacked: (Vec<u8>, usize),
    steps: VecDeque<Step>,
    /// Steps of an XA transaction, which its end hands out or takes back.
    held: VecDeque<Step>,
    quiet: u32,
    transactions: u64,
}

/// What was read last: [`crate::source::Last`], its text not yet made.
#[derive(Debug)]
struct Seen {
    gtid: Option<Gtid>,
    file: String,
    offset: u64,
    length: u64,
    checksum: u32,
}

/// A transaction in progress.
#[derive(Debug)]
struct Transaction {
    /// What `Begin` says.
    name: String,
    at: i64,
    gtid: Option<Gtid>,
    /// True once a COMMIT of its own is needed to end it.
    open: bool,
    /// True once `Begin` was handed out.
    begun: bool,
    caused: bool,
    recorded: u32,
    /// The bytes of its rows that are held back; nothing when they are handed out as they come.
    held: Option<usize>,
}

impl Reader {
    /// A reader that stands at `position`.
    pub fn new(spec: &'static SourceSpec, flavour: Flavour, position: Position) -> Self {
        let empty = GtidSet::parse("", flavour).unwrap_or(GtidSet::MySql(Default::default()));
        Self {
            source: spec.name,
            tables: Tables::new(spec),
            flavour,
            gtids: GtidSet::parse(&position.gtid_set, flavour).unwrap_or(empty),
            last: None,
            position,
            transaction: None,
            reading: (0, 0),
            rows: Rows::default(),
            unpacked: (Vec::new(), 0),
            steps: VecDeque::new(),
            held: VecDeque::new(),
            quiet: 0,
            transactions: 0,
        }
    }

    /// Where it stands: inside a transaction, or after one.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// Columns seen that the model does not know.
    pub fn unknown_columns(&self) -> usize {
        self.tables.unknown_columns()
    }

    /// Turns to another file, at an offset.
    pub fn turn(&mut self, file: String, offset: u64) {
        (self.position.file, self.position.offset) = (file, offset);
        self.tables.forget_ids();
    }

    /// The next step out of what was fed; `None` when another event is needed.
    ///
    /// # Errors
    /// A row cannot be handed on, or a packed event is not understood.
    pub fn step(&mut self) -> Result<Option<Step>, SourceError> {
        loop {
            if let Some(step) = self.steps.pop_front() {
                return Ok(Some(step));
            }
            if self.rows.is_empty() {
                if !self.unpack_next()? {
                    return Ok(None);
                }
                continue;
            }
            self.next_row()?;
        }
    }

    /// Takes an event in: its header, its body without a checksum, and its checksum.
    ///
    /// # Errors
    /// The event is damaged, or must not be skipped and is not understood.
    pub fn feed(&mut self, header: &Header, body: &[u8], checksum: u32) -> Result<(), SourceError> {
        let start = self.position.offset;
        self.advance(header);
        if !header.is_artificial() && header.kind != kind::HEARTBEAT {
            if self.transaction.is_none() || kind::begins(header.kind) {
                // Events that nobody asked for may have been left out before it: it tells its own place.
                self.reading = (self.position.offset.saturating_sub(u64::from(header.size)), 0);
            }
            self.reading.1 = event::over(self.reading.1, checksum);
        }
        self.take(header, body, start)
    }

    /// Moves the position behind an event of the file. Its own word for that has 32 bits.
    fn advance(&mut self, header: &Header) {
        if header.is_artificial() || header.kind == kind::HEARTBEAT {
            return;
        }
        self.move_on(self.position.offset.saturating_add(u64::from(header.size)), header);
    }

    /// Moves the position to where an event says it ends, of which 32 bits are told: `expected` when they agree.
    fn move_on(&mut self, expected: u64, header: &Header) {
        let named = (self.position.offset & !0xffff_ffff) | u64::from(header.next);
        self.position.offset = match expected {
            _ if expected as u32 == header.next => expected,
            _ if named.saturating_add(1 << 31) < self.position.offset => named.saturating_add(1 << 32),
            _ => named,
        };
    }

    fn next_row(&mut self) -> Result<(), SourceError> {
        let faults = Faults { source: self.source, position: &self.position, offset: self.rows.start() };
        let Some(handed) = self
            .rows
            .next(self.transactions)
            .map_err(|(table, fault)| faults.row(&table.database, self.tables.name(table.role), fault))?
        else {
            return Ok(());
        };
        let Some(transaction) = &mut self.transaction else { return Err(faults.outside()) };
        let step = match handed {
            Handed::Row(row) => Step::Row(row),
            Handed::Refused(refusal) => {
                let (code, column, why) = fault::refused(&refusal.fault);
                let (column, place) =
                    (column.to_owned(), format!("{}:{}", self.position.file, self.rows.start()));
                let Refusal { index: table, database, op, ordinal, key, shape, present, bytes, fault: _ } =
                    refusal;
                Step::Refused(Refused {
                    table,
                    database,
                    op,
                    ordinal,
                    key,
                    code,
                    column,
                    why,
                    place,
                    shape,
                    present,
                    bytes,
                })
            }
            Handed::Inbox(_) if transaction.caused => {
                tracing::warn!(gtid = transaction.name, "a transaction handled more than one command");
                return Ok(());
            }
            Handed::Inbox(row) => {
                transaction.caused = true;
                if transaction.begun {
                    tracing::warn!(
                        gtid = transaction.name,
                        "the inbox row is not the first of its transaction"
                    );
                }
                Step::Cause(bookkeeping::cause(&row))
            }
            Handed::Outbox { row, database } => {
                let ordinal = transaction.recorded;
                transaction.recorded += 1;
                Step::Recorded(bookkeeping::recorded(&row, database, ordinal))
            }
        };
        let steps = match &mut transaction.held {
            None => &mut self.steps,
            Some(bytes) => {
                *bytes += weight(&step);
                if *bytes > HELD_AT_MOST {
                    return Err(faults.large_xa(HELD_AT_MOST));
                }
                &mut self.held
            }
        };
        if !transaction.begun {
            transaction.begun = true;
            steps.push_back(Step::Begin { gtid: transaction.name.clone(), at: transaction.at });
        }
        steps.push_back(step);
        Ok(())
    }

    /// Takes in the next event of an unpacked transaction; false when there is none.
    fn unpack_next(&mut self) -> Result<bool, SourceError> {
        let (events, at) = std::mem::take(&mut self.unpacked);
        let rest = &events[at..];
        if rest.is_empty() {
            return Ok(false);
        }
        let offset = self.position.offset;
        let faults = Faults { source: self.source, position: &self.position, offset };
        let header = Header::parse(rest).map_err(|why| faults.malformed(why))?;
        let event =
            Bytes(rest).take(header.size as usize, "event size").map_err(|why| faults.malformed(why))?;
        let end = at + event.len();
        // Given back before the event is taken in: a payload inside a payload is refused by that.
        let body = event[HEADER..].to_vec();
        self.unpacked = (events, end);
        self.take(&header, &body, offset)?;
        Ok(true)
    }
}

/// What a step takes in memory, in bytes, more or less.
fn weight(step: &Step) -> usize {
    size_of::<Step>()
        + match step {
            Step::Row(row) => row.body.len() + row.key.len(),
            Step::Refused(row) => row.bytes.len() + row.why.len(),
            Step::Recorded(event) => event.body.len() + event.key.len(),
            Step::Begin { .. } | Step::Cause(_) | Step::Commit(_) | Step::Idle(_) => 0,
        }
}
